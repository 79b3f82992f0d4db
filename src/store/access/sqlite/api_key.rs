//! API keys.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};

use super::{Sqlite, joined, split};
use crate::store::access::{ApiKey, ApiKeys, Result};

const COLUMNS: &str = "id, user_id, name, hash, expires_at, tables, operations, created_at, last_used_at";

#[async_trait]
impl ApiKeys for Sqlite {
    async fn create_api_key(&self, key: &ApiKey, most: usize) -> Result<bool> {
        let key = key.clone();
        self.run(move |connection| {
            // Dead ones make room.
            connection
                .prepare_cached("DELETE FROM api_keys WHERE user_id=?1 AND expires_at<=?2")?
                .execute(params![key.user_id, key.created_at])?;
            let sql = format!(
                "INSERT INTO api_keys ({COLUMNS}) SELECT ?1,?2,?3,?4,?5,?6,?7,?8,NULL \
                 WHERE (SELECT count(*) FROM api_keys WHERE user_id=?2) < ?9"
            );
            let operations: Vec<String> = key.operations.iter().map(ToString::to_string).collect();
            let added = connection.prepare_cached(&sql)?.execute(params![
                key.id,
                key.user_id,
                key.name,
                key.hash,
                key.expires_at,
                joined(&key.tables),
                joined(&operations),
                key.created_at,
                most as i64
            ])?;
            Ok(added == 1)
        })
        .await
    }

    async fn api_key(&self, id: &str) -> Result<Option<ApiKey>> {
        let id = id.to_owned();
        self.run(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE id=?1");
            connection.prepare_cached(&sql)?.query_row([id], read).optional()
        })
        .await
    }

    async fn api_keys(&self, user_id: &str) -> Result<Vec<ApiKey>> {
        let user_id = user_id.to_owned();
        self.run(move |connection| {
            let sql =
                format!("SELECT {COLUMNS} FROM api_keys WHERE user_id=?1 ORDER BY name, created_at, id");
            connection.prepare_cached(&sql)?.query_map([user_id], read)?.collect()
        })
        .await
    }

    async fn shorten_api_key(&self, id: &str, expires_at: i64) -> Result<bool> {
        let id = id.to_owned();
        self.run(move |connection| {
            let sql = "UPDATE api_keys SET expires_at=min(expires_at, ?2) WHERE id=?1";
            Ok(connection.execute(sql, params![id, expires_at])? == 1)
        })
        .await
    }

    async fn touch_api_key(&self, id: &str, now: i64) -> Result<()> {
        let id = id.to_owned();
        self.run(move |connection| {
            let sql = "UPDATE api_keys SET last_used_at=?2 WHERE id=?1";
            connection.prepare_cached(sql)?.execute(params![id, now]).map(|_| ())
        })
        .await
    }

    async fn delete_api_key(&self, id: &str) -> Result<bool> {
        let id = id.to_owned();
        self.run(move |connection| Ok(connection.execute("DELETE FROM api_keys WHERE id=?1", [id])? == 1))
            .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let operations = split(&row.get::<_, String>(6)?);
    Ok(ApiKey {
        id: row.get(0)?,
        user_id: row.get(1)?,
        name: row.get(2)?,
        hash: row.get(3)?,
        expires_at: row.get(4)?,
        tables: split(&row.get::<_, String>(5)?),
        operations: operations.iter().filter_map(|number| number.parse().ok()).collect(),
        created_at: row.get(7)?,
        last_used_at: row.get(8)?,
    })
}
