//! What a content was announced to be, and whether it is.

use sha2::{Digest, Sha256};

/// The size and the hash of a content, as far as they were announced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// In bytes.
    pub size: Option<u64>,
    /// In hexadecimal, in any letter case.
    pub sha256: Option<String>,
}

/// Measures a content as it goes by, as far as something was announced of it.
pub(super) struct Measure {
    expected: Expected,
    bytes: u64,
    /// Only where a hash was announced: it costs time.
    digest: Option<Sha256>,
}

/// A content that is not what was announced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub(super) expected: String,
    pub(super) actual: String,
}

impl Measure {
    pub(super) fn new(expected: Expected) -> Self {
        let digest = expected.sha256.as_ref().map(|_| Sha256::new());
        Measure { expected, bytes: 0, digest }
    }

    /// Takes the next bytes. Fails as soon as there are too many.
    pub(super) fn take(&mut self, chunk: &[u8]) -> Result<(), Mismatch> {
        self.bytes += chunk.len() as u64;
        if let Some(digest) = &mut self.digest {
            digest.update(chunk);
        }
        match self.expected.size.filter(|size| self.bytes > *size) {
            Some(size) => Err(sizes(size, format!("at least {} bytes", self.bytes))),
            None => Ok(()),
        }
    }

    /// Judges the whole.
    pub(super) fn end(&mut self) -> Result<(), Mismatch> {
        if let Some(size) = self.expected.size.filter(|size| *size != self.bytes) {
            return Err(sizes(size, format!("{} bytes", self.bytes)));
        }
        let (Some(expected), Some(digest)) = (&self.expected.sha256, self.digest.take()) else {
            return Ok(());
        };
        let actual: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if actual.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        Err(Mismatch { expected: format!("SHA-256 {expected}"), actual: format!("SHA-256 {actual}") })
    }
}

fn sizes(expected: u64, actual: String) -> Mismatch {
    Mismatch { expected: format!("{expected} bytes"), actual }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

    fn judge(expected: Expected, chunks: &[&str]) -> Result<(), String> {
        let mut measure = Measure::new(expected);
        let mut taken = chunks.iter().map(|chunk| measure.take(chunk.as_bytes()));
        let whole = taken.find(Result::is_err).unwrap_or(Ok(()));
        whole.and_then(|()| measure.end()).map_err(|mismatch| mismatch.actual)
    }

    #[test]
    fn a_content_is_what_was_announced_or_refused() {
        let expected =
            |size: Option<u64>, sha256: Option<&str>| Expected { size, sha256: sha256.map(str::to_owned) };
        let other = "SHA-256 cb8379ac2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34";
        for (announced, chunks, told) in [
            (expected(None, None), &["a", "bc"][..], None),
            (expected(Some(3), Some(ABC)), &["a", "bc"], None),
            (expected(Some(0), None), &[], None),
            (expected(Some(2), None), &["a", "bc"], Some("at least 3 bytes")),
            (expected(Some(4), Some(ABC)), &["a", "bc"], Some("3 bytes")),
            (expected(None, Some(ABC)), &["def"], Some(other)),
        ] {
            assert_eq!(judge(announced.clone(), chunks).err().as_deref(), told, "{announced:?} {chunks:?}");
        }
    }
}
