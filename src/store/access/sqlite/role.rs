//! Custom roles.

use async_trait::async_trait;
use prost::Message;
use rusqlite::params;

use super::Sqlite;
use crate::error::Error;
use crate::pb;
use crate::store::access::{Result, Roles};

#[async_trait]
impl Roles for Sqlite {
    async fn roles(&self) -> Result<Vec<pb::Role>> {
        let kept: Vec<Vec<u8>> = self
            .run(|connection| {
                connection
                    .prepare_cached("SELECT role FROM roles ORDER BY name")?
                    .query_map([], |row| row.get(0))?
                    .collect()
            })
            .await?;
        kept.iter().map(|bytes| pb::Role::decode(bytes.as_slice()).map_err(Error::internal)).collect()
    }

    async fn create_role(&self, role: &pb::Role) -> Result<bool> {
        let (name, bytes) = (role.name.clone(), role.encode_to_vec());
        self.run(move |connection| {
            let sql = "INSERT INTO roles (name, role) VALUES (?1,?2) ON CONFLICT DO NOTHING";
            Ok(connection.execute(sql, params![name, bytes])? == 1)
        })
        .await
    }

    async fn replace_role(&self, role: &pb::Role) -> Result<bool> {
        let (name, bytes) = (role.name.clone(), role.encode_to_vec());
        self.run(move |connection| {
            Ok(connection.execute("UPDATE roles SET role=?2 WHERE name=?1", params![name, bytes])? == 1)
        })
        .await
    }

    async fn delete_role(&self, name: &str) -> Result<bool> {
        let name = name.to_owned();
        self.run(move |connection| Ok(connection.execute("DELETE FROM roles WHERE name=?1", [name])? == 1))
            .await
    }

    async fn role_holders(&self, name: &str) -> Result<u64> {
        let name = name.to_owned();
        self.run(move |connection| {
            let sql = "SELECT count(*) FROM users WHERE instr(' ' || roles || ' ', ' ' || ?1 || ' ') > 0";
            connection.query_row(sql, [name], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
        })
        .await
    }
}
