//! Exit codes. They are part of the interface: `sncgate --help` lists them.

use std::io;
use std::process::ExitCode;

use sncgate_client::{Error, ErrorReason};
use tonic::Code;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// It did what was asked; or the reader of the output went away, as `head` does.
    Success = 0,
    /// Anything that the others do not say.
    Failure = 1,
    /// The command line, or the request, is wrong.
    Usage = 2,
    /// No such record, table or instance.
    NotFound = 3,
    /// Credentials, access rules or business rules.
    Refused = 4,
    /// Not now: later it may go well.
    Unavailable = 5,
    /// The record has changed since it was read.
    Conflict = 6,
    /// A task that was watched failed.
    TaskFailed = 7,
    /// A task that was watched was cancelled.
    TaskCancelled = 8,
}

impl Exit {
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if is_broken_pipe(error) {
            Self::Success
        } else if error.is::<Usage>() {
            Self::Usage
        } else if let Some(ended) = error.downcast_ref::<TaskEnded>() {
            ended.exit
        } else {
            error.downcast_ref::<Error>().map_or(Self::Failure, Self::of_call)
        }
    }

    fn of_call(error: &Error) -> Self {
        match error.reason() {
            ErrorReason::InstanceCredentials | ErrorReason::InstanceRejected => return Self::Refused,
            _ => {}
        }
        match error.code() {
            Code::InvalidArgument | Code::OutOfRange => Self::Usage,
            Code::NotFound => Self::NotFound,
            Code::PermissionDenied | Code::Unauthenticated => Self::Refused,
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => Self::Unavailable,
            Code::Aborted => Self::Conflict,
            _ => Self::Failure,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A mistake on the command line that only shows once the command runs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// Tasks that were watched did not all succeed.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct TaskEnded {
    pub(crate) exit: Exit,
    pub(crate) text: String,
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(is)
}

#[cfg(test)]
mod tests {
    use tonic::Status;

    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_code() {
        let call = |code| anyhow::Error::from(Error::from(Status::new(code, "")));
        let cases = [
            (io::Error::from(io::ErrorKind::BrokenPipe).into(), 0),
            (anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("while writing"), 0),
            (anyhow::anyhow!("?"), 1),
            (call(Code::Internal), 1),
            (Usage("?".into()).into(), 2),
            (call(Code::InvalidArgument), 2),
            (call(Code::NotFound), 3),
            (call(Code::PermissionDenied), 4),
            (call(Code::Unavailable).context("while reading"), 5),
            (call(Code::DeadlineExceeded), 5),
            (call(Code::Aborted), 6),
            (TaskEnded { exit: Exit::TaskFailed, text: String::new() }.into(), 7),
            (TaskEnded { exit: Exit::TaskCancelled, text: String::new() }.into(), 8),
        ];
        for (error, code) in cases {
            assert_eq!(Exit::of(&error) as u8, code, "{error:?}");
        }
    }
}
