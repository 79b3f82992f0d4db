//! How many rows each user has read, by day.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::store::access::{Result, RowCount, RowCounts};

#[async_trait]
impl RowCounts for Sqlite {
    async fn add_rows_read(&self, counts: Vec<RowCount>) -> Result<Vec<u64>> {
        self.run(move |connection| {
            let sql = "INSERT INTO row_counts (user_id, day, read) VALUES (?1,?2,?3) \
                       ON CONFLICT DO UPDATE SET read=read+excluded.read RETURNING read";
            let mut statement = connection.prepare_cached(sql)?;
            let mut add = |one: &RowCount| {
                let rows = i64::try_from(one.rows).unwrap_or(i64::MAX);
                statement.query_row(params![one.user_id, one.day, rows], |row| row.get(0))
            };
            counts.iter().map(|one| add(one).map(unsigned)).collect()
        })
        .await
    }

    async fn rows_read(&self, user_id: &str, day: i64) -> Result<u64> {
        let user_id = user_id.to_owned();
        self.run(move |connection| {
            let sql = "SELECT read FROM row_counts WHERE user_id=?1 AND day=?2";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_row(params![user_id, day], |row| row.get(0)).optional()?;
            Ok(found.map_or(0, unsigned))
        })
        .await
    }

    async fn forget_rows(&self, before: i64) -> Result<()> {
        self.run(move |connection| {
            connection.execute("DELETE FROM row_counts WHERE day<?1", [before]).map(|_| ())
        })
        .await
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
