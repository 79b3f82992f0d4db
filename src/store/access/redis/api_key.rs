//! API keys.

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::Script;

use super::{Shared, or_empty};
use crate::store::access::{ApiKey, ApiKeys, Result};
use crate::store::redis::{Fields, script};

static CREATE: LazyLock<Script> = LazyLock::new(|| script(include_str!("api_key_create.lua")));
static LIST: LazyLock<Script> = LazyLock::new(|| script(include_str!("api_key_list.lua")));
static SHORTEN: LazyLock<Script> = LazyLock::new(|| script(include_str!("api_key_shorten.lua")));
static TOUCH: LazyLock<Script> = LazyLock::new(|| script(include_str!("api_key_touch.lua")));
static DELETE: LazyLock<Script> = LazyLock::new(|| script(include_str!("api_key_delete.lua")));

#[async_trait]
impl ApiKeys for Shared {
    async fn create_api_key(&self, key: &ApiKey, most: usize) -> Result<bool> {
        let mut call = self.redis.call(&CREATE);
        call.arg(&key.id).arg(&key.user_id).arg(key.created_at).arg(most).arg("hash").arg(&key.hash[..]);
        call.arg(fields(key));
        self.redis.run(&call).await
    }

    async fn api_key(&self, id: &str) -> Result<Option<ApiKey>> {
        let key = self.redis.key(&["key", id]);
        read(self.redis.ask(redis::cmd("HGETALL").arg(key)).await?)
    }

    async fn api_keys(&self, user_id: &str) -> Result<Vec<ApiKey>> {
        let mut call = self.redis.call(&LIST);
        call.arg(user_id);
        let found: Vec<Fields> = self.redis.run(&call).await?;
        let keys: Result<Vec<_>> = found.into_iter().filter_map(|fields| read(fields).transpose()).collect();
        let mut keys = keys?;
        keys.sort_by(|one, other| {
            (&one.name, one.created_at, &one.id).cmp(&(&other.name, other.created_at, &other.id))
        });
        Ok(keys)
    }

    async fn shorten_api_key(&self, id: &str, expires_at: i64) -> Result<bool> {
        let mut call = self.redis.call(&SHORTEN);
        call.arg(id).arg(expires_at);
        self.redis.run(&call).await
    }

    async fn touch_api_key(&self, id: &str, now: i64) -> Result<()> {
        let mut call = self.redis.call(&TOUCH);
        call.arg(id).arg(now);
        self.redis.run(&call).await
    }

    async fn delete_api_key(&self, id: &str) -> Result<bool> {
        let mut call = self.redis.call(&DELETE);
        call.arg(id);
        self.redis.run(&call).await
    }
}

/// All but the hash, which is no text.
fn fields(key: &ApiKey) -> Vec<(&'static str, String)> {
    let operations: Vec<String> = key.operations.iter().map(ToString::to_string).collect();
    vec![
        ("id", key.id.clone()),
        ("user_id", key.user_id.clone()),
        ("name", key.name.clone()),
        ("expires_at", key.expires_at.to_string()),
        ("tables", key.tables.join(" ")),
        ("operations", operations.join(" ")),
        ("created_at", key.created_at.to_string()),
        ("last_used_at", or_empty(key.last_used_at)),
    ]
}

fn read(mut fields: Fields) -> Result<Option<ApiKey>> {
    if fields.is_empty() {
        return Ok(None);
    }
    Ok(Some(ApiKey {
        id: fields.text("id")?,
        user_id: fields.text("user_id")?,
        name: fields.text("name")?,
        hash: fields.hash("hash")?,
        expires_at: fields.number("expires_at")?,
        tables: fields.words("tables")?,
        operations: fields.words("operations")?.iter().filter_map(|number| number.parse().ok()).collect(),
        created_at: fields.number("created_at")?,
        last_used_at: fields.optional("last_used_at")?,
    }))
}
