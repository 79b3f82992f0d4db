//! Tells a person what went wrong, and what to do next.

use sncgate_client::{Error, ErrorReason};
use tonic::Code;

/// Prints the error on stderr.
#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) fn tell(error: &anyhow::Error) {
    eprintln!("{}", text(error));
}

fn text(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error:#}");
    let Some(call) = error.downcast_ref::<Error>() else { return text };
    for (field, what) in call.violations() {
        text.push_str(&format!("\n  {field}: {what}"));
    }
    if let Some(advice) = advice(call) {
        text.push_str(&format!("\nnext: {advice}"));
    }
    if let Some(token) = call.resume_token() {
        text.push_str(&format!(
            "\nnext: to go on after the last row, repeat the command with --resume {token}"
        ));
    }
    text
}

fn advice(error: &Error) -> Option<&'static str> {
    let advice = match error.reason() {
        ErrorReason::Internal => "look for the request id in the gateway's log",
        ErrorReason::InstanceUnknown => "sncgate info lists the instances",
        ErrorReason::TableUnknown => "sncgate tables TEXT finds tables",
        ErrorReason::FieldUnknown => "sncgate schema TABLE lists the columns",
        ErrorReason::QueryInvalid => "sncgate explain QUERY shows how the query is read",
        ErrorReason::EtagMismatch => "read the record again, and repeat the command with its new etag",
        ErrorReason::InstanceUnavailable | ErrorReason::InstanceBadResponse => {
            "sncgate info shows how the instances do"
        }
        ErrorReason::InstanceHibernating => "wake the instance at https://developer.servicenow.com",
        ErrorReason::InstanceRateLimited | ErrorReason::InstanceBusy => "wait, then repeat the command",
        ErrorReason::InstanceCredentials => {
            "correct the instance's auth table in the gateway's configuration"
        }
        ErrorReason::InstanceForbidden => "give the gateway's account a role that may do it",
        ErrorReason::InstanceTransactionTimeout => "ask for fewer rows, or a narrower query",
        ErrorReason::LimitExceeded => "allow more with --max, or write a narrower query",
        ErrorReason::RequestIdReused => "use a new request_id for a new request",
        ErrorReason::QueryTooLong => "use fewer values or fields",
        ErrorReason::PageTokenInvalid | ErrorReason::ResumeTokenInvalid => "start again without the token",
        ErrorReason::AttachmentUnknown => "sncgate attachment list TABLE SYS_ID lists those of a record",
        ErrorReason::ContentMismatch => "repeat the command: the file changed, or was damaged on its way",
        ErrorReason::TokenInvalid | ErrorReason::TokenExpired | ErrorReason::TokenRevoked => {
            "sign in: sncgate login; or set SNCGATE_TOKEN"
        }
        ErrorReason::PermissionMissing | ErrorReason::FieldForbidden => {
            "sncgate whoami shows what you hold; an administrator can give you a role"
        }
        ErrorReason::LinkRequired | ErrorReason::LinkBroken => {
            "sncgate link, with --instance where it is not the default one"
        }
        ErrorReason::LinkInvalid => "begin again: sncgate link",
        ErrorReason::PasswordChangeRequired => "sncgate passwd",
        ErrorReason::TaskUnknown => "sncgate tasks list shows those that you may see",
        ErrorReason::TaskStateConflict => "sncgate tasks get ID shows where it stands",
        ErrorReason::TaskLimitExceeded => {
            "sncgate tasks list --state pending,running,paused,retrying shows those that count"
        }
        ErrorReason::DeadlineExceeded => "allow more time with --timeout, or ask for less",
        ErrorReason::Unspecified if error.code() == Code::DeadlineExceeded => {
            "allow more time with --timeout, or ask for less"
        }
        ErrorReason::Unspecified if error.code() == Code::Unavailable => {
            "check --server, or start a gateway: sncgate demo"
        }
        _ => return None,
    };
    Some(advice)
}

#[cfg(test)]
mod tests {
    use tonic::Status;
    use tonic_types::{ErrorDetails, StatusExt};

    use super::*;

    #[test]
    fn says_what_reason_and_what_next() {
        let metadata = [("resume_token", "abc"), ("instance", "prod")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mut details = ErrorDetails::with_error_info("INSTANCE_UNAVAILABLE", "sncgate", metadata);
        details.add_bad_request_violation("limit", "must not be negative");
        let status = Status::with_error_details(Code::Unavailable, "prod does not answer.", details);
        insta::assert_snapshot!(text(&Error::from(status).into()), @r"
        error: prod does not answer. (INSTANCE_UNAVAILABLE)
          limit: must not be negative
        next: sncgate info shows how the instances do
        next: to go on after the last row, repeat the command with --resume abc
        ");
    }
}
