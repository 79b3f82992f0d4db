//! How many rows each user has read, by day.

use async_trait::async_trait;

use super::Result;

/// Rows that a user read on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowCount {
    /// The user's id.
    pub user_id: String,
    /// Days since 1970, in UTC.
    pub day: i64,
    /// How many.
    pub rows: u64,
}

/// Counts rows. All gateways on a store count together.
#[async_trait]
pub trait RowCounts: Send + Sync {
    /// Adds to what was counted; what it is now, in the same order. Where it is not known whether they were added they
    /// may be added twice.
    async fn add_rows_read(&self, counts: Vec<RowCount>) -> Result<Vec<u64>>;
    /// What a user read on a day.
    async fn rows_read(&self, user_id: &str, day: i64) -> Result<u64>;
    /// Forgets the days before this one.
    async fn forget_rows(&self, before: i64) -> Result<()>;
}
