//! The size and SHA-256 of a content that goes by.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::error::{Error, Result};
use crate::pb::Attachment;

#[derive(Clone, Debug, Default)]
pub(super) struct Measure {
    pub(super) bytes: u64,
    digest: Sha256,
}

impl Measure {
    pub(super) fn take(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        self.digest.update(chunk);
    }

    /// Whether this is the content of the attachment, as far as the instance tells.
    pub(super) fn check(&self, attachment: &Attachment) -> Result<()> {
        check_size(self.bytes, attachment)?;
        let actual: String =
            self.digest.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if attachment.sha256.is_empty() || attachment.sha256.eq_ignore_ascii_case(&actual) {
            return Ok(());
        }
        Err(mismatch(format!("SHA-256 {}", attachment.sha256), format!("SHA-256 {actual}")))
    }
}

pub(super) fn check_size(bytes: u64, attachment: &Attachment) -> Result<()> {
    if i64::try_from(bytes) == Ok(attachment.size_bytes) {
        return Ok(());
    }
    Err(mismatch(format!("{} bytes", attachment.size_bytes), format!("{bytes} bytes")))
}

/// As the gateway says it, of what only this side has seen.
pub(super) fn mismatch(expected: String, actual: String) -> Error {
    let text = format!("the content is not the attachment's: {expected} was expected, {actual} arrived");
    let metadata = HashMap::from([("expected".to_owned(), expected), ("actual".to_owned(), actual)]);
    let details = ErrorDetails::with_error_info("CONTENT_MISMATCH", "sncgate", metadata);
    Error::from(Status::with_error_details(Code::DataLoss, text, details))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::ErrorReason;

    #[test]
    fn a_content_is_compared_by_size_and_hash() {
        let mut measure = Measure::default();
        measure.take(b"a");
        measure.take(b"bc");
        let abc = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
        for (size_bytes, sha256, same) in
            [(3, abc, true), (3, "", true), (4, abc, false), (3, &abc.replace('B', "C"), false)]
        {
            let attachment = Attachment { size_bytes, sha256: sha256.to_owned(), ..Default::default() };
            let reason = measure.check(&attachment).map_err(|error| error.reason());
            assert_eq!(
                reason,
                if same { Ok(()) } else { Err(ErrorReason::ContentMismatch) },
                "{attachment:?}"
            );
        }
    }
}
