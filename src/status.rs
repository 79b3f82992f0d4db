//! The one mapping from [`Error`] to gRPC: code, ErrorInfo, and the details that are true of it.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::error::Error;
use crate::pb::{ErrorReason, OperationError};

/// The `domain` of every ErrorInfo.
pub const DOMAIN: &str = "sncgate";

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let reason = error.reason();
        let code = code(reason);
        log(&error, code);
        let metadata: HashMap<String, String> =
            error.metadata().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let mut details = ErrorDetails::with_error_info(short_name(reason), DOMAIN, metadata);
        if let Some(retry_after) = error.retry_after() {
            details.set_retry_info(Some(retry_after));
        }
        if let Some((subject, limit)) = error.quota() {
            details.add_quota_failure_violation(subject, limit);
        }
        if let Error::Invalid { field, problem } = &error {
            details.add_bad_request_violation(*field, problem.clone());
        }
        Status::with_error_details(code, error.to_string(), details)
    }
}

/// The same for one operation among many, whose failure is an answer and not the end of the call.
pub fn operation_error(error: &Error) -> OperationError {
    let reason = error.reason();
    let code = code(reason);
    log(error, code);
    OperationError {
        code: code.into(),
        message: error.to_string(),
        reason: reason.into(),
        metadata: error.metadata().into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        retry_delay: error.retry_after().and_then(|delay| delay.try_into().ok()),
    }
}

/// The canonical code of a reason, as `error_reason.proto` documents it.
pub fn code(reason: ErrorReason) -> Code {
    match reason {
        ErrorReason::Unspecified | ErrorReason::Internal | ErrorReason::TaskCrashed => Code::Internal,
        ErrorReason::RequestInvalid
        | ErrorReason::FieldUnknown
        | ErrorReason::QueryInvalid
        | ErrorReason::QueryTooLong
        | ErrorReason::PageTokenInvalid
        | ErrorReason::ResumeTokenInvalid
        | ErrorReason::CursorInvalid
        | ErrorReason::RequestIdReused
        | ErrorReason::PasswordWeak
        | ErrorReason::LinkInvalid
        | ErrorReason::InstanceBadRequest => Code::InvalidArgument,
        ErrorReason::MethodUnknown => Code::Unimplemented,
        ErrorReason::InstanceUnknown
        | ErrorReason::TableUnknown
        | ErrorReason::RecordUnknown
        | ErrorReason::AttachmentUnknown
        | ErrorReason::NameUnknown
        | ErrorReason::DestinationUnknown
        | ErrorReason::TaskUnknown => Code::NotFound,
        ErrorReason::NameTaken | ErrorReason::DestinationOccupied => Code::AlreadyExists,
        ErrorReason::TokenInvalid
        | ErrorReason::TokenExpired
        | ErrorReason::TokenRevoked
        | ErrorReason::CredentialsInvalid
        | ErrorReason::CertificateRefused => Code::Unauthenticated,
        ErrorReason::ContentMismatch => Code::DataLoss,
        ErrorReason::ExportCancelled => Code::Cancelled,
        ErrorReason::EtagMismatch => Code::Aborted,
        ErrorReason::InstanceUnavailable
        | ErrorReason::InstanceHibernating
        | ErrorReason::InstanceBadResponse
        | ErrorReason::Draining
        | ErrorReason::AccessChanged
        | ErrorReason::IssuerUnavailable
        | ErrorReason::DestinationFailed
        | ErrorReason::StoreUnavailable
        | ErrorReason::StoreBusy => Code::Unavailable,
        ErrorReason::InstanceRateLimited
        | ErrorReason::InstanceBusy
        | ErrorReason::AttemptsExceeded
        | ErrorReason::RateLimited
        | ErrorReason::RowQuotaExceeded
        | ErrorReason::StreamQuotaExceeded
        | ErrorReason::TaskLimitExceeded => Code::ResourceExhausted,
        ErrorReason::InstanceCredentials
        | ErrorReason::InstanceRejected
        | ErrorReason::LimitExceeded
        | ErrorReason::DeletesUnseen
        | ErrorReason::ValueUnparsed
        | ErrorReason::LinkRequired
        | ErrorReason::LinkBroken
        | ErrorReason::LinksOff
        | ErrorReason::AccessConflict
        | ErrorReason::TaskStateConflict => Code::FailedPrecondition,
        ErrorReason::InstanceForbidden
        | ErrorReason::PermissionMissing
        | ErrorReason::PasswordChangeRequired
        | ErrorReason::FieldForbidden => Code::PermissionDenied,
        ErrorReason::InstanceTransactionTimeout
        | ErrorReason::DeadlineExceeded
        | ErrorReason::TaskDeadlineExceeded => Code::DeadlineExceeded,
    }
}

/// A reason as ErrorInfo carries it: without the enum's prefix.
pub fn short_name(reason: ErrorReason) -> &'static str {
    reason.as_str_name().trim_start_matches("ERROR_REASON_")
}

/// Logs once, here at the edge: defects loudly with their cause, the rest for those who look for them.
fn log(error: &Error, code: Code) {
    let cause = std::error::Error::source(error).map(|cause| cause as &dyn std::error::Error);
    match code {
        Code::Internal => tracing::error!(cause, "{error}"),
        _ => tracing::debug!(cause, code = ?code, "{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first word of each reason's comment in the proto is its code: the comment is the contract.
    #[test]
    fn codes_are_those_of_the_proto_comments() {
        let proto = include_str!("../proto/sncgate/v1/error_reason.proto");
        let mut documented = String::new();
        let mut comment = Vec::new();
        let mut seen = 0;
        for line in proto.lines().map(str::trim) {
            if let Some(text) = line.strip_prefix("// ") {
                comment.push(text);
                continue;
            }
            if line.starts_with("ERROR_REASON_") {
                let name = line.split(' ').next().unwrap();
                let reason = ErrorReason::from_str_name(name).unwrap();
                if reason != ErrorReason::Unspecified {
                    documented = comment.join(" ").split('.').next().unwrap().to_owned();
                    let actual = format!("{:?}", code(reason));
                    let expected = documented.replace('_', "").to_lowercase();
                    assert_eq!(actual.to_lowercase(), expected, "{name}");
                    seen += 1;
                }
            }
            comment.clear();
        }
        assert!(seen >= 28, "only {seen} reasons were read, the last {documented:?}");
    }
}
