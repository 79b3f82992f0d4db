//! One change of users and roles at a time, among all gateways on the same Redis.
//!
//! A turn ends by itself when its gateway does not end it, so that one that was killed stops nobody. One that was only
//! slow can no longer write: each write that needs the turn proves in its script that it still has it.

use std::sync::{LazyLock, PoisonError};
use std::time::Duration;

use redis::Script;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::{Redis, script};
use crate::error::Error;

/// What another gateway does that has it.
pub(super) const DOING: &str = "changes users or roles";
/// How long a turn lasts that is not given up.
const LASTS: Duration = Duration::from_secs(10);
/// How long one is waited for: longer than one lasts.
const PATIENCE: Duration = Duration::from_secs(12);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

static GIVE_UP: LazyLock<Script> = LazyLock::new(|| script(include_str!("turn_end.lua")));

/// A turn; given up when dropped.
pub(in crate::store) struct Turn {
    redis: Redis,
    token: String,
    one: Option<OwnedMutexGuard<()>>,
}

impl Redis {
    /// Waits for a turn.
    pub(in crate::store) async fn take_turn(&self) -> Result<Turn, Error> {
        let one = self.0.one_turn.clone().lock_owned().await;
        let token = uuid::Uuid::new_v4().simple().to_string();
        let mut set = redis::cmd("SET");
        set.arg(self.key(&["turn"])).arg(&token).arg("NX").arg("PX").arg(millis(LASTS));
        let end = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(2);
        // Made before it is asked for: one whose answer is lost is given up too.
        let turn = Turn { redis: self.clone(), token: token.clone(), one: Some(one) };
        while self.ask::<Option<String>>(&set).await?.is_none() {
            if Instant::now() >= end {
                return Err(Error::StoreBusy { doing: DOING });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        *self.turn_lock() = token;
        Ok(turn)
    }

    /// The turn that this gateway has; empty where it has none.
    pub(super) fn turn(&self) -> String {
        self.turn_lock().clone()
    }

    fn turn_lock(&self) -> std::sync::MutexGuard<'_, String> {
        self.0.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.redis.turn_lock().clear();
        let (redis, token, one) = (self.redis.clone(), std::mem::take(&mut self.token), self.one.take());
        // Where there is no runtime any more the process ends, and the turn with its time.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let mut call = redis.call(&GIVE_UP);
            call.arg(token);
            if let Err(error) = redis.run::<()>(&call).await {
                tracing::debug!("a turn ends by itself: {error}");
            }
            drop(one); // the next one here does not find this one in its way
        });
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).expect("a constant that is short")
}
