//! Failed attempts to sign in.

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::Script;

use super::{SLACK, Shared};
use crate::store::access::{Attempts, Failures, Result};
use crate::store::redis::script;

static ADD: LazyLock<Script> = LazyLock::new(|| script(include_str!("attempt_add.lua")));
static TAKE_BACK: LazyLock<Script> = LazyLock::new(|| script(include_str!("attempt_take_back.lua")));
static CLEAR: LazyLock<Script> = LazyLock::new(|| script(include_str!("attempt_clear.lua")));

#[async_trait]
impl Attempts for Shared {
    async fn failures(&self, subject: &str) -> Result<Failures> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.redis.key(&["failures", subject])).arg("count").arg("last_at");
        let (count, last_at): (Option<u32>, Option<i64>) = self.redis.ask(&command).await?;
        Ok(Failures { count: count.unwrap_or_default(), last_at: last_at.unwrap_or_default() })
    }

    async fn add_failure(&self, subject: &str, now: i64, forget: i64) -> Result<Failures> {
        let lasts = now.saturating_sub(forget).saturating_add(SLACK);
        let mut call = self.redis.call(&ADD);
        call.arg(subject).arg(now).arg(forget).arg(lasts);
        let (count, last_at) = self.redis.run(&call).await?;
        Ok(Failures { count, last_at })
    }

    async fn take_back_failure(&self, subject: &str) -> Result<()> {
        let mut call = self.redis.call(&TAKE_BACK);
        call.arg(subject);
        self.redis.run(&call).await
    }

    async fn clear_failures(&self, subject: &str) -> Result<()> {
        let mut call = self.redis.call(&CLEAR);
        call.arg(subject);
        self.redis.run(&call).await
    }
}
