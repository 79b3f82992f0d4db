//! What the gateway keeps: in one SQLite file in its data directory, `gateway.db`, or in a Redis that several share.
//!
//! It holds what must outlive a restart, and nothing of ServiceNow's that it could ask for again. Secrets in it are
//! sealed with a key that is not in it. One process at a time has a file: a second gateway on the same directory is
//! refused at start, since each would trust what it remembers. Gateways on one Redis are replicas: they tell each other
//! what ends or changes ([`Replicas`]).

mod access;
mod database;
mod key_file;
#[cfg(test)]
pub(crate) mod place;
mod redis;
mod request_ids;
mod seal;
mod tasks;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use access::{
    AccessStore, Anchor, ApiKey, ApiKeys, Attempts, AuditFilter, AuditLog, Change, Entry, Event, Failures,
    Keyring, Link, LinkAttempt, Links, NewSession, Notice, Replicas, Roles, Rotation, RotationRequest,
    RowCount, RowCounts, Session, Sessions, SigningKey, User, Users,
};
pub use database::OpenError;
pub use key_file::{generate_key, seal};
pub use redis::ConnectError;
pub use request_ids::{Repeatable, RequestIds, StartedAt};
pub use seal::{Label, Seal};
pub use tasks::{
    Added, Claim, Claimed, Replaced, Task, TaskChanges, TaskCount, TaskFilter, Tasks, is_finished,
};

use crate::config;

use database::Database;
use redis::Redis;

/// Tells the time; a test has its own.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// How long and how many request ids are remembered.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// From the first call with an id.
    pub window: Duration,
    /// The oldest are forgotten beyond this.
    pub max_request_ids: usize,
}

/// The stores, by what they are for.
#[derive(Clone)]
pub struct Store {
    /// The answers of calls that carried a request id.
    pub request_ids: RequestIds,
    /// Users, sessions, keys, roles and the audit log.
    pub access: Arc<dyn AccessStore>,
    /// Work in the background.
    pub tasks: Arc<dyn Tasks>,
}

impl Store {
    /// Opens the file in this directory, or makes both. It blocks: only for use at start.
    pub fn open(directory: &Path, memory: Memory, clock: Clock) -> Result<Self, OpenError> {
        let database = Arc::new(Database::open(directory)?);
        let request_ids = RequestIds::open(database.clone(), memory, clock)?;
        let tasks = Arc::new(tasks::Sqlite::new(database.clone()));
        Ok(Store { request_ids, access: Arc::new(access::Sqlite::new(database)), tasks })
    }

    /// Connects to the Redis that several gateways share.
    pub async fn connect(
        settings: &config::Store,
        memory: Memory,
        clock: Clock,
    ) -> Result<Self, ConnectError> {
        let redis = Redis::connect(settings).await?;
        let request_ids = RequestIds::shared(redis.clone(), memory, clock);
        let tasks = Arc::new(tasks::Shared::new(redis.clone()));
        Ok(Store { request_ids, access: Arc::new(access::Shared::new(redis)), tasks })
    }

    /// The machine's clock.
    pub fn clock() -> Clock {
        Arc::new(SystemTime::now)
    }
}
