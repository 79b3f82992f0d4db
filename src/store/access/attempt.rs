//! Failed attempts to sign in.

use async_trait::async_trait;

use super::Result;

/// What is known of the failures of an account or an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many in a row.
    pub count: u32,
    /// When the last was.
    pub last_at: i64,
}

/// Keeps failed attempts.
#[async_trait]
pub trait Attempts: Send + Sync {
    /// The failures of an account or an address.
    async fn failures(&self, subject: &str) -> Result<Failures>;
    /// Counts one more; those before `forget` no longer count.
    async fn add_failure(&self, subject: &str, now: i64, forget: i64) -> Result<Failures>;
    /// One that was counted was none.
    async fn take_back_failure(&self, subject: &str) -> Result<()>;
    /// It went well: none count.
    async fn clear_failures(&self, subject: &str) -> Result<()>;
}
