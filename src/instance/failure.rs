//! What the ServiceNow client reports becomes the gateway's error.

use super::Instance;
use crate::error::{Error, Peer};
use servicenow::Error as Reported;

/// What a call is about, for its error.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    table: Option<&'a str>,
    sys_id: Option<&'a str>,
    attachment: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// The instance as a whole.
    pub fn none() -> Self {
        Subject::default()
    }

    /// A table.
    pub fn table(table: &'a str) -> Self {
        Subject { table: Some(table), ..Subject::default() }
    }

    /// A record.
    pub fn record(table: &'a str, sys_id: &'a str) -> Self {
        Subject { table: Some(table), sys_id: Some(sys_id), ..Subject::default() }
    }

    /// An attachment.
    pub fn attachment(sys_id: &'a str) -> Self {
        Subject { attachment: Some(sys_id), ..Subject::default() }
    }
}

impl Instance {
    /// The error of a call about `subject`.
    pub(crate) fn failure(&self, subject: Subject<'_>, reported: Reported) -> Error {
        let instance = self.name().to_owned();
        if let Some(broken) = self.link_failure(&reported) {
            return broken;
        }
        match (&reported, subject.attachment) {
            (Reported::NotFound(_), Some(sys_id)) => {
                return Error::AttachmentUnknown { instance, sys_id: sys_id.to_owned() };
            }
            // The sys_id was parsed before: what is left to refuse is where a download begins.
            (Reported::InvalidInput(problem), Some(_)) => return Error::invalid("offset", problem),
            _ => {}
        }
        match (&reported, subject.table, subject.sys_id) {
            (Reported::InvalidTable { table }, _, _) => {
                Error::TableUnknown { instance, table: table.clone() }
            }
            (Reported::NotFound(_), Some(table), Some(sys_id)) => {
                Error::RecordUnknown { instance, table: table.to_owned(), sys_id: sys_id.to_owned() }
            }
            (Reported::ContentMismatch { expected, found }, _, _) => {
                Error::ContentMismatch { instance, expected: expected.clone(), actual: found.clone() }
            }
            (Reported::UrlTooLong { .. }, _, _) => Error::QueryTooLong,
            // Names and bounds were checked before: what the client still refuses is our mistake.
            (Reported::InvalidInput(_), _, _) => Error::internal(reported),
            _ => Error::Instance { instance, peer: peer(&reported), source: Some(Box::new(reported)) },
        }
    }
}

fn peer(reported: &Reported) -> Peer {
    match reported {
        Reported::Unauthenticated(_) => Peer::Credentials { grant: None },
        Reported::Auth { grant, .. } => Peer::Credentials { grant: Some(grant) },
        Reported::Forbidden(refusal) => Peer::Forbidden { message: refusal.to_string() },
        Reported::Rejected(refusal) => Peer::Rejected { message: refusal.to_string() },
        Reported::InvalidRequest(refusal) => Peer::BadRequest { message: refusal.to_string() },
        Reported::RateLimited { retry_after, .. } => Peer::RateLimited { retry_after: *retry_after },
        // What a batch left unserved, the instance had no time for.
        Reported::Busy { .. } | Reported::Unserviced { .. } => Peer::Busy,
        Reported::TransactionTimeout(_) => Peer::TransactionTimeout,
        Reported::Hibernating => Peer::Hibernating,
        Reported::Unavailable { .. }
        | Reported::Connect(_)
        | Reported::Disconnected(_)
        | Reported::Timeout
        | Reported::Truncated { .. } => Peer::Unavailable,
        _ => Peer::BadResponse,
    }
}
