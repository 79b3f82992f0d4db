//! Failed attempts to sign in.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};

use super::Sqlite;
use crate::store::access::{Attempts, Failures, Result};

#[async_trait]
impl Attempts for Sqlite {
    async fn failures(&self, subject: &str) -> Result<Failures> {
        let subject = subject.to_owned();
        self.run(move |connection| {
            let sql = "SELECT failures, last_at FROM attempts WHERE subject=?1";
            let found = connection.prepare_cached(sql)?.query_row([subject], read).optional()?;
            Ok(found.unwrap_or_default())
        })
        .await
    }

    async fn add_failure(&self, subject: &str, now: i64, forget: i64) -> Result<Failures> {
        let subject = subject.to_owned();
        self.run(move |connection| {
            // Whoever invents names must not fill the file.
            connection.prepare_cached("DELETE FROM attempts WHERE last_at<?1")?.execute([forget])?;
            let sql = "INSERT INTO attempts (subject, failures, last_at) VALUES (?1,1,?2) \
                       ON CONFLICT DO UPDATE SET failures=failures+1, last_at=?2 RETURNING failures, last_at";
            connection.prepare_cached(sql)?.query_row(params![subject, now], read)
        })
        .await
    }

    async fn take_back_failure(&self, subject: &str) -> Result<()> {
        let subject = subject.to_owned();
        self.run(move |connection| {
            let sql = "UPDATE attempts SET failures=failures-1 WHERE subject=?1 AND failures>0";
            connection.prepare_cached(sql)?.execute([subject]).map(|_| ())
        })
        .await
    }

    async fn clear_failures(&self, subject: &str) -> Result<()> {
        let subject = subject.to_owned();
        self.run(move |connection| {
            connection.execute("DELETE FROM attempts WHERE subject=?1", [subject]).map(|_| ())
        })
        .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Failures> {
    Ok(Failures { count: row.get(0)?, last_at: row.get(1)? })
}
