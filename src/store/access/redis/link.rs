//! Linked accounts.

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::Script;

use super::{SLACK, Shared, name_of, or_empty};
use crate::store::access::{Link, LinkAttempt, Links, Result};
use crate::store::redis::{Fields, script};

static ADD_ATTEMPT: LazyLock<Script> = LazyLock::new(|| script(include_str!("link_attempt_add.lua")));
static TAKE_ATTEMPT: LazyLock<Script> = LazyLock::new(|| script(include_str!("link_attempt_take.lua")));
static PUT: LazyLock<Script> = LazyLock::new(|| script(include_str!("link_put.lua")));
static REPLACE: LazyLock<Script> = LazyLock::new(|| script(include_str!("link_replace.lua")));
static DELETE: LazyLock<Script> = LazyLock::new(|| script(include_str!("link_delete.lua")));
static LIST: LazyLock<Script> = LazyLock::new(|| script(include_str!("link_list.lua")));
static AFTER: LazyLock<Script> = LazyLock::new(|| script(include_str!("link_after.lua")));

#[async_trait]
impl Links for Shared {
    async fn add_link_attempt(&self, attempt: &LinkAttempt, now: i64, most: usize) -> Result<()> {
        let lasts = attempt.expires_at.saturating_sub(now).max(0).saturating_add(SLACK);
        let mut call = self.redis.call(&ADD_ATTEMPT);
        call.arg(name_of(&attempt.key)).arg(&attempt.user_id).arg(now).arg(attempt.expires_at);
        call.arg(lasts).arg(most);
        call.arg("user_id").arg(&attempt.user_id).arg("session_id").arg(&attempt.session_id);
        call.arg("instance").arg(&attempt.instance).arg("expires_at").arg(attempt.expires_at);
        call.arg("sealed").arg(&attempt.sealed[..]);
        self.redis.run(&call).await
    }

    async fn take_link_attempt(&self, key: &[u8; 32], now: i64) -> Result<Option<LinkAttempt>> {
        let mut call = self.redis.call(&TAKE_ATTEMPT);
        call.arg(name_of(key));
        let mut fields: Fields = self.redis.run(&call).await?;
        if fields.is_empty() {
            return Ok(None);
        }
        let attempt = LinkAttempt {
            key: *key,
            user_id: fields.text("user_id")?,
            session_id: fields.text("session_id")?,
            instance: fields.text("instance")?,
            sealed: fields.bytes("sealed")?,
            expires_at: fields.number("expires_at")?,
        };
        Ok(Some(attempt).filter(|attempt| now < attempt.expires_at))
    }

    async fn put_link(&self, link: &Link) -> Result<Option<Link>> {
        let mut call = self.redis.call(&PUT);
        call.arg(&link.user_id).arg(&link.instance);
        call.arg(fields(link)).arg("tokens").arg(&link.tokens[..]);
        read(self.redis.run(&call).await?)
    }

    async fn link(&self, user_id: &str, instance: &str) -> Result<Option<Link>> {
        let key = self.redis.key(&["link", user_id, instance]);
        read(self.redis.ask(redis::cmd("HGETALL").arg(key)).await?)
    }

    async fn links(&self, user_id: &str) -> Result<Vec<Link>> {
        let mut call = self.redis.call(&LIST);
        call.arg(user_id);
        let mut links = read_all(self.redis.run(&call).await?)?;
        links.sort_by(|one, other| one.instance.cmp(&other.instance));
        Ok(links)
    }

    async fn replace_link(&self, link: &Link) -> Result<bool> {
        let mut call = self.redis.call(&REPLACE);
        call.arg(&link.user_id).arg(&link.instance).arg(&link.id).arg(link.version - 1);
        call.arg(fields(link)).arg("tokens").arg(&link.tokens[..]);
        self.redis.run(&call).await
    }

    async fn delete_link(&self, user_id: &str, instance: &str) -> Result<Option<Link>> {
        let mut call = self.redis.call(&DELETE);
        call.arg(user_id).arg(instance);
        read(self.redis.run(&call).await?)
    }

    async fn links_after(&self, user_id: &str, instance: &str, limit: u64) -> Result<Vec<Link>> {
        let mut call = self.redis.call(&AFTER);
        call.arg(user_id).arg(instance).arg(limit);
        read_all(self.redis.run(&call).await?)
    }
}

/// All but the tokens, which are no text.
fn fields(link: &Link) -> Vec<(&'static str, String)> {
    vec![
        ("user_id", link.user_id.clone()),
        ("instance", link.instance.clone()),
        ("id", link.id.clone()),
        ("account", link.account.clone()),
        ("version", link.version.to_string()),
        ("created_at", link.created_at.to_string()),
        ("renewed_at", link.renewed_at.to_string()),
        ("broken_at", or_empty(link.broken_at)),
    ]
}

fn read_all(found: Vec<Fields>) -> Result<Vec<Link>> {
    found.into_iter().filter_map(|fields| read(fields).transpose()).collect()
}

fn read(mut fields: Fields) -> Result<Option<Link>> {
    if fields.is_empty() {
        return Ok(None);
    }
    Ok(Some(Link {
        user_id: fields.text("user_id")?,
        instance: fields.text("instance")?,
        id: fields.text("id")?,
        account: fields.text("account")?,
        tokens: fields.bytes("tokens")?,
        version: fields.number("version")?,
        created_at: fields.number("created_at")?,
        renewed_at: fields.number("renewed_at")?,
        broken_at: fields.optional("broken_at")?,
    }))
}
