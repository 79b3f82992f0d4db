//! The gateway's own secrets.

use async_trait::async_trait;
use rusqlite::params;

use super::Sqlite;
use crate::store::access::{Keyring, Result, SigningKey};

#[async_trait]
impl Keyring for Sqlite {
    async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        self.run(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, pkcs8, created_at FROM signing_keys ORDER BY created_at DESC, id",
                )?
                .query_map([], |row| {
                    Ok(SigningKey { id: row.get(0)?, pkcs8: row.get(1)?, created_at: row.get(2)? })
                })?
                .collect()
        })
        .await
    }

    async fn add_signing_key(&self, key: &SigningKey, forget: i64) -> Result<()> {
        let key = key.clone();
        self.run(move |connection| {
            connection.execute("DELETE FROM signing_keys WHERE created_at<?1", [forget])?;
            connection.execute(
                "INSERT INTO signing_keys (id, pkcs8, created_at) VALUES (?1,?2,?3)",
                params![key.id, key.pkcs8, key.created_at],
            )?;
            Ok(())
        })
        .await
    }

    async fn reseal_signing_key(&self, id: &str, from: &[u8], to: &[u8]) -> Result<bool> {
        let (id, from, to) = (id.to_owned(), from.to_vec(), to.to_vec());
        self.run(move |connection| {
            let sql = "UPDATE signing_keys SET pkcs8=?3 WHERE id=?1 AND pkcs8=?2";
            Ok(connection.execute(sql, params![id, from, to])? == 1)
        })
        .await
    }

    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>> {
        let (name, fresh) = (name.to_owned(), fresh.to_vec());
        self.run(move |connection| {
            connection.execute(
                "INSERT INTO secrets (name, value) VALUES (?1,?2) ON CONFLICT DO NOTHING",
                params![name, fresh],
            )?;
            connection.query_row("SELECT value FROM secrets WHERE name=?1", [name], |row| row.get(0))
        })
        .await
    }

    async fn secrets(&self) -> Result<Vec<(String, Vec<u8>)>> {
        self.run(|connection| {
            connection
                .prepare_cached("SELECT name, value FROM secrets ORDER BY name")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .await
    }

    async fn reseal_secret(&self, name: &str, from: &[u8], to: &[u8]) -> Result<bool> {
        let (name, from, to) = (name.to_owned(), from.to_vec(), to.to_vec());
        self.run(move |connection| {
            let sql = "UPDATE secrets SET value=?3 WHERE name=?1 AND value=?2";
            Ok(connection.execute(sql, params![name, from, to])? == 1)
        })
        .await
    }
}
