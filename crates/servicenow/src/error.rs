//! What went wrong, by what the peer did.
//!
//! No error holds a credential or the query of a URL, in `Display` or in `Debug`.

pub(crate) mod classify;

use std::fmt;
use std::time::Duration;

/// What the instance said when it refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status: 200 for an error inside a success.
    pub status: u16,
    /// ServiceNow's `error.message`, or the status's reason where there was no JSON.
    pub message: String,
    /// ServiceNow's `error.detail`.
    pub detail: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_deref() {
            Some(detail) => write!(formatter, "{}: {detail} (HTTP {})", self.message, self.status),
            None => write!(formatter, "{} (HTTP {})", self.message, self.status),
        }
    }
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 401: the credentials are missing or wrong, also after a fresh token.
    #[error("not authenticated: {0}")]
    Unauthenticated(Refusal),
    /// 403: access rules forbid it.
    #[error("forbidden: {0}")]
    Forbidden(Refusal),
    /// 404: no such row, or access rules hide it.
    #[error("not found: {0}")]
    NotFound(Refusal),
    /// The instance has no such table.
    #[error("invalid table `{table}`")]
    InvalidTable {
        /// The name that was asked for.
        table: String,
    },
    /// 400 and its kin: the instance does not understand the request.
    #[error("invalid request: {0}")]
    InvalidRequest(Refusal),
    /// A business rule or data policy aborted the write.
    #[error("rejected by the instance's rules: {0}")]
    Rejected(Refusal),
    /// 429: a rate rule, or the queue of the instance's workers is full.
    #[error("rate limited: {refusal}")]
    RateLimited {
        /// How long the instance asks to wait.
        retry_after: Option<Duration>,
        /// What it said.
        refusal: Refusal,
    },
    /// The instance's transaction quota cut the request; a smaller page or a sharper query may pass.
    #[error("the instance cancelled the transaction: {0}")]
    TransactionTimeout(Refusal),
    /// 502 or 503: the node restarts or is upgraded.
    #[error("the instance is unavailable: {refusal}")]
    Unavailable {
        /// How long the instance asks to wait.
        retry_after: Option<Duration>,
        /// What it said.
        refusal: Refusal,
    },
    /// A developer instance is asleep; its owner must wake it.
    #[error("the instance is hibernating; wake it up in the developer portal")]
    Hibernating,
    /// Something other than JSON came: a login page, a proxy's page.
    #[error("expected JSON, got {content_type:?} (HTTP {status})")]
    NotJson {
        /// The HTTP status.
        status: u16,
        /// The `Content-Type`, empty if there was none.
        content_type: String,
    },
    /// The reply ended before its JSON did.
    #[error("the reply is truncated after {bytes} bytes")]
    Truncated {
        /// How much arrived.
        bytes: usize,
    },
    /// 202: the instance took the request without saying what became of it.
    #[error("the instance accepted the request without answering it (HTTP 202)")]
    Accepted,
    /// The URL is longer than ServiceNow takes; nothing was sent unless the instance itself said 414.
    #[error("the URL is too long: {bytes} bytes")]
    UrlTooLong {
        /// The length of the URL.
        bytes: usize,
    },
    /// A redirect, which is never followed: it could carry credentials elsewhere.
    #[error("refused to follow a redirect (HTTP {status}) to {host}")]
    Redirected {
        /// The HTTP status.
        status: u16,
        /// The host it points to, or `?`.
        host: String,
    },
    /// The reply is larger than the client's bound.
    #[error("the reply is larger than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: usize,
    },
    /// 500 and its kin. A write may have been committed all the same.
    #[error("the instance failed: {0}")]
    Server(Refusal),
    /// No connection: name resolution, TCP, TLS or the proxy failed. Nothing was processed.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The connection broke after the request may have been sent.
    #[error("the connection broke: {0}")]
    Disconnected(String),
    /// No reply in time.
    #[error("timed out")]
    Timeout,
    /// The reply is JSON but not what the API documents.
    #[error("cannot decode the reply: {0}")]
    Decode(String),
    /// The token endpoint refused: OAuth's `error` and `error_description`.
    #[error("OAuth sign-in at {host} by the {grant} grant failed: {error}: {description} (HTTP {status})")]
    Auth {
        /// The instance's host.
        host: String,
        /// The grant that was tried.
        grant: &'static str,
        /// The HTTP status.
        status: u16,
        /// OAuth's error code.
        error: String,
        /// OAuth's description.
        description: String,
    },
    /// A scan got a row that is not after the one before it, so rows could repeat or be lost.
    #[error("rows are out of order: {found} came after {last}")]
    OutOfOrder {
        /// The sys_id that came before.
        last: String,
        /// The sys_id that came.
        found: String,
    },
    /// What arrived is not what was sent: another size or another SHA-256. An upload was deleted again.
    #[error("the content differs: expected {expected}, found {found}")]
    ContentMismatch {
        /// What it should be: a size or a hash.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The data to upload could not be read, or is not of the size that was stated. The upload was broken off.
    #[error("the data to upload: {0}")]
    Source(String),
    /// Data that was downloaded could not be written.
    #[error("cannot write what was downloaded: {0}")]
    Sink(String),
    /// A batch was sent as often as allowed, and the instance never came to this operation.
    #[error("the instance did not serve the operation in {rounds} rounds")]
    Unserviced {
        /// How often it was sent.
        rounds: u32,
    },
    /// The client's own requests to the instance are so many that this one did not get its turn. It was not sent.
    #[error("waited {waited:?} for a turn")]
    Busy {
        /// For how long.
        waited: Duration,
    },
    /// There is no current record: none was read yet, or the last one is passed.
    #[error("there is no current record")]
    NoRecord,
    /// The caller's input cannot be sent: a bad URL, table name, sys_id, certificate.
    #[error("{0}")]
    InvalidInput(String),
}

impl Error {
    /// Whether the same request may succeed later without anyone changing anything. Whether it is safe to send
    /// it again is another question: see [`Error::certainly_not_processed`].
    pub fn retryable(&self) -> bool {
        match self {
            Error::RateLimited { .. }
            | Error::Unavailable { .. }
            | Error::Truncated { .. }
            | Error::Server(_)
            | Error::Connect(_)
            | Error::Disconnected(_)
            | Error::Timeout
            | Error::ContentMismatch { .. }
            | Error::Unserviced { .. }
            | Error::Busy { .. } => true,
            Error::Unauthenticated(_)
            | Error::Forbidden(_)
            | Error::NotFound(_)
            | Error::InvalidTable { .. }
            | Error::InvalidRequest(_)
            | Error::Rejected(_)
            // It took a worker for a minute and most likely will again.
            | Error::TransactionTimeout(_)
            | Error::Hibernating
            | Error::NotJson { .. }
            | Error::Accepted
            | Error::UrlTooLong { .. }
            | Error::Redirected { .. }
            | Error::TooLarge { .. }
            | Error::Decode(_)
            | Error::Auth { .. }
            | Error::OutOfOrder { .. }
            | Error::Source(_)
            | Error::Sink(_)
            | Error::NoRecord
            | Error::InvalidInput(_) => false,
        }
    }

    /// Whether the instance cannot have acted on the request, so that even a write may be sent again: there was
    /// no connection, it was throttled, or the instance is down and says when to come back.
    pub fn certainly_not_processed(&self) -> bool {
        match self {
            Error::Connect(_) | Error::RateLimited { .. } | Error::Unserviced { .. } | Error::Busy { .. } => {
                true
            }
            Error::Unavailable { retry_after, .. } => retry_after.is_some(),
            _ => false,
        }
    }

    /// How long the instance asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::RateLimited { retry_after, .. } | Error::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What the instance said, where it said something.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Unauthenticated(refusal)
            | Error::Forbidden(refusal)
            | Error::NotFound(refusal)
            | Error::InvalidRequest(refusal)
            | Error::Rejected(refusal)
            | Error::TransactionTimeout(refusal)
            | Error::Server(refusal)
            | Error::RateLimited { refusal, .. }
            | Error::Unavailable { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// The HTTP status of the reply, where there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::NotJson { status, .. } | Error::Redirected { status, .. } | Error::Auth { status, .. } => {
                Some(*status)
            }
            Error::InvalidTable { .. } => Some(400),
            Error::Accepted => Some(202),
            Error::Hibernating => Some(200),
            other => other.refusal().map(|refusal| refusal.status),
        }
    }

    /// What reqwest says, without the URL: its query may hold anything.
    pub(crate) fn from_transport(error: reqwest::Error) -> Error {
        let error = error.without_url();
        let text = chain(&error);
        if error.is_builder() {
            Error::InvalidInput(text)
        } else if error.is_connect() {
            Error::Connect(text)
        } else if error.is_timeout() {
            Error::Timeout
        } else {
            Error::Disconnected(text)
        }
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
