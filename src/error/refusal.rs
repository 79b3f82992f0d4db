//! What the gateway itself refuses: who calls is not known, or may not do it.

use std::time::Duration;

use crate::pb::ErrorReason;

/// Why the gateway refuses. Nothing in it says more than the caller may know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no token, or it is none of ours.
    #[error("{why}; sign in, and send the token as `authorization: Bearer …`")]
    TokenInvalid {
        /// What is wrong with it, without its content.
        why: &'static str,
    },
    /// Its time is over.
    #[error("the token has expired; refresh it")]
    TokenExpired,
    /// What it stands for is gone.
    #[error("the session or key behind the token was revoked; sign in again")]
    TokenRevoked,
    /// The client's certificate is no proof.
    #[error("the client's certificate does not do: {why}")]
    CertificateRefused {
        /// Why not.
        why: &'static str,
    },
    /// No such user, or not that password.
    #[error("no such user, or not that password")]
    CredentialsInvalid,
    /// Too many attempts failed.
    #[error("too many attempts failed; try again in {} s", .retry_after.as_secs().max(1))]
    AttemptsExceeded {
        /// When the next one is looked at.
        retry_after: Duration,
    },
    /// No role of the caller has it.
    #[error("the caller lacks {permission}; a role that has it must be given to them")]
    PermissionMissing {
        /// The permission's name in the proto.
        permission: &'static str,
    },
    /// No role of the caller allows it, or one denies it.
    #[error("the caller's roles do not allow to {operation} rows of {table}")]
    TableForbidden {
        /// The table.
        table: String,
        /// As "read".
        operation: &'static str,
    },
    /// The rows or fields are restricted, and the method cannot keep to that.
    #[error("the caller's access to {table} is restricted, and this cannot be done within it: {why}")]
    Restricted {
        /// The table.
        table: String,
        /// Why not, and what else to do.
        why: &'static str,
    },
    /// A ticket of Arrow Flight that was issued to somebody else.
    #[error("the ticket was issued to somebody else; call GetFlightInfo for one of your own")]
    TicketForeign,
    /// The password was set by somebody else.
    #[error("the password was set by somebody else; change it first")]
    PasswordChangeRequired,
    /// The new password is too easy to guess.
    #[error("new password: {why}")]
    PasswordWeak {
        /// What is wrong, and what would be right.
        why: &'static str,
    },
    /// Fields that the caller may not see or change.
    #[error("the caller may not {verb} {} of {table}", .fields.join(", "))]
    FieldForbidden {
        /// The table.
        table: String,
        /// As named in the request.
        fields: Vec<String>,
        /// "see" or "change".
        verb: &'static str,
    },
    /// Nothing has that name, or it is not the caller's.
    #[error("there is no {kind} {name:?}")]
    NameUnknown {
        /// As "user".
        kind: &'static str,
        /// As asked for.
        name: String,
    },
    /// Something has that name.
    #[error("there is a {kind} {name:?} already")]
    NameTaken {
        /// As "user".
        kind: &'static str,
        /// As asked for.
        name: String,
    },
    /// It cannot be changed that way.
    #[error("{why}")]
    Conflict {
        /// Why, and what to do first.
        why: String,
    },
    /// Too many calls in a second.
    #[error("more than {limit} requests a second of one {subject}; slow down")]
    RateLimited {
        /// Whose: "user" or "source".
        subject: &'static str,
        /// How many a second there may be.
        limit: u64,
        /// When there is room again.
        retry_after: Duration,
    },
    /// The rows of the day are used up.
    #[error("the user has read the {limit} rows of the day; the next one begins at midnight UTC")]
    RowQuotaExceeded {
        /// Rows a day.
        limit: u64,
        /// When the next day begins.
        retry_after: Duration,
    },
    /// Too many streams are open.
    #[error("the user has {limit} streams open, which is all they may; end one first")]
    StreamQuotaExceeded {
        /// Streams at once.
        limit: u64,
    },
    /// The keys of an issuer of tokens cannot be fetched.
    #[error("the keys of issuer {issuer} cannot be fetched; try again in {} s", .retry_after.as_secs().max(1))]
    IssuerUnavailable {
        /// Its name in the configuration.
        issuer: String,
        /// When it is asked again.
        retry_after: Duration,
    },
    /// Calls are made as the person who calls, and they have not linked their account.
    #[error(
        "calls to {instance} are made with your own account there, which is not linked yet: sncgate link {instance}"
    )]
    LinkRequired {
        /// The instance.
        instance: String,
    },
    /// The instance no longer takes the tokens of the caller's link.
    #[error(
        "{instance} no longer takes the link to your account there; link it again: sncgate link {instance}"
    )]
    LinkBroken {
        /// The instance.
        instance: String,
    },
    /// No code, or state, of a link that was begun here.
    #[error("this is no link that was begun here, or it was used already, or its time is over; begin again")]
    LinkInvalid,
    /// No OAuth client is configured to link accounts with.
    #[error("accounts at {instance} cannot be linked: its configuration has no table link")]
    LinksOff {
        /// The instance.
        instance: String,
    },
    /// The caller's rights changed while the call ran.
    #[error("the caller's rights changed while the call ran; send it again")]
    Changed,
}

impl Refusal {
    pub(super) fn reason(&self) -> ErrorReason {
        match self {
            Refusal::TokenInvalid { .. } => ErrorReason::TokenInvalid,
            Refusal::TokenExpired => ErrorReason::TokenExpired,
            Refusal::TokenRevoked => ErrorReason::TokenRevoked,
            Refusal::CertificateRefused { .. } => ErrorReason::CertificateRefused,
            Refusal::CredentialsInvalid => ErrorReason::CredentialsInvalid,
            Refusal::AttemptsExceeded { .. } => ErrorReason::AttemptsExceeded,
            Refusal::PermissionMissing { .. }
            | Refusal::TableForbidden { .. }
            | Refusal::Restricted { .. }
            | Refusal::TicketForeign => ErrorReason::PermissionMissing,
            Refusal::PasswordChangeRequired => ErrorReason::PasswordChangeRequired,
            Refusal::PasswordWeak { .. } => ErrorReason::PasswordWeak,
            Refusal::FieldForbidden { .. } => ErrorReason::FieldForbidden,
            Refusal::NameUnknown { .. } => ErrorReason::NameUnknown,
            Refusal::NameTaken { .. } => ErrorReason::NameTaken,
            Refusal::Conflict { .. } => ErrorReason::AccessConflict,
            Refusal::RateLimited { .. } => ErrorReason::RateLimited,
            Refusal::RowQuotaExceeded { .. } => ErrorReason::RowQuotaExceeded,
            Refusal::StreamQuotaExceeded { .. } => ErrorReason::StreamQuotaExceeded,
            Refusal::IssuerUnavailable { .. } => ErrorReason::IssuerUnavailable,
            Refusal::LinkRequired { .. } => ErrorReason::LinkRequired,
            Refusal::LinkBroken { .. } => ErrorReason::LinkBroken,
            Refusal::LinkInvalid => ErrorReason::LinkInvalid,
            Refusal::LinksOff { .. } => ErrorReason::LinksOff,
            Refusal::Changed => ErrorReason::AccessChanged,
        }
    }

    /// When it may be tried again, where that is known.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Refusal::AttemptsExceeded { retry_after }
            | Refusal::RateLimited { retry_after, .. }
            | Refusal::RowQuotaExceeded { retry_after, .. }
            | Refusal::IssuerUnavailable { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// Whose limit it is, and which.
    pub(crate) fn quota(&self) -> Option<(&'static str, String)> {
        match self {
            Refusal::RateLimited { subject, limit, .. } => {
                Some((subject, format!("{limit} requests a second")))
            }
            Refusal::RowQuotaExceeded { limit, .. } => Some(("user", format!("{limit} rows a day"))),
            Refusal::StreamQuotaExceeded { limit } => Some(("user", format!("{limit} streams at once"))),
            _ => None,
        }
    }

    pub(super) fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Refusal::PermissionMissing { permission } => vec![("permission", (*permission).to_owned())],
            Refusal::TableForbidden { table, operation } => {
                vec![("table", table.clone()), ("operation", (*operation).to_owned())]
            }
            Refusal::LinkRequired { instance }
            | Refusal::LinkBroken { instance }
            | Refusal::LinksOff { instance } => vec![("instance", instance.clone())],
            Refusal::Restricted { table, .. } => vec![("table", table.clone())],
            Refusal::FieldForbidden { table, fields, .. } => {
                vec![("table", table.clone()), ("fields", fields.join(","))]
            }
            Refusal::RateLimited { subject, limit, .. } => {
                vec![("subject", (*subject).to_owned()), ("limit", limit.to_string())]
            }
            Refusal::RowQuotaExceeded { limit, .. } | Refusal::StreamQuotaExceeded { limit } => {
                vec![("limit", limit.to_string())]
            }
            Refusal::NameUnknown { kind, name } | Refusal::NameTaken { kind, name } => {
                vec![("kind", (*kind).to_owned()), ("name", name.clone())]
            }
            Refusal::IssuerUnavailable { issuer, .. } => vec![("issuer", issuer.clone())],
            _ => Vec::new(),
        }
    }
}
