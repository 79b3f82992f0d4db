//! Cursors: the second that an export reached, and the versions of rows that it gave of the time before it.
//!
//! A cursor says nothing that its holder could not ask for anyway; it is not a secret and not signed. The fingerprint
//! keeps it from being used with another command, where it would silently leave rows out.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Versions that a cursor has room for. Where there are more, it remembers none, and they come again.
const MOST_SEEN: usize = 1000;
/// Bytes of a version's digest: 96 bits, so that no two are taken for each other.
const DIGEST: usize = 12;
/// Longest cursor that is looked at, bytes.
const MOST_BYTES: usize = 32 * 1024;

/// Which command a cursor belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint(String);

/// Where the next increment begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "f")]
    fingerprint: Fingerprint,
    #[serde(rename = "u")]
    reached: i64,
    #[serde(rename = "s", default, skip_serializing_if = "Seen::is_empty")]
    seen: Seen,
}

/// What an increment begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// Where an export stopped.
    Cursor(Cursor),
    /// A moment, exactly.
    Moment(i64),
}

/// Versions of rows, by their digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Seen {
    versions: BTreeSet<[u8; DIGEST]>,
    /// There were too many.
    full: bool,
}

impl Fingerprint {
    /// Of all that a command says, but where it begins.
    pub fn of<'t>(parts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Fingerprint(URL_SAFE_NO_PAD.encode(&digest.finalize()[..9]))
    }
}

impl Cursor {
    /// One that remembers no versions.
    pub(super) fn new(fingerprint: Fingerprint, reached: i64) -> Self {
        Cursor { fingerprint, reached, seen: Seen::default() }
    }

    /// Text for the caller.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("a struct of text and numbers serializes"))
    }

    fn decode(text: &str) -> Option<Self> {
        if text.len() > MOST_BYTES {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    pub(super) fn with(self, seen: Seen) -> Self {
        Cursor { seen, ..self }
    }

    pub(super) fn reached(&self) -> i64 {
        self.reached
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }
}

impl Since {
    /// Reads what a caller gives: a cursor, or a moment as RFC 3339 writes it.
    ///
    /// # Errors
    /// [`Error::CursorInvalid`]: it is neither, or the cursor of another command.
    pub fn read(text: &str, fingerprint: &Fingerprint) -> Result<Self, Error> {
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Ok(Since::Moment(moment.timestamp()));
        }
        let cursor = Cursor::decode(text).filter(|cursor| cursor.fingerprint == *fingerprint);
        cursor.map(Since::Cursor).ok_or(Error::CursorInvalid)
    }

    /// The same for what the gateway has signed, and so read before.
    pub fn signed(text: &str) -> Result<Self, Error> {
        if let Some(cursor) = Cursor::decode(text) {
            return Ok(Since::Cursor(cursor));
        }
        let moment = DateTime::parse_from_rfc3339(text).map_err(Error::internal)?;
        Ok(Since::Moment(moment.timestamp()))
    }

    /// The first second to look at.
    pub fn from(&self, overlap: Duration) -> i64 {
        let overlap = i64::try_from(overlap.as_secs()).unwrap_or(i64::MAX);
        match self {
            Since::Cursor(cursor) => cursor.reached.saturating_sub(overlap).max(0),
            Since::Moment(moment) => (*moment).max(0),
        }
    }

    pub(super) fn reached(&self) -> i64 {
        match self {
            Since::Cursor(cursor) => cursor.reached,
            Since::Moment(_) => 0,
        }
    }
}

impl Seen {
    pub(super) fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    pub(super) fn add(&mut self, version: [u8; DIGEST]) {
        self.full |= self.versions.len() == MOST_SEEN && !self.versions.contains(&version);
        if self.full {
            self.versions.clear();
        } else {
            self.versions.insert(version);
        }
    }

    pub(super) fn contains(&self, version: &[u8; DIGEST]) -> bool {
        self.versions.contains(version)
    }
}

/// The digest of a version of a row.
pub(super) fn version(sys_id: &str, updated_on: &str, mod_count: &str) -> [u8; DIGEST] {
    let text = format!("{} {updated_on} {mod_count}", sys_id.to_ascii_lowercase());
    let digest = Sha256::digest(text);
    let mut version = [0; DIGEST];
    version.copy_from_slice(&digest[..DIGEST]);
    version
}

impl From<Seen> for String {
    fn from(seen: Seen) -> String {
        let bytes: Vec<u8> = seen.versions.into_iter().flatten().collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl TryFrom<String> for Seen {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const BROKEN: &str = "versions are digests in base64";
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BROKEN)?;
        let (digests, rest) = bytes.as_chunks::<DIGEST>();
        if !rest.is_empty() {
            return Err(BROKEN);
        }
        Ok(Seen { versions: digests.iter().copied().collect(), full: false })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_serves_its_own_command_only() {
        let (mine, other) = (Fingerprint::of(["dev", "incident"]), Fingerprint::of(["dev", "inciden", "t"]));
        assert_ne!(mine, other);
        let mut seen = Seen::default();
        seen.add(version("A", "2024-01-01 00:00:00", "3"));
        let cursor = Cursor::new(mine.clone(), 1_700_000_000).with(seen);
        let text = cursor.encode();
        let since = Since::read(&text, &mine).unwrap();
        assert_eq!(since, Since::Cursor(cursor.clone()));
        assert!(cursor.seen().contains(&version("a", "2024-01-01 00:00:00", "3")));
        assert!(!cursor.seen().contains(&version("a", "2024-01-01 00:00:00", "4")));
        assert_eq!(since.from(Duration::from_secs(300)), 1_700_000_000 - 300);
        assert!(matches!(Since::read(&text, &other), Err(Error::CursorInvalid)));
        for broken in ["", "last", "2026-01-01", &text[1..]] {
            assert!(matches!(Since::read(broken, &mine), Err(Error::CursorInvalid)), "{broken}");
        }
    }

    #[test]
    fn a_moment_is_meant_exactly() {
        let since = Since::read("2026-01-01T01:00:00+01:00", &Fingerprint::of([])).unwrap();
        assert_eq!(since.from(Duration::from_secs(300)), 1_767_225_600);
    }

    #[test]
    fn what_is_too_much_to_remember_is_forgotten_at_once() {
        let mut seen = Seen::default();
        for number in 0..MOST_SEEN {
            seen.add(version("a", "", &number.to_string()));
        }
        assert_eq!(seen.versions.len(), MOST_SEEN);
        let text = Cursor::new(Fingerprint::of([]), 0).with(seen.clone()).encode();
        assert!(text.len() < MOST_BYTES && Cursor::decode(&text).is_some(), "{} bytes", text.len());
        for more in ["x", "y"] {
            seen.add(version("a", "", more));
            assert!(seen.is_empty());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _ = Since::read(&text, &Fingerprint::of([]));
        }
    }
}
