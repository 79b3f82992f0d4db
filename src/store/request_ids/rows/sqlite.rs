//! The table of request ids. Those that are over are removed as new ones come, a few at a time, so that no call pays
//! for many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Attempt, Begun, Key, Rows, millis, moment};
use crate::error::Error;
use crate::store::Memory;
use crate::store::database::{Database, OpenError};

/// How many that are over are removed for each that comes: more than one, so that they do run out.
const SWEPT: u32 = 8;

/// The table in the gateway's file. Nobody else has it.
pub(in crate::store::request_ids) struct Sqlite {
    database: Arc<Database>,
    memory: Memory,
    /// How many there are; counted by the database at start only.
    count: Arc<AtomicU64>,
}

struct Row {
    fingerprint: Vec<u8>,
    started: i64,
    expires: i64,
    response: Option<Vec<u8>>,
}

impl Sqlite {
    pub(in crate::store::request_ids) fn open(
        database: Arc<Database>,
        memory: Memory,
        now: SystemTime,
    ) -> Result<Self, OpenError> {
        let count = database.run_blocking(|transaction| {
            transaction.execute("DELETE FROM request_ids WHERE expires <= ?1", [millis(now)])?;
            transaction.query_row("SELECT count(*) FROM request_ids", [], |row| row.get::<_, i64>(0))
        })?;
        Ok(Sqlite { database, memory, count: Arc::new(AtomicU64::new(count.unsigned_abs())) })
    }
}

#[async_trait]
impl Rows for Sqlite {
    async fn begin(&self, key: &Key, fingerprint: [u8; 32], now: SystemTime) -> Result<Begun, Error> {
        let attempt = Attempt { key: key.clone(), number: 0 };
        let (key, memory, count) = (key.clone(), self.memory, self.count.clone());
        let work = move |transaction: &Transaction<'_>| {
            let now_millis = millis(now);
            match find(transaction, &key)? {
                Some(row) if row.expires <= now_millis => {
                    remove(transaction, &key, &count)?;
                }
                Some(row) if row.fingerprint != fingerprint => return Ok(Begun::Reused),
                Some(Row { response: Some(response), .. }) => return Ok(Begun::Answered(response)),
                Some(row) => return Ok(Begun::Again(attempt, moment(row.started))),
                None => {}
            }
            sweep(transaction, now_millis, memory.max_request_ids, &count)?;
            let expires = millis(now + memory.window);
            transaction
                .prepare_cached(
                    "INSERT INTO request_ids (method, instance, request_id, fingerprint, started, expires)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    key.method,
                    key.instance,
                    key.request_id,
                    fingerprint,
                    now_millis,
                    expires
                ])?;
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Begun::First(attempt))
        };
        self.database.run(work).await
    }

    async fn answer(&self, attempt: &Attempt, response: Vec<u8>) -> Result<(), Error> {
        let key = attempt.key.clone();
        let work = move |transaction: &Transaction<'_>| {
            transaction
                .prepare_cached(
                    "UPDATE request_ids SET response = ?4 WHERE method = ?1 AND instance = ?2 AND request_id = ?3",
                )?
                .execute(params![key.method, key.instance, key.request_id, response])
        };
        self.database.run(work).await.map(drop)
    }

    async fn forget(&self, attempt: &Attempt) -> Result<(), Error> {
        let (key, count) = (attempt.key.clone(), self.count.clone());
        self.database.run(move |transaction| remove(transaction, &key, &count)).await
    }

    fn leave(&self, _: &Attempt) {}

    async fn hold(&self, _: &Attempt) -> Error {
        std::future::pending().await
    }

    #[cfg(test)]
    async fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

fn find(transaction: &Transaction<'_>, key: &Key) -> rusqlite::Result<Option<Row>> {
    let mut statement = transaction.prepare_cached(
        "SELECT fingerprint, started, expires, response FROM request_ids
         WHERE method = ?1 AND instance = ?2 AND request_id = ?3",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Row {
            fingerprint: row.get(0)?,
            started: row.get(1)?,
            expires: row.get(2)?,
            response: row.get(3)?,
        })
    };
    statement.query_row(params![key.method, key.instance, key.request_id], read).optional()
}

fn remove(transaction: &Transaction<'_>, key: &Key, count: &AtomicU64) -> rusqlite::Result<()> {
    let mut statement = transaction
        .prepare_cached("DELETE FROM request_ids WHERE method = ?1 AND instance = ?2 AND request_id = ?3")?;
    let removed = statement.execute(params![key.method, key.instance, key.request_id])?;
    count.fetch_sub(removed as u64, Ordering::Relaxed);
    Ok(())
}

/// Makes room: those that are over go first, then, where there are too many, the oldest.
fn sweep(transaction: &Transaction<'_>, now: i64, most: usize, count: &AtomicU64) -> rusqlite::Result<()> {
    let full = count.load(Ordering::Relaxed) >= most as u64;
    let until = if full { i64::MAX } else { now };
    let mut statement = transaction.prepare_cached(
        "DELETE FROM request_ids WHERE rowid IN
         (SELECT rowid FROM request_ids WHERE expires <= ?1 ORDER BY expires LIMIT ?2)",
    )?;
    let removed = statement.execute(params![until, SWEPT])?;
    count.fetch_sub(removed as u64, Ordering::Relaxed);
    if full {
        tracing::warn!(
            most,
            "more request ids than are remembered: the oldest are forgotten before their time"
        );
    }
    Ok(())
}
