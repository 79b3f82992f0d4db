//! The audit log.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Sqlite;
use crate::store::access::{Anchor, AuditFilter, AuditLog, Entry, Event, Result};

const COLUMNS: &str = "sequence, at, username, credential, method, outcome, instance, table_name, subject, \
                       request_id, address, acted_as, hash";

#[async_trait]
impl AuditLog for Sqlite {
    async fn append(&self, events: &[Event]) -> Result<i64> {
        let events = events.to_vec();
        self.run(move |connection| {
            let last = connection
                .query_row("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1", [], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?))
                })
                .optional()?;
            let (mut sequence, mut hash) = match last {
                Some(last) => last,
                None => {
                    let anchor = anchor(connection)?;
                    (anchor.sequence, anchor.hash)
                }
            };
            let sql =
                format!("INSERT INTO audit ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)");
            for event in &events {
                sequence += 1;
                hash = event.chained(sequence, &hash);
                connection.prepare_cached(&sql)?.execute(params![
                    sequence,
                    event.at,
                    event.username,
                    event.credential,
                    event.method,
                    event.outcome,
                    event.instance,
                    event.table,
                    event.subject,
                    event.request_id,
                    event.address,
                    event.acted_as,
                    hash
                ])?;
            }
            Ok(sequence)
        })
        .await
    }

    async fn entries(&self, filter: &AuditFilter, before: i64, limit: u64) -> Result<Vec<Entry>> {
        let filter = filter.clone();
        self.run(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM audit WHERE sequence<?1 AND (?2='' OR username=?2) \
                 AND (?3='' OR method=?3) AND at>=?4 AND at<?5 ORDER BY sequence DESC LIMIT ?6"
            );
            let from = filter.from.unwrap_or(i64::MIN);
            let until = filter.until.unwrap_or(i64::MAX);
            connection
                .prepare_cached(&sql)?
                .query_map(params![before, filter.username, filter.method, from, until, limit as i64], read)?
                .collect()
        })
        .await
    }

    async fn entries_after(&self, after: i64, limit: u64) -> Result<Vec<Entry>> {
        self.run(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM audit WHERE sequence>?1 ORDER BY sequence LIMIT ?2");
            connection.prepare_cached(&sql)?.query_map(params![after, limit as i64], read)?.collect()
        })
        .await
    }

    async fn last_sequence(&self) -> Result<i64> {
        self.run(|connection| {
            let last: Option<i64> =
                connection.query_row("SELECT max(sequence) FROM audit", [], |row| row.get(0))?;
            Ok(last.unwrap_or(anchor(connection)?.sequence))
        })
        .await
    }

    async fn audit_anchor(&self) -> Result<Anchor> {
        self.run(anchor).await
    }

    async fn first_since(&self, at: i64) -> Result<Option<i64>> {
        self.run(move |connection| {
            let sql = "SELECT sequence FROM audit WHERE at>=?1 ORDER BY sequence LIMIT 1";
            connection.query_row(sql, [at], |row| row.get(0)).optional()
        })
        .await
    }

    async fn drop_entries(&self, through: i64, most: u64) -> Result<u64> {
        self.run(move |connection| {
            let sql = "SELECT sequence, hash FROM (SELECT sequence, hash FROM audit WHERE sequence<=?1 \
                       ORDER BY sequence LIMIT ?2) ORDER BY sequence DESC LIMIT 1";
            let last = connection
                .query_row(sql, params![through, most as i64], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?))
                })
                .optional()?;
            let Some((sequence, hash)) = last else { return Ok(0) };
            let sql = "INSERT INTO audit_anchor (one, sequence, hash) VALUES (1, ?1, ?2) \
                       ON CONFLICT (one) DO UPDATE SET sequence=excluded.sequence, hash=excluded.hash";
            connection.execute(sql, params![sequence, hash])?;
            let dropped = connection.execute("DELETE FROM audit WHERE sequence<=?1", [sequence])?;
            Ok(dropped as u64)
        })
        .await
    }
}

fn anchor(connection: &Connection) -> rusqlite::Result<Anchor> {
    let kept = connection
        .query_row("SELECT sequence, hash FROM audit_anchor", [], |row| {
            Ok(Anchor { sequence: row.get(0)?, hash: row.get(1)? })
        })
        .optional()?;
    Ok(kept.unwrap_or_default())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        sequence: row.get(0)?,
        event: Event {
            at: row.get(1)?,
            username: row.get(2)?,
            credential: row.get(3)?,
            method: row.get(4)?,
            outcome: row.get(5)?,
            instance: row.get(6)?,
            table: row.get(7)?,
            subject: row.get(8)?,
            request_id: row.get(9)?,
            address: row.get(10)?,
            acted_as: row.get(11)?,
        },
        hash: row.get(12)?,
    })
}
