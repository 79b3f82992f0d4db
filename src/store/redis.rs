//! The way to Redis: one connection that mends itself, names of keys, and scripts.
//!
//! Everything that must be atomic is one script. All keys have the same part in braces, `{prefix}`, so that they are on
//! one node of a cluster. Redis must not evict keys and should write an append-only file (`docs/replicas.md`). Nothing
//! waits longer for Redis than the settings say; what then fails is [`Error::StoreUnavailable`].

mod connect;
mod fields;
mod notices;
mod turn;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, PubSub};
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, Script, ScriptInvocation};
use tokio::sync::Mutex;

use crate::config;
use crate::error::Error;

pub(super) use fields::Fields;

/// What each script begins with.
const PRELUDE: &str = include_str!("redis/prelude.lua");

/// The code of a script that refuses because its caller's turn is over.
const TURN_LOST: &str = "TURNLOST";

/// A Redis, as one gateway sees it. Clones are the same.
#[derive(Clone)]
pub(super) struct Redis(Arc<Inner>);

struct Inner {
    client: redis::Client,
    manager: ConnectionManager,
    /// "{prefix}": what the names of all keys begin with.
    base: String,
    /// Tells this gateway from the others on the same Redis.
    origin: String,
    timeout: Duration,
    /// Whether it answered the last time, so that a change is logged once.
    answers: AtomicBool,
    /// The turn that this gateway has, for its writes to prove.
    turn: std::sync::Mutex<String>,
    one_turn: Arc<Mutex<()>>,
}

/// Redis cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The settings make no client.
    #[error("store: {0}")]
    Settings(String),
    /// It does not answer.
    #[error("store: Redis at {url} does not answer: {source}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It would drop keys when its memory is full.
    #[error("store: Redis at {url} has the maxmemory-policy {policy}; set it to noeviction")]
    Evicts {
        /// Where.
        url: String,
        /// What it is set to.
        policy: String,
    },
}

/// A script of ours; what [`PRELUDE`] defines is there.
pub(super) fn script(text: &str) -> Script {
    Script::new(&[PRELUDE, text].concat())
}

impl Redis {
    /// Connects, and sees that Redis can be used.
    pub(super) async fn connect(settings: &config::Store) -> Result<Self, ConnectError> {
        let client = connect::client(settings)?;
        let manager = connect::manager(&client, settings)?;
        let redis = Redis(Arc::new(Inner {
            client,
            manager,
            base: format!("{{{}}}", settings.prefix),
            origin: uuid::Uuid::new_v4().simple().to_string(),
            timeout: settings.timeout,
            answers: AtomicBool::new(true),
            turn: std::sync::Mutex::default(),
            one_turn: Arc::default(),
        }));
        connect::check(&redis, settings).await?;
        Ok(redis)
    }

    /// The name of a key: "{prefix}:one:two".
    pub(super) fn key(&self, parts: &[&str]) -> String {
        std::iter::once(self.0.base.as_str()).chain(parts.iter().copied()).collect::<Vec<_>>().join(":")
    }

    /// This gateway, among those on the same Redis.
    pub(super) fn origin(&self) -> &str {
        &self.0.origin
    }

    /// A call of a script; arguments are added to it.
    pub(super) fn call<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.key(&self.0.base);
        call.arg(&self.0.origin).arg(self.turn());
        call
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, Error> {
        let mut manager = self.0.manager.clone();
        self.bounded(call.invoke_async(&mut manager)).await
    }

    /// Runs one command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Error> {
        let mut manager = self.0.manager.clone();
        self.bounded(command.query_async(&mut manager)).await
    }

    /// Hears what is told on a channel, over a connection of its own.
    pub(super) async fn subscribe(&self, channel: &str) -> Result<PubSub, Error> {
        let subscribing = async {
            let mut subscription = self.0.client.get_async_pubsub().await?;
            subscription.subscribe(channel).await?;
            Ok::<_, RedisError>(subscription)
        };
        let subscribed = tokio::time::timeout(self.0.timeout, subscribing).await;
        subscribed.map_err(Error::store_unavailable)?.map_err(Error::store_unavailable)
    }

    async fn bounded<T>(&self, work: impl Future<Output = Result<T, RedisError>>) -> Result<T, Error> {
        match tokio::time::timeout(self.0.timeout, work).await {
            Ok(Ok(answer)) => {
                self.answers(None);
                Ok(answer)
            }
            Ok(Err(error)) => Err(self.failed(error)),
            Err(elapsed) => {
                self.answers(Some(&elapsed));
                Err(Error::store_unavailable(elapsed))
            }
        }
    }

    /// What a failure means: our own refusals, an outage, or a defect.
    fn failed(&self, error: RedisError) -> Error {
        if error.code() == Some(TURN_LOST) {
            return Error::StoreBusy { doing: turn::DOING };
        }
        match error.kind() {
            ErrorKind::UnexpectedReturnType | ErrorKind::Parse | ErrorKind::Extension => {
                Error::internal(error)
            }
            ErrorKind::Server(redis::ServerErrorKind::ResponseError) => Error::internal(error),
            _ => {
                self.answers(Some(&error));
                Error::store_unavailable(error)
            }
        }
    }

    fn answers(&self, failure: Option<&dyn std::error::Error>) {
        if self.0.answers.swap(failure.is_none(), Ordering::Relaxed) == failure.is_none() {
            return;
        }
        match failure {
            Some(failure) => tracing::warn!("the store does not answer: {failure}"),
            None => tracing::info!("the store answers again"),
        }
    }
}

#[cfg(test)]
mod tests;
