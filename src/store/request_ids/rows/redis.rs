//! Request ids in Redis, one hash each. Who carries a call out says so again and again: a gateway that died, or does not
//! reach Redis any more, stops others for a few seconds only, and gives up what it does before they begin.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use redis::{Script, ScriptInvocation};
use tokio::time::Instant;

use super::{Attempt, Begun, Key, Rows, millis, moment};
use crate::error::Error;
use crate::store::Memory;
use crate::store::redis::{Redis, script};

/// How long a call is another's after it last said so.
const LEASE: Duration = Duration::from_secs(10);
const RENEW: Duration = Duration::from_millis(2500);
/// A gateway that could not say so for this long gives up. It is well before the lease ends.
const GIVE_UP: Duration = Duration::from_millis(7500);
/// How long an answer is tried to be kept.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);
/// How many that are over are removed for each that comes: more than one, so that they do run out.
const SWEPT: u32 = 8;

/// Scripts of this file share some functions.
fn requests(text: &str) -> Script {
    script(&[include_str!("request.lua"), text].concat())
}

static BEGIN: LazyLock<Script> = LazyLock::new(|| requests(include_str!("request_begin.lua")));
static ANSWER: LazyLock<Script> = LazyLock::new(|| requests(include_str!("request_answer.lua")));
static FORGET: LazyLock<Script> = LazyLock::new(|| requests(include_str!("request_forget.lua")));
static LEAVE: LazyLock<Script> = LazyLock::new(|| requests(include_str!("request_leave.lua")));
static HOLD: LazyLock<Script> = LazyLock::new(|| requests(include_str!("request_hold.lua")));

/// What several gateways remember.
pub(in crate::store::request_ids) struct Shared {
    redis: Redis,
    memory: Memory,
    attempts: Arc<AtomicU64>,
}

impl Shared {
    pub(in crate::store::request_ids) fn new(redis: Redis, memory: Memory) -> Self {
        Shared { redis, memory, attempts: Arc::default() }
    }

    /// A script about an attempt of this gateway.
    fn of<'a>(&self, script: &'a Script, attempt: &Attempt) -> ScriptInvocation<'a> {
        let mut call = self.redis.call(script);
        call.arg(name(&attempt.key)).arg(attempt.number);
        call
    }
}

#[async_trait]
impl Rows for Shared {
    async fn begin(&self, key: &Key, fingerprint: [u8; 32], now: SystemTime) -> Result<Begun, Error> {
        let attempt = Attempt { key: key.clone(), number: self.attempts.fetch_add(1, Ordering::Relaxed) };
        let mut call = self.of(&BEGIN, &attempt);
        call.arg(&fingerprint[..]).arg(millis(now)).arg(millis(now + self.memory.window));
        call.arg(whole(self.memory.window + LEASE))
            .arg(whole(LEASE))
            .arg(self.memory.max_request_ids)
            .arg(SWEPT);
        let (begun, detail): (String, Vec<u8>) = self.redis.run(&call).await?;
        match begun.as_str() {
            "first" => {
                if !detail.is_empty() {
                    let most = self.memory.max_request_ids;
                    tracing::warn!(
                        most,
                        "more request ids than are remembered: the oldest are forgotten before their time"
                    );
                }
                Ok(Begun::First(attempt))
            }
            "again" => {
                let started = std::str::from_utf8(&detail).ok().and_then(|text| text.parse().ok());
                let started =
                    started.ok_or_else(|| Error::internal("a request id in Redis has no beginning"))?;
                Ok(Begun::Again(attempt, moment(started)))
            }
            "elsewhere" => Ok(Begun::Elsewhere),
            "answered" => Ok(Begun::Answered(detail)),
            "reused" => Ok(Begun::Reused),
            _ => Err(Error::internal(format!("a script answered {begun}"))),
        }
    }

    async fn answer(&self, attempt: &Attempt, response: Vec<u8>) -> Result<(), Error> {
        let mut call = self.of(&ANSWER, attempt);
        call.arg(response);
        let end = Instant::now() + PATIENCE;
        loop {
            match self.redis.run::<()>(&call).await {
                // The same answer twice is no harm.
                Err(Error::StoreUnavailable(_)) if Instant::now() < end => tokio::time::sleep(PAUSE).await,
                kept => return kept,
            }
        }
    }

    async fn forget(&self, attempt: &Attempt) -> Result<(), Error> {
        self.redis.run(&self.of(&FORGET, attempt)).await
    }

    fn leave(&self, attempt: &Attempt) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (call, redis) = (self.of(&LEAVE, attempt), self.redis.clone());
        runtime.spawn(async move {
            if let Err(error) = redis.run::<()>(&call).await {
                tracing::debug!("others wait until the lease of a request id ends: {error}");
            }
        });
    }

    async fn hold(&self, attempt: &Attempt) -> Error {
        let mut call = self.of(&HOLD, attempt);
        call.arg(whole(LEASE));
        let mut held = Instant::now();
        loop {
            let next = (held + GIVE_UP).min(Instant::now() + RENEW);
            tokio::time::sleep_until(next).await;
            let asked = Instant::now();
            match self.redis.run::<bool>(&call).await {
                Ok(true) => held = asked,
                Ok(false) => return Error::StoreBusy { doing: "carries out that request_id" },
                Err(error) if held.elapsed() >= GIVE_UP => return error,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    #[cfg(test)]
    async fn count(&self) -> u64 {
        let key = self.redis.key(&["requests"]);
        self.redis.ask(redis::cmd("ZCARD").arg(key)).await.unwrap()
    }
}

/// Unambiguous: only the last part is the caller's.
fn name(key: &Key) -> String {
    format!("{}:{}:{}", key.method, key.instance, key.request_id)
}

fn whole(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
