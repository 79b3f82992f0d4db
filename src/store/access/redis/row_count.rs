//! How many rows each user has read, by day.

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::Script;

use super::Shared;
use crate::store::access::{Result, RowCount, RowCounts};
use crate::store::redis::script;

static ADD: LazyLock<Script> = LazyLock::new(|| script(include_str!("row_count_add.lua")));

/// A day is forgotten by itself, should nobody do it: milliseconds after its last count.
const KEPT: i64 = 45 * 24 * 60 * 60 * 1000;

#[async_trait]
impl RowCounts for Shared {
    async fn add_rows_read(&self, counts: Vec<RowCount>) -> Result<Vec<u64>> {
        if counts.is_empty() {
            return Ok(Vec::new());
        }
        let mut call = self.redis.call(&ADD);
        call.arg(KEPT);
        for one in &counts {
            call.arg(&one.user_id).arg(one.day).arg(one.rows);
        }
        self.redis.run(&call).await
    }

    async fn rows_read(&self, user_id: &str, day: i64) -> Result<u64> {
        let mut command = redis::cmd("HGET");
        command.arg(self.redis.key(&["rows", &day.to_string()])).arg(user_id);
        let found: Option<u64> = self.redis.ask(&command).await?;
        Ok(found.unwrap_or(0))
    }

    /// Of the last of them: those before were forgotten when they were the last, or expire.
    async fn forget_rows(&self, before: i64) -> Result<()> {
        let mut command = redis::cmd("DEL");
        command.arg(self.redis.key(&["rows", &before.saturating_sub(1).to_string()]));
        self.redis.ask(&command).await
    }
}
