//! Errors as messages have them.

use super::outcome::is_retryable;
use crate::error::Error;
use crate::pb;

/// Why a task, an attempt or a row failed. The cause of a defect is in the log only.
pub(super) fn error(error: &Error) -> pb::TaskError {
    if matches!(error, Error::Internal(_)) {
        let cause = std::error::Error::source(error);
        tracing::error!(cause, "a task failed");
    }
    pb::TaskError {
        reason: error.reason().into(),
        message: error.to_string(),
        retryable: is_retryable(error),
    }
}
