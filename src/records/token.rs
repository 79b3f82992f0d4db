//! Page and resume tokens: opaque to callers, bound to their request, without state on the server.
//!
//! A token says where to go on, nothing that its holder could not ask for anyway; it is not a secret and not signed.
//! The fingerprint keeps it from being used with another request, where it would silently skip rows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use servicenow::Cursor;
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Longest token that is looked at, bytes.
const MAX_BYTES: usize = 1024;

/// Says which request a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint(String);

/// Where the next page of a list starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken {
    #[serde(rename = "f")]
    fingerprint: Fingerprint,
    /// Rows to skip.
    #[serde(rename = "o")]
    pub offset: u64,
}

/// Where a stream goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeToken {
    #[serde(rename = "f")]
    fingerprint: Fingerprint,
    #[serde(rename = "i")]
    last_sys_id: String,
    #[serde(rename = "o")]
    offset: u64,
    /// Records sent before it.
    #[serde(rename = "n")]
    pub sent: u64,
}

impl Fingerprint {
    /// Of a request in its encoded form, tokens and page size cleared.
    pub fn of(request: &[u8]) -> Self {
        let digest = Sha256::digest(request);
        Fingerprint(URL_SAFE_NO_PAD.encode(&digest[..9]))
    }
}

impl PageToken {
    /// Text for the caller.
    pub fn encode(fingerprint: &Fingerprint, offset: u64) -> String {
        encode(&PageToken { fingerprint: fingerprint.clone(), offset })
    }

    /// Reads a token back. Fails with [`Error::PageTokenInvalid`] where it is another request's, or none.
    pub fn decode(text: &str, fingerprint: &Fingerprint) -> Result<Self, Error> {
        decode(text)
            .filter(|token: &PageToken| token.fingerprint == *fingerprint)
            .ok_or(Error::PageTokenInvalid)
    }

    /// Rows to skip: none without a token.
    pub fn offset(text: &str, fingerprint: &Fingerprint) -> Result<u64, Error> {
        if text.is_empty() { Ok(0) } else { Ok(PageToken::decode(text, fingerprint)?.offset) }
    }
}

impl ResumeToken {
    /// Text for the caller.
    pub fn encode(fingerprint: &Fingerprint, cursor: &Cursor, sent: u64) -> String {
        encode(&ResumeToken {
            fingerprint: fingerprint.clone(),
            last_sys_id: cursor.last_sys_id.clone(),
            offset: cursor.offset,
            sent,
        })
    }

    /// Reads a token back. Fails with [`Error::ResumeTokenInvalid`] where it is another request's, or none.
    pub fn decode(text: &str, fingerprint: &Fingerprint) -> Result<Self, Error> {
        decode(text)
            .filter(|token: &ResumeToken| token.fingerprint == *fingerprint)
            .ok_or(Error::ResumeTokenInvalid)
    }

    /// Where the ServiceNow client goes on.
    pub fn cursor(&self) -> Cursor {
        Cursor { last_sys_id: self.last_sys_id.clone(), offset: self.offset }
    }
}

fn encode(token: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(token).expect("a struct of text and numbers serializes"))
}

fn decode<T: DeserializeOwned>(text: &str) -> Option<T> {
    if text.len() > MAX_BYTES {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_serves_its_own_request_only() {
        let (mine, other) = (Fingerprint::of(b"mine"), Fingerprint::of(b"other"));
        let text = PageToken::encode(&mine, 40);
        assert_eq!(PageToken::decode(&text, &mine).unwrap().offset, 40);
        assert_eq!(PageToken::offset("", &mine).unwrap(), 0);
        assert!(matches!(PageToken::decode(&text, &other), Err(Error::PageTokenInvalid)));
        assert!(
            matches!(ResumeToken::decode(&text, &mine), Err(Error::ResumeTokenInvalid)),
            "the other kind"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_read(text in ".{0,64}") {
            let _ = PageToken::decode(&text, &Fingerprint::of(b""));
        }

        #[test]
        fn resume_tokens_come_back(id in "[0-9a-fA-F]{32}", offset: u64, sent: u64) {
            let fingerprint = Fingerprint::of(b"request");
            let cursor = Cursor { last_sys_id: id, offset };
            let token = ResumeToken::decode(&ResumeToken::encode(&fingerprint, &cursor, sent), &fingerprint).unwrap();
            prop_assert_eq!(token.sent, sent);
            prop_assert_eq!(token.cursor().last_sys_id, cursor.last_sys_id);
            prop_assert_eq!(token.cursor().offset, cursor.offset);
        }
    }
}
