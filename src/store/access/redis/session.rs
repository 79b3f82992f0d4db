//! Sessions and refresh tokens.
//!
//! Times are the caller's, so that all decisions are made by one clock; Redis's own clock only removes what nobody asks
//! for any more, long after.

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::{Script, ScriptInvocation};

use super::{SLACK, Shared, name_of, or_empty};
use crate::error::Error;
use crate::store::access::{NewSession, Result, Rotation, RotationRequest, Session, Sessions};
use crate::store::redis::{Fields, script};

/// How long sessions are kept when they are over: their tokens are then told as revoked, and not as unknown.
const REMEMBERED: i64 = 31 * 24 * 60 * 60 * 1000;
/// Most that one script forgets, so that Redis is not held up.
const AT_ONCE: u64 = 500;

/// Scripts of this file share some functions.
fn sessions(text: &str) -> Script {
    script(&[include_str!("session.lua"), text].concat())
}

static OPEN: LazyLock<Script> = LazyLock::new(|| sessions(include_str!("session_open.lua")));
static LIST: LazyLock<Script> = LazyLock::new(|| sessions(include_str!("session_list.lua")));
static ROTATE: LazyLock<Script> = LazyLock::new(|| sessions(include_str!("session_rotate.lua")));
static END: LazyLock<Script> = LazyLock::new(|| sessions(include_str!("session_end.lua")));
static END_ALL: LazyLock<Script> = LazyLock::new(|| sessions(include_str!("session_end_all.lua")));
static FORGET: LazyLock<Script> = LazyLock::new(|| sessions(include_str!("session_forget.lua")));

#[async_trait]
impl Sessions for Shared {
    async fn open_session(&self, new: &NewSession) -> Result<Vec<String>> {
        let NewSession { session, token, most } = new;
        let lasts = session.expires_at.saturating_sub(session.created_at).saturating_add(REMEMBERED + SLACK);
        let mut call = self.redis.call(&OPEN);
        call.arg(&session.id).arg(&session.user_id).arg(name_of(token)).arg(most);
        call.arg(session.created_at).arg(lasts).arg(fields(session));
        self.redis.run(&call).await
    }

    async fn session(&self, id: &str) -> Result<Option<Session>> {
        let key = self.redis.key(&["session", id]);
        read(self.redis.ask(redis::cmd("HGETALL").arg(key)).await?)
    }

    async fn sessions(&self, user_id: &str, now: i64) -> Result<Vec<Session>> {
        let mut call = self.redis.call(&LIST);
        call.arg(user_id).arg(now);
        let found: Vec<Fields> = self.redis.run(&call).await?;
        found.into_iter().filter_map(|fields| read(fields).transpose()).collect()
    }

    async fn rotate(&self, request: RotationRequest) -> Result<Rotation> {
        let mut call = self.redis.call(&ROTATE);
        call.arg(name_of(&request.token)).arg(name_of(&request.successor));
        call.arg(request.now).arg(request.idle).arg(request.grace);
        let (outcome, fields): (String, Fields) = self.redis.run(&call).await?;
        let session = read(fields)?;
        let known = |of: fn(Session) -> Rotation| session.map(of).ok_or_else(|| unknown(&outcome));
        match outcome.as_str() {
            "unknown" => Ok(Rotation::Unknown),
            "expired" => Ok(Rotation::Expired),
            "revoked" => Ok(Rotation::Revoked),
            "rotated" => known(Rotation::Rotated),
            "repeated" => known(Rotation::Repeated),
            "reused" => known(Rotation::Reused),
            _ => Err(unknown(&outcome)),
        }
    }

    async fn end_session(&self, id: &str, now: i64) -> Result<bool> {
        let mut call = self.redis.call(&END);
        call.arg(id).arg(now);
        self.redis.run(&call).await
    }

    async fn end_sessions(&self, user_id: &str, except: Option<&str>, now: i64) -> Result<Vec<String>> {
        let mut call = self.redis.call(&END_ALL);
        call.arg(user_id).arg(except.unwrap_or_default()).arg(now);
        self.redis.run(&call).await
    }

    async fn forget_sessions(&self, before: i64) -> Result<u64> {
        let mut call: ScriptInvocation<'_> = self.redis.call(&FORGET);
        call.arg(before).arg(AT_ONCE);
        let mut all = 0;
        loop {
            let (looked_at, forgotten): (u64, u64) = self.redis.run(&call).await?;
            all += forgotten;
            if looked_at < AT_ONCE {
                return Ok(all);
            }
        }
    }
}

fn unknown(outcome: &str) -> Error {
    Error::internal(format!("a script answered {outcome}, or without a session"))
}

fn fields(session: &Session) -> Vec<(&'static str, String)> {
    vec![
        ("id", session.id.clone()),
        ("user_id", session.user_id.clone()),
        ("device", session.device.clone()),
        ("address", session.address.clone()),
        ("created_at", session.created_at.to_string()),
        ("last_used_at", session.last_used_at.to_string()),
        ("idle_expires_at", session.idle_expires_at.to_string()),
        ("expires_at", session.expires_at.to_string()),
        ("revoked_at", or_empty(session.revoked_at)),
    ]
}

fn read(mut fields: Fields) -> Result<Option<Session>> {
    if fields.is_empty() {
        return Ok(None);
    }
    Ok(Some(Session {
        id: fields.text("id")?,
        user_id: fields.text("user_id")?,
        device: fields.text("device")?,
        address: fields.text("address")?,
        created_at: fields.number("created_at")?,
        last_used_at: fields.number("last_used_at")?,
        idle_expires_at: fields.number("idle_expires_at")?,
        expires_at: fields.number("expires_at")?,
        revoked_at: fields.optional("revoked_at")?,
    }))
}
