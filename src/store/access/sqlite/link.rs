//! Linked accounts.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Sqlite;
use crate::store::access::{Link, LinkAttempt, Links, Result};

const COLUMNS: &str = "user_id, instance, id, account, tokens, version, created_at, renewed_at, broken_at";

#[async_trait]
impl Links for Sqlite {
    async fn add_link_attempt(&self, attempt: &LinkAttempt, now: i64, most: usize) -> Result<()> {
        let attempt = attempt.clone();
        self.run(move |connection| {
            connection.execute("DELETE FROM link_attempts WHERE expires_at<=?1", [now])?;
            let sql = "INSERT INTO link_attempts (key, user_id, session_id, instance, sealed, expires_at) \
                       VALUES (?1,?2,?3,?4,?5,?6)";
            connection.execute(
                sql,
                params![
                    attempt.key,
                    attempt.user_id,
                    attempt.session_id,
                    attempt.instance,
                    attempt.sealed,
                    attempt.expires_at
                ],
            )?;
            let sql = "DELETE FROM link_attempts WHERE user_id=?1 AND key NOT IN (SELECT key FROM link_attempts \
                       WHERE user_id=?1 ORDER BY expires_at DESC, rowid DESC LIMIT ?2)";
            connection.execute(sql, params![attempt.user_id, most as i64]).map(|_| ())
        })
        .await
    }

    async fn take_link_attempt(&self, key: &[u8; 32], now: i64) -> Result<Option<LinkAttempt>> {
        let key = *key;
        self.run(move |connection| {
            let sql = "DELETE FROM link_attempts WHERE key=?1 \
                       RETURNING user_id, session_id, instance, sealed, expires_at";
            let taken = connection
                .prepare_cached(sql)?
                .query_row([key], |row| {
                    Ok(LinkAttempt {
                        key,
                        user_id: row.get(0)?,
                        session_id: row.get(1)?,
                        instance: row.get(2)?,
                        sealed: row.get(3)?,
                        expires_at: row.get(4)?,
                    })
                })
                .optional()?;
            Ok(taken.filter(|attempt| now < attempt.expires_at))
        })
        .await
    }

    async fn put_link(&self, link: &Link) -> Result<Option<Link>> {
        let link = link.clone();
        self.run(move |connection| {
            let before = delete(connection, &link.user_id, &link.instance)?;
            let sql = format!("INSERT INTO links ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)");
            connection.execute(
                &sql,
                params![
                    link.user_id,
                    link.instance,
                    link.id,
                    link.account,
                    link.tokens,
                    link.version,
                    link.created_at,
                    link.renewed_at,
                    link.broken_at
                ],
            )?;
            Ok(before)
        })
        .await
    }

    async fn link(&self, user_id: &str, instance: &str) -> Result<Option<Link>> {
        let (user_id, instance) = (user_id.to_owned(), instance.to_owned());
        self.run(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM links WHERE user_id=?1 AND instance=?2");
            connection.prepare_cached(&sql)?.query_row([user_id, instance], read).optional()
        })
        .await
    }

    async fn links(&self, user_id: &str) -> Result<Vec<Link>> {
        let user_id = user_id.to_owned();
        self.run(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM links WHERE user_id=?1 ORDER BY instance");
            connection.prepare_cached(&sql)?.query_map([user_id], read)?.collect()
        })
        .await
    }

    async fn replace_link(&self, link: &Link) -> Result<bool> {
        let link = link.clone();
        self.run(move |connection| {
            let sql = "UPDATE links SET account=?4, tokens=?5, version=?6, renewed_at=?7, broken_at=?8 \
                       WHERE user_id=?1 AND instance=?2 AND id=?3 AND version=?6-1";
            let changed = connection.execute(
                sql,
                params![
                    link.user_id,
                    link.instance,
                    link.id,
                    link.account,
                    link.tokens,
                    link.version,
                    link.renewed_at,
                    link.broken_at
                ],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    async fn delete_link(&self, user_id: &str, instance: &str) -> Result<Option<Link>> {
        let (user_id, instance) = (user_id.to_owned(), instance.to_owned());
        self.run(move |connection| delete(connection, &user_id, &instance)).await
    }

    async fn links_after(&self, user_id: &str, instance: &str, limit: u64) -> Result<Vec<Link>> {
        let (user_id, instance) = (user_id.to_owned(), instance.to_owned());
        self.run(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM links WHERE (user_id, instance)>(?1, ?2) \
                 ORDER BY user_id, instance LIMIT ?3"
            );
            let rows = params![user_id, instance, limit as i64];
            connection.prepare_cached(&sql)?.query_map(rows, read)?.collect()
        })
        .await
    }
}

fn delete(connection: &Connection, user_id: &str, instance: &str) -> rusqlite::Result<Option<Link>> {
    let sql = format!("DELETE FROM links WHERE user_id=?1 AND instance=?2 RETURNING {COLUMNS}");
    connection.prepare_cached(&sql)?.query_row([user_id, instance], read).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        user_id: row.get(0)?,
        instance: row.get(1)?,
        id: row.get(2)?,
        account: row.get(3)?,
        tokens: row.get(4)?,
        version: row.get(5)?,
        created_at: row.get(6)?,
        renewed_at: row.get(7)?,
        broken_at: row.get(8)?,
    })
}
