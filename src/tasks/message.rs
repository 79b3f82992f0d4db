//! Times and errors as messages have them.

use prost_types::Timestamp;

use super::outcome::is_retryable;
use crate::error::Error;
use crate::pb;

/// A time of the store as a message has it.
pub(super) fn timestamp(millis: i64) -> Timestamp {
    let nanos = i32::try_from(millis.rem_euclid(1000)).unwrap_or(0) * 1_000_000;
    Timestamp { seconds: millis.div_euclid(1000), nanos }
}

/// A time of a message as the store has it.
pub(super) fn millis(time: &Timestamp) -> i64 {
    time.seconds.saturating_mul(1000).saturating_add(i64::from(time.nanos) / 1_000_000)
}

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
