//! How much went by, and its SHA-256.

use ring::digest::{Context, SHA256};

use super::Attachment;

#[derive(Clone)]
pub(super) struct Measure {
    pub(super) bytes: u64,
    digest: Context,
}

impl Measure {
    pub(super) fn new() -> Measure {
        Measure { bytes: 0, digest: Context::new(&SHA256) }
    }

    pub(super) fn take(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        self.digest.update(chunk);
    }

    /// Where what went by differs from the attachment's content: what went by, and what is stored.
    pub(super) fn difference(&self, attachment: &Attachment) -> Option<(String, String)> {
        let stored = attachment.size_bytes;
        if self.bytes != stored {
            return Some((format!("{} bytes", self.bytes), format!("{stored} bytes")));
        }
        let (mine, stored) = (self.hash(), attachment.sha256()?);
        let differs = !mine.eq_ignore_ascii_case(stored);
        differs.then(|| (format!("SHA-256 {mine}"), format!("SHA-256 {stored}")))
    }

    pub(super) fn hash(&self) -> String {
        let digest = self.digest.clone().finish();
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_compared_by_size_and_hash() {
        let mut measure = Measure::new();
        measure.take(b"a");
        measure.take(b"bc");
        let abc = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
        for (size_bytes, hash, same) in [
            (3, Some(abc.to_owned()), true),
            (3, None, true),
            (3, Some("an older kind of hash".to_owned()), true),
            (4, Some(abc.to_owned()), false),
            (3, Some(abc.replace('B', "C")), false),
        ] {
            let attachment = Attachment { size_bytes, hash, ..Attachment::default() };
            assert_eq!(measure.difference(&attachment).is_none(), same, "{attachment:?}");
        }
    }
}
