//! Users.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};

use super::{Sqlite, joined, split};
use crate::store::access::{Result, User, Users};

const COLUMNS: &str = "id, username, display_name, roles, disabled, password_hash, must_change_password, created_at, last_login_at";

#[async_trait]
impl Users for Sqlite {
    async fn create_user(&self, user: &User) -> Result<bool> {
        let user = user.clone();
        self.run(move |connection| {
            let sql = format!(
                "INSERT INTO users ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT DO NOTHING"
            );
            let added = connection.prepare_cached(&sql)?.execute(params![
                user.id,
                user.username,
                user.display_name,
                joined(&user.roles),
                user.disabled,
                user.password_hash,
                user.must_change_password,
                user.created_at,
                user.last_login_at
            ])?;
            Ok(added == 1)
        })
        .await
    }

    async fn user_by_name(&self, username: &str) -> Result<Option<User>> {
        self.one("username", username).await
    }

    async fn user(&self, id: &str) -> Result<Option<User>> {
        self.one("id", id).await
    }

    async fn users(&self, after: &str, limit: u64) -> Result<Vec<User>> {
        let after = after.to_owned();
        self.run(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM users WHERE username > ?1 ORDER BY username LIMIT ?2");
            connection.prepare_cached(&sql)?.query_map(params![after, limit as i64], read)?.collect()
        })
        .await
    }

    async fn replace_user(&self, user: &User) -> Result<bool> {
        let user = user.clone();
        self.run(move |connection| {
            let sql = "UPDATE users SET display_name=?2, roles=?3, disabled=?4, password_hash=?5, \
                       must_change_password=?6, last_login_at=?7 WHERE id=?1";
            let changed = connection.prepare_cached(sql)?.execute(params![
                user.id,
                user.display_name,
                joined(&user.roles),
                user.disabled,
                user.password_hash,
                user.must_change_password,
                user.last_login_at
            ])?;
            Ok(changed == 1)
        })
        .await
    }

    async fn signed_in(&self, id: &str, at: i64) -> Result<Option<User>> {
        let id = id.to_owned();
        self.run(move |connection| {
            let sql = format!("UPDATE users SET last_login_at=?2 WHERE id=?1 RETURNING {COLUMNS}");
            connection.prepare_cached(&sql)?.query_row(params![id, at], read).optional()
        })
        .await
    }

    async fn delete_user(&self, id: &str) -> Result<bool> {
        let id = id.to_owned();
        self.run(move |connection| Ok(connection.execute("DELETE FROM users WHERE id=?1", [id])? == 1)).await
    }
}

impl Sqlite {
    async fn one(&self, column: &'static str, value: &str) -> Result<Option<User>> {
        let value = value.to_owned();
        self.run(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM users WHERE {column}=?1");
            connection.prepare_cached(&sql)?.query_row([value], read).optional()
        })
        .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        username: row.get(1)?,
        display_name: row.get(2)?,
        roles: split(&row.get::<_, String>(3)?),
        disabled: row.get(4)?,
        password_hash: row.get(5)?,
        must_change_password: row.get(6)?,
        created_at: row.get(7)?,
        last_login_at: row.get(8)?,
    })
}
