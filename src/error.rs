//! The one error of the gateway: by meaning, free of any transport.
//!
//! `Display` is the public text. What is private (the cause, as the ServiceNow client saw it) is the source, which is
//! logged and never sent. [`crate::status`] maps each variant to gRPC.

mod refusal;
mod sink;

use std::time::Duration;

use crate::pb::ErrorReason;

pub use refusal::Refusal;
pub use sink::SinkError;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request is missing, malformed or out of bounds.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field's name in the proto.
        field: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// The configuration names no such instance.
    #[error("no instance is named {instance:?} in the configuration")]
    InstanceUnknown {
        /// As asked for.
        instance: String,
    },
    /// The instance has no such table.
    #[error("instance {instance} has no table {table:?}")]
    TableUnknown {
        /// The instance's name.
        instance: String,
        /// As asked for.
        table: String,
    },
    /// No such record, or it is hidden.
    #[error("no record {sys_id} in {table}, or the instance's access rules hide it")]
    RecordUnknown {
        /// The instance's name.
        instance: String,
        /// The table.
        table: String,
        /// The record.
        sys_id: String,
    },
    /// Fields that the table does not have.
    #[error("table {table} has no field {}", .fields.join(", "))]
    FieldUnknown {
        /// The table.
        table: String,
        /// As asked for, dot-walked ones whole.
        fields: Vec<String>,
    },
    /// Terms that are no part of the query language.
    #[error("the query holds terms that ServiceNow would silently drop: {}", .terms.join(", "))]
    QueryInvalid {
        /// As written.
        terms: Vec<String>,
    },
    /// The query does not fit a URL.
    #[error("the query makes a URL that is too long for ServiceNow; use fewer values or fields")]
    QueryTooLong,
    /// Not a page token of this request.
    #[error("page_token is not a token of this request; start again without one")]
    PageTokenInvalid,
    /// Not a resume token of this request.
    #[error("resume_token is not a token of this request; start again without one")]
    ResumeTokenInvalid,
    /// Not a cursor of this export.
    #[error(
        "since is neither a moment, as in 2026-01-01T00:00:00Z, nor a cursor of this very export; export everything anew"
    )]
    CursorInvalid,
    /// An increment cannot tell which rows were deleted.
    #[error(
        "deletes of {table} cannot be seen: {why}; ask for changed rows only, and compare with a whole export from time to time"
    )]
    DeletesUnseen {
        /// The table.
        table: String,
        /// Why not.
        why: &'static str,
    },
    /// The caller cancelled an export, and its tickets with it.
    #[error("the export was cancelled; call GetFlightInfo for another one")]
    ExportCancelled {
        /// As GetFlightInfo named it.
        export: String,
    },
    /// The record changed since it was read.
    #[error("the record has changed: its etag is {etag:?} now; read it again")]
    EtagMismatch {
        /// What it is now.
        etag: String,
    },
    /// No such attachment, or it is hidden.
    #[error("instance {instance} has no attachment {sys_id}, or its access rules hide it")]
    AttachmentUnknown {
        /// The instance's name.
        instance: String,
        /// The attachment.
        sys_id: String,
    },
    /// A content has not the size or the hash that was announced.
    #[error("the content is not what was announced: {expected} was expected, {actual} arrived")]
    ContentMismatch {
        /// The instance's name.
        instance: String,
        /// A size in bytes, or a SHA-256.
        expected: String,
        /// What it is.
        actual: String,
    },
    /// More records match than may be written.
    #[error("{matched} records match, more than max_records {max_records}; nothing was written")]
    LimitExceeded {
        /// How many match.
        matched: u64,
        /// How many may.
        max_records: u64,
    },
    /// A request id came before, with another request.
    #[error("request_id {request_id} came before, with a different request; use a new one")]
    RequestIdReused {
        /// The id.
        request_id: String,
    },
    /// No such task, or it is somebody else's.
    #[error("there is no task {id:?}, or it is somebody else's")]
    TaskUnknown {
        /// As asked for.
        id: String,
    },
    /// The task's state does not allow it.
    #[error("the task is {state}, which does not allow this")]
    TaskStateConflict {
        /// The task.
        id: String,
        /// As "RUNNING".
        state: &'static str,
    },
    /// The owner has as many unfinished tasks as one may have.
    #[error("there are {limit} unfinished tasks of this user already; wait for some, or cancel them")]
    TaskLimitExceeded {
        /// How many one may have.
        limit: usize,
    },
    /// The gateway itself refuses; see [`Refusal`].
    #[error("{0}")]
    Refused(Refusal),
    /// An export does not become a dataset; see [`SinkError`].
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The instance said or did something; see [`Peer`].
    #[error("instance {instance}: {peer}")]
    Instance {
        /// The instance's name.
        instance: String,
        /// What it said or did.
        peer: Peer,
        /// As the ServiceNow client saw it; absent where the gateway decided by itself.
        source: Option<Box<servicenow::Error>>,
    },
    /// The caller's deadline passed.
    #[error("the deadline passed before the answer was there")]
    DeadlineExceeded,
    /// The gateway is shutting down.
    #[error("the gateway is shutting down; connect again")]
    Draining,
    /// A stream broke off and can go on.
    #[error("{cause}")]
    Interrupted {
        /// Why.
        cause: Box<Error>,
        /// Goes on after the last message that was sent.
        resume_token: String,
    },
    /// The gateway's store does not answer.
    #[error("the gateway's store does not answer; send the call again, a write with its request_id")]
    StoreUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another gateway on the same store is at it.
    #[error("another gateway on the same store {doing}; send the call again")]
    StoreBusy {
        /// As "changes users or roles".
        doing: &'static str,
    },
    /// A defect of the gateway.
    #[error("an internal error; the answer's x-request-id finds its cause in the gateway's log")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The part of a message that names a grant.
fn with_grant(grant: Option<&str>) -> String {
    grant.map_or_else(String::new, |grant| format!(" in OAuth's {grant} grant"))
}

/// What an instance did instead of answering the call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Peer {
    /// It cannot be reached, restarts, or broke off.
    #[error("not reachable; retry")]
    Unavailable,
    /// A personal developer instance sleeps.
    #[error("hibernating; wake it in the developer portal")]
    Hibernating,
    /// It answered 429.
    #[error("its rate limit is exceeded; retry later")]
    RateLimited {
        /// When it may be asked again.
        retry_after: Option<Duration>,
    },
    /// Too many calls wait for it.
    #[error("too many calls wait for it; retry later")]
    Busy,
    /// It refused the gateway's own credentials.
    #[error("it refused the gateway's credentials{}; see its configuration", with_grant(*grant))]
    Credentials {
        /// The OAuth grant that failed; none where the credentials go with every request.
        grant: Option<&'static str>,
    },
    /// Its access rules forbid it.
    #[error("its access rules forbid this to the account that the call is made with: {message}")]
    Forbidden {
        /// The instance's words.
        message: String,
    },
    /// A business rule or data policy refused the write.
    #[error("{message}")]
    Rejected {
        /// The instance's words.
        message: String,
    },
    /// It cancelled the transaction.
    #[error("it cancelled the transaction for taking too long; ask for fewer rows or a narrower query")]
    TransactionTimeout,
    /// It answered something that is not its API.
    #[error("it answered something that is not ServiceNow's API")]
    BadResponse,
    /// It refused the request as malformed.
    #[error("it refused the request: {message}")]
    BadRequest {
        /// The instance's words.
        message: String,
    },
}

impl Error {
    /// An invalid field.
    pub fn invalid(field: &'static str, problem: impl Into<String>) -> Self {
        Error::Invalid { field, problem: problem.into() }
    }

    /// A defect of the gateway.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error::Internal(cause.into())
    }

    /// The store does not answer.
    pub fn store_unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error::StoreUnavailable(cause.into())
    }

    /// The call may go on from `resume_token`.
    pub fn interrupted(self, resume_token: String) -> Self {
        Error::Interrupted { cause: Box::new(self), resume_token }
    }

    /// The machine-readable reason, one of the API's.
    pub fn reason(&self) -> ErrorReason {
        match self {
            Error::Invalid { .. } => ErrorReason::RequestInvalid,
            Error::InstanceUnknown { .. } => ErrorReason::InstanceUnknown,
            Error::TableUnknown { .. } => ErrorReason::TableUnknown,
            Error::RecordUnknown { .. } => ErrorReason::RecordUnknown,
            Error::FieldUnknown { .. } => ErrorReason::FieldUnknown,
            Error::QueryInvalid { .. } => ErrorReason::QueryInvalid,
            Error::QueryTooLong => ErrorReason::QueryTooLong,
            Error::PageTokenInvalid => ErrorReason::PageTokenInvalid,
            Error::ResumeTokenInvalid => ErrorReason::ResumeTokenInvalid,
            Error::CursorInvalid => ErrorReason::CursorInvalid,
            Error::DeletesUnseen { .. } => ErrorReason::DeletesUnseen,
            Error::ExportCancelled { .. } => ErrorReason::ExportCancelled,
            Error::EtagMismatch { .. } => ErrorReason::EtagMismatch,
            Error::AttachmentUnknown { .. } => ErrorReason::AttachmentUnknown,
            Error::ContentMismatch { .. } => ErrorReason::ContentMismatch,
            Error::LimitExceeded { .. } => ErrorReason::LimitExceeded,
            Error::RequestIdReused { .. } => ErrorReason::RequestIdReused,
            Error::TaskUnknown { .. } => ErrorReason::TaskUnknown,
            Error::TaskStateConflict { .. } => ErrorReason::TaskStateConflict,
            Error::TaskLimitExceeded { .. } => ErrorReason::TaskLimitExceeded,
            Error::Refused(refusal) => refusal.reason(),
            Error::Sink(sink) => sink.reason(),
            Error::Instance { peer, .. } => peer.reason(),
            Error::DeadlineExceeded => ErrorReason::DeadlineExceeded,
            Error::Draining => ErrorReason::Draining,
            Error::Interrupted { cause, .. } => cause.reason(),
            Error::StoreUnavailable(_) => ErrorReason::StoreUnavailable,
            Error::StoreBusy { .. } => ErrorReason::StoreBusy,
            Error::Internal(_) => ErrorReason::Internal,
        }
    }

    /// What the reason's metadata holds, by the keys that `error_reason.proto` names.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Error::InstanceUnknown { instance } | Error::Instance { instance, .. } => {
                vec![("instance", instance.clone())]
            }
            Error::TableUnknown { instance, table } => {
                vec![("instance", instance.clone()), ("table", table.clone())]
            }
            Error::RecordUnknown { instance, table, sys_id } => {
                vec![("instance", instance.clone()), ("table", table.clone()), ("sys_id", sys_id.clone())]
            }
            Error::FieldUnknown { table, fields } => {
                vec![("table", table.clone()), ("fields", fields.join(","))]
            }
            Error::QueryInvalid { terms } => vec![("terms", terms.join("^"))],
            Error::DeletesUnseen { table, .. } => vec![("table", table.clone())],
            Error::ExportCancelled { export } => vec![("export", export.clone())],
            Error::EtagMismatch { etag } => vec![("etag", etag.clone())],
            Error::AttachmentUnknown { instance, sys_id } => {
                vec![("instance", instance.clone()), ("sys_id", sys_id.clone())]
            }
            Error::ContentMismatch { instance, expected, actual } => {
                vec![
                    ("instance", instance.clone()),
                    ("expected", expected.clone()),
                    ("actual", actual.clone()),
                ]
            }
            Error::LimitExceeded { matched, max_records } => {
                vec![("matched", matched.to_string()), ("max_records", max_records.to_string())]
            }
            Error::RequestIdReused { request_id } => vec![("request_id", request_id.clone())],
            Error::TaskUnknown { id } => vec![("id", id.clone())],
            Error::TaskStateConflict { id, state } => {
                vec![("id", id.clone()), ("state", (*state).to_owned())]
            }
            Error::TaskLimitExceeded { limit } => vec![("limit", limit.to_string())],
            Error::Refused(refusal) => refusal.metadata(),
            Error::Sink(sink) => sink.metadata(),
            Error::Interrupted { cause, resume_token } => {
                let mut metadata = cause.metadata();
                metadata.push(("resume_token", resume_token.clone()));
                metadata
            }
            _ => Vec::new(),
        }
    }

    /// Whether it is certain that the call wrote nothing, on any instance.
    pub fn wrote_nothing(&self) -> bool {
        match self {
            Error::Invalid { .. }
            | Error::Refused(_)
            | Error::InstanceUnknown { .. }
            | Error::TableUnknown { .. }
            | Error::RecordUnknown { .. }
            | Error::FieldUnknown { .. }
            | Error::QueryInvalid { .. }
            | Error::QueryTooLong
            | Error::PageTokenInvalid
            | Error::ResumeTokenInvalid
            | Error::CursorInvalid
            | Error::DeletesUnseen { .. }
            | Error::ExportCancelled { .. }
            | Error::EtagMismatch { .. }
            | Error::AttachmentUnknown { .. }
            | Error::ContentMismatch { .. }
            | Error::LimitExceeded { .. }
            | Error::RequestIdReused { .. }
            | Error::Sink(_)
            | Error::TaskUnknown { .. }
            | Error::TaskStateConflict { .. }
            | Error::TaskLimitExceeded { .. } => true,
            Error::Instance { peer, source, .. } => {
                peer.refused() || source.as_ref().is_some_and(|source| source.certainly_not_processed())
            }
            Error::DeadlineExceeded
            | Error::Draining
            | Error::Interrupted { .. }
            | Error::StoreUnavailable(_)
            | Error::StoreBusy { .. }
            | Error::Internal(_) => false,
        }
    }

    /// When the caller may try again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Instance { peer: Peer::RateLimited { retry_after }, .. } => *retry_after,
            Error::StoreUnavailable(_) | Error::StoreBusy { .. } => Some(Duration::from_secs(1)),
            Error::Refused(refusal) => refusal.retry_after(),
            Error::Instance { peer: Peer::Busy, .. } => Some(Duration::from_secs(1)),
            Error::Interrupted { cause, .. } => cause.retry_after(),
            _ => None,
        }
    }
}

impl Error {
    /// The limit that was reached, for a caller who wants to know whose it is.
    pub fn quota(&self) -> Option<(&'static str, String)> {
        match self {
            Error::Refused(refusal) => refusal.quota(),
            Error::Interrupted { cause, .. } => cause.quota(),
            _ => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refused(refusal)
    }
}

impl Peer {
    /// Whether it said no before doing anything.
    fn refused(&self) -> bool {
        match self {
            Peer::Hibernating
            | Peer::RateLimited { .. }
            | Peer::Busy
            | Peer::Credentials { .. }
            | Peer::Forbidden { .. }
            | Peer::Rejected { .. }
            | Peer::BadRequest { .. } => true,
            Peer::Unavailable | Peer::TransactionTimeout | Peer::BadResponse => false,
        }
    }

    fn reason(&self) -> ErrorReason {
        match self {
            Peer::Unavailable => ErrorReason::InstanceUnavailable,
            Peer::Hibernating => ErrorReason::InstanceHibernating,
            Peer::RateLimited { .. } => ErrorReason::InstanceRateLimited,
            Peer::Busy => ErrorReason::InstanceBusy,
            Peer::Credentials { .. } => ErrorReason::InstanceCredentials,
            Peer::Forbidden { .. } => ErrorReason::InstanceForbidden,
            Peer::Rejected { .. } => ErrorReason::InstanceRejected,
            Peer::TransactionTimeout => ErrorReason::InstanceTransactionTimeout,
            Peer::BadResponse => ErrorReason::InstanceBadResponse,
            Peer::BadRequest { .. } => ErrorReason::InstanceBadRequest,
        }
    }
}
