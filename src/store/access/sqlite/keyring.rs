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

    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32]> {
        let name = name.to_owned();
        self.run(move |connection| {
            connection.execute(
                "INSERT INTO secrets (name, value) VALUES (?1,?2) ON CONFLICT DO NOTHING",
                params![name, fresh],
            )?;
            connection.query_row("SELECT value FROM secrets WHERE name=?1", [name], |row| row.get(0))
        })
        .await
    }
}
