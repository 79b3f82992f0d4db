//! Users, sessions, keys, roles and the audit log: one trait for each, and SQLite or Redis behind them.
//!
//! Traits say what must be atomic; what it means is decided by [`crate::access`]. Times are milliseconds since 1970.
//! Secrets come here as hashes, or [sealed](super::Seal).

mod api_key;
mod attempt;
mod audit;
mod keyring;
mod link;
mod redis;
mod replica;
mod role;
mod row_count;
mod session;
mod sqlite;
mod user;

#[cfg(test)]
mod conformance;

use crate::error::Error;

pub use api_key::{ApiKey, ApiKeys};
pub use attempt::{Attempts, Failures};
pub use audit::{Anchor, AuditFilter, AuditLog, Entry, Event};
pub use keyring::{Keyring, SigningKey};
pub use link::{Link, LinkAttempt, Links};
pub use replica::{Change, Notice, Replicas};
pub use role::Roles;
pub use row_count::{RowCount, RowCounts};
pub use session::{NewSession, Rotation, RotationRequest, Session, Sessions};
pub use user::{User, Users};

pub(super) use redis::Shared;
pub(super) use sqlite::Sqlite;

/// Everything that access control keeps.
pub trait AccessStore:
    Users + Sessions + ApiKeys + Roles + Keyring + Links + Attempts + AuditLog + Replicas + RowCounts
{
}

impl<T: Users + Sessions + ApiKeys + Roles + Keyring + Links + Attempts + AuditLog + Replicas + RowCounts>
    AccessStore for T
{
}

/// What a store that does not answer is told as.
type Result<T> = std::result::Result<T, Error>;
