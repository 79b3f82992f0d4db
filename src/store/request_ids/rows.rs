//! What is remembered of calls with a request id, whatever keeps it.

mod redis;
mod sqlite;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::Key;
use crate::error::Error;

pub(super) use redis::Shared;
pub(super) use sqlite::Sqlite;

/// What is known of a call that begins.
#[derive(Debug)]
pub(super) enum Begun {
    /// Nothing.
    First(Attempt),
    /// An earlier attempt began then; what became of it is not known.
    Again(Attempt, SystemTime),
    /// Another gateway carries it out right now.
    Elsewhere,
    /// It was answered, with this.
    Answered(Vec<u8>),
    /// The id belongs to another request.
    Reused,
}

/// A call that is being carried out here.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    key: Key,
    number: u64,
}

/// Keeps such calls. At one gateway one attempt with a key runs at a time.
#[async_trait]
pub(super) trait Rows: Send + Sync {
    /// Notes that a call begins, unless it was answered before.
    async fn begin(&self, key: &Key, fingerprint: [u8; 32], now: SystemTime) -> Result<Begun, Error>;
    /// Keeps the answer of a call that began.
    async fn answer(&self, attempt: &Attempt, response: Vec<u8>) -> Result<(), Error>;
    /// Forgets a call that began.
    async fn forget(&self, attempt: &Attempt) -> Result<(), Error>;
    /// The call is not carried out any more, and what became of it is not known. Returns at once.
    fn leave(&self, attempt: &Attempt);
    /// Waits until this gateway may not go on with it, since another one may begin.
    async fn hold(&self, attempt: &Attempt) -> Error;
    /// How many there are.
    #[cfg(test)]
    async fn count(&self) -> u64;
}

fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn moment(millis: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis.unsigned_abs())
}
