//! Why a call failed, as types.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status, TimeoutExpired};
use tonic_types::{ErrorDetails, StatusExt};

use crate::pb::ErrorReason;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed. Its text is for people; decide by [`reason`](Self::reason) and [`code`](Self::code).
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    status: Status,
    details: ErrorDetails,
    resume_token: Option<String>,
}

impl Error {
    pub(crate) fn local(code: Code, message: impl Into<String>) -> Self {
        Self::from(Status::new(code, message))
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.status.code()
    }

    /// The gateway's words.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.status.message()
    }

    /// Exactly what failed. Unspecified where the gateway itself did not answer, or is newer than this client.
    #[must_use]
    pub fn reason(&self) -> ErrorReason {
        let name = self.0.details.error_info().map_or("", |info| info.reason.as_str());
        ErrorReason::from_str_name(&format!("ERROR_REASON_{name}")).unwrap_or(ErrorReason::Unspecified)
    }

    /// What `error_reason.proto` lists for the reason: the table, the unknown fields and so on.
    #[must_use]
    pub fn metadata(&self) -> &HashMap<String, String> {
        static NONE: std::sync::LazyLock<HashMap<String, String>> = std::sync::LazyLock::new(HashMap::new);
        self.0.details.error_info().map_or(&NONE, |info| &info.metadata)
    }

    /// Where a stream goes on: pass it to [`Query::resume_from`](crate::Query::resume_from).
    #[must_use]
    pub fn resume_token(&self) -> Option<&str> {
        self.0.resume_token.as_deref().or_else(|| self.metadata().get("resume_token").map(String::as_str))
    }

    /// How long the gateway asks to wait before the call is sent again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.details.retry_info().and_then(|info| info.retry_delay)
    }

    /// The request's faulty fields, each with what is wrong.
    pub fn violations(&self) -> impl Iterator<Item = (&str, &str)> {
        let list = self.0.details.bad_request().map(|bad| bad.field_violations.as_slice());
        list.unwrap_or_default().iter().map(|one| (one.field.as_str(), one.description.as_str()))
    }

    /// Whether the same call may go well later. Says nothing of whether it is safe to send it again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.code() {
            // It sleeps until a person wakes it.
            Code::Unavailable => self.reason() != ErrorReason::InstanceHibernating,
            // Without a time to wait, it is a limit that waiting does not change; a quota of a day takes until tomorrow.
            Code::ResourceExhausted => {
                self.retry_after().is_some() && self.reason() != ErrorReason::RowQuotaExceeded
            }
            // The connection broke, and nobody sent a status.
            Code::Unknown | Code::Internal | Code::Cancelled => {
                self.0.details.error_info().is_none() && std::error::Error::source(&self.0.status).is_some()
            }
            _ => false,
        }
    }

    /// The status as it came.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.0.status
    }

    /// Keeps the token of the last page, where the gateway could not send one.
    pub(crate) fn with_resume_token(mut self, token: &str) -> Self {
        if !token.is_empty() {
            self.0.resume_token = Some(token.to_owned());
        }
        self
    }
}

impl From<Status> for Error {
    fn from(mut status: Status) -> Self {
        // tonic calls its own deadline "cancelled".
        if has_timed_out(&status) {
            status = Status::deadline_exceeded("the deadline has passed");
        }
        let details = status.get_error_details();
        Self(Box::new(Inner { status, details, resume_token: None }))
    }
}

fn has_timed_out(status: &Status) -> bool {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if error.is::<TimeoutExpired>() {
            return true;
        }
        cause = error.source();
    }
    false
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.message(), self.reason()) {
            ("", ErrorReason::Unspecified) => f.write_str(self.code().description()),
            (message, ErrorReason::Unspecified) => f.write_str(message),
            (message, reason) => {
                let name = reason.as_str_name().trim_start_matches("ERROR_REASON_");
                write!(f, "{message} ({name})")
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code())
            .field("reason", &self.reason())
            .field("message", &self.message())
            .field("metadata", self.metadata())
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.status.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(code: Code, reason: &str, wait: Option<u64>) -> Error {
        let metadata = HashMap::from([("resume_token".to_owned(), "abc".to_owned())]);
        let mut details = ErrorDetails::with_error_info(reason, "sncgate", metadata);
        if wait.is_some() {
            details.set_retry_info(wait.map(Duration::from_secs));
        }
        Error::from(Status::with_error_details(code, "It failed.", details))
    }

    #[test]
    fn the_details_are_read() {
        let error = failed(Code::ResourceExhausted, "INSTANCE_RATE_LIMITED", Some(7));
        assert_eq!(error.reason(), ErrorReason::InstanceRateLimited);
        assert_eq!(error.resume_token(), Some("abc"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(error.to_string(), "It failed. (INSTANCE_RATE_LIMITED)");
        assert_eq!(error.with_resume_token("def").resume_token(), Some("def"));
    }

    #[test]
    fn says_what_may_go_well_later() {
        let cases = [
            (failed(Code::Unavailable, "INSTANCE_UNAVAILABLE", None), true),
            (failed(Code::Unavailable, "DRAINING", None), true),
            (failed(Code::Unavailable, "INSTANCE_HIBERNATING", None), false),
            (failed(Code::ResourceExhausted, "INSTANCE_BUSY", Some(1)), true),
            (failed(Code::ResourceExhausted, "INSTANCE_BUSY", None), false),
            (failed(Code::Internal, "INTERNAL", None), false),
            (failed(Code::NotFound, "RECORD_UNKNOWN", None), false),
            (Error::local(Code::Unavailable, "nobody there"), true),
            (Error::local(Code::Unknown, "who knows"), false),
            (Error::from(Status::from_error(Box::new(std::io::Error::other("cut")))), true),
        ];
        for (error, expected) in cases {
            assert_eq!(error.is_retryable(), expected, "{error:?}");
        }
    }

    #[test]
    fn a_deadline_of_this_side_is_one() {
        let error = Error::from(Status::from_error(Box::new(TimeoutExpired(()))));
        assert_eq!(error.code(), Code::DeadlineExceeded);
        assert!(!error.is_retryable());
    }

    #[test]
    fn a_reason_of_a_newer_gateway_is_unspecified() {
        let error = failed(Code::NotFound, "MOON_UNKNOWN", None);
        assert_eq!(error.reason(), ErrorReason::Unspecified);
        assert_eq!(error.to_string(), "It failed.");
    }
}
