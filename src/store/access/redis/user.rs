//! Users.

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::Script;

use super::{Shared, or_empty};
use crate::store::access::{Result, User, Users};
use crate::store::redis::{Fields, script};

static CREATE: LazyLock<Script> = LazyLock::new(|| script(include_str!("user_create.lua")));
static REPLACE: LazyLock<Script> = LazyLock::new(|| script(include_str!("user_replace.lua")));
static DELETE: LazyLock<Script> = LazyLock::new(|| script(include_str!("user_delete.lua")));
static BY_NAME: LazyLock<Script> = LazyLock::new(|| script(include_str!("user_by_name.lua")));
static LIST: LazyLock<Script> = LazyLock::new(|| script(include_str!("user_list.lua")));
static SIGNED_IN: LazyLock<Script> = LazyLock::new(|| script(include_str!("user_signed_in.lua")));

#[async_trait]
impl Users for Shared {
    async fn create_user(&self, user: &User) -> Result<bool> {
        let mut call = self.redis.call(&CREATE);
        call.arg(&user.id).arg(&user.username).arg(user.roles.join(" ")).arg(fields(user));
        self.redis.run(&call).await
    }

    async fn user_by_name(&self, username: &str) -> Result<Option<User>> {
        let mut call = self.redis.call(&BY_NAME);
        call.arg(username);
        read(self.redis.run(&call).await?)
    }

    async fn user(&self, id: &str) -> Result<Option<User>> {
        let key = self.redis.key(&["user", id]);
        read(self.redis.ask(redis::cmd("HGETALL").arg(key)).await?)
    }

    async fn users(&self, after: &str, limit: u64) -> Result<Vec<User>> {
        let mut call = self.redis.call(&LIST);
        call.arg(after).arg(limit);
        let found: Vec<Fields> = self.redis.run(&call).await?;
        found.into_iter().filter_map(|fields| read(fields).transpose()).collect()
    }

    async fn replace_user(&self, user: &User) -> Result<bool> {
        let mut call = self.redis.call(&REPLACE);
        call.arg(&user.id).arg(user.roles.join(" ")).arg(fields(user));
        self.redis.run(&call).await
    }

    async fn signed_in(&self, id: &str, at: i64) -> Result<Option<User>> {
        let mut call = self.redis.call(&SIGNED_IN);
        call.arg(id).arg(at);
        read(self.redis.run(&call).await?)
    }

    async fn delete_user(&self, id: &str) -> Result<bool> {
        let mut call = self.redis.call(&DELETE);
        call.arg(id);
        self.redis.run(&call).await
    }
}

/// As HSET takes them. Id, name and the time of creation never change, and are written again as they are.
fn fields(user: &User) -> Vec<(&'static str, String)> {
    let flag = |value: bool| u8::from(value).to_string();
    vec![
        ("id", user.id.clone()),
        ("username", user.username.clone()),
        ("display_name", user.display_name.clone()),
        ("roles", user.roles.join(" ")),
        ("disabled", flag(user.disabled)),
        ("password_hash", user.password_hash.clone().unwrap_or_default()),
        ("must_change_password", flag(user.must_change_password)),
        ("created_at", user.created_at.to_string()),
        ("last_login_at", or_empty(user.last_login_at)),
    ]
}

fn read(mut fields: Fields) -> Result<Option<User>> {
    if fields.is_empty() {
        return Ok(None);
    }
    Ok(Some(User {
        id: fields.text("id")?,
        username: fields.text("username")?,
        display_name: fields.text("display_name")?,
        roles: fields.words("roles")?,
        disabled: fields.number::<u8>("disabled")? != 0,
        password_hash: fields.optional("password_hash")?,
        must_change_password: fields.number::<u8>("must_change_password")? != 0,
        created_at: fields.number("created_at")?,
        last_login_at: fields.optional("last_login_at")?,
    }))
}
