//! What the gateways tell each other of tasks.
//!
//! That something changed is told as the last revision, at most once in a few milliseconds: whoever waits for changes
//! reads what came after the revision that they know. That a running task is to stop is told in the step that says so.
//! What is not heard is caught up: the last revision is asked for from time to time, and whoever heard nothing for a while
//! looks at all that it runs.

use std::time::Duration;

use futures::StreamExt;
use redis::Msg;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{Told, last_revision};
use crate::error::Error;
use crate::store::redis::Redis;

/// Between two words of a gateway to the others.
const QUIET: Duration = Duration::from_millis(5);
/// How often a gateway tells itself something and asks for the last revision.
const BEAT: Duration = Duration::from_millis(500);
/// Unheard for this long, it hears nothing.
const DEAF: Duration = Duration::from_secs(2);
/// Between two attempts to hear again.
const PAUSE: Duration = Duration::from_millis(250);

/// Tells and hears until `end`.
pub(super) fn start(redis: &Redis, told: &Told, end: &CancellationToken) {
    let (telling, hearing) = (tell(redis.clone(), told.clone()), hear(redis.clone(), told.clone()));
    tokio::spawn(end.clone().run_until_cancelled_owned(telling));
    tokio::spawn(end.clone().run_until_cancelled_owned(hearing));
}

async fn tell(redis: Redis, told: Told) {
    let mut own = told.own.subscribe();
    while own.changed().await.is_ok() {
        let revision = *own.borrow_and_update();
        publish(&redis, &format!("revision {revision}")).await;
        tokio::time::sleep(QUIET).await;
    }
}

async fn hear(redis: Redis, told: Told) {
    loop {
        if let Err(error) = listen(&redis, &told).await {
            tracing::debug!("other gateways' tasks are not heard of: {error}");
        }
        look_at_all(&told);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Hears until it does not any more.
async fn listen(redis: &Redis, told: &Told) -> Result<(), Error> {
    let subscribed = redis.subscribe(&redis.key(&["task_changes"])).await?;
    let mut messages = subscribed.into_on_message();
    look_at_all(told); // what was said before
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return Ok(()) };
                heard = Instant::now();
                pass_on(told, &message);
            }
            _ = beat.tick() => {
                if heard.elapsed() > DEAF {
                    return Err(Error::store_unavailable("its own words do not arrive"));
                }
                // Not waited for here: an answer that does not come must not stop the listening.
                tokio::spawn(catch_up(redis.clone(), told.clone()));
            }
        }
    }
}

/// Whoever runs tasks looks what is wanted of them.
fn look_at_all(told: &Told) {
    let _ = told.steered.send(String::new()); // nobody listens where no worker runs
}

async fn catch_up(redis: Redis, told: Told) {
    publish(&redis, "beat").await;
    if let Ok(revision) = last_revision(&redis).await {
        told.of(revision);
    }
}

async fn publish(redis: &Redis, words: &str) {
    let mut publish = redis::cmd("PUBLISH");
    publish.arg(redis.key(&["task_changes"])).arg(words);
    if let Err(error) = redis.ask::<i64>(&publish).await {
        tracing::debug!("nothing can be told to other gateways: {error}");
    }
}

/// "WHAT DETAIL"; of a later version, perhaps.
fn pass_on(told: &Told, message: &Msg) {
    let text = String::from_utf8_lossy(message.get_payload_bytes()).into_owned();
    match text.split_once(' ') {
        Some(("revision", revision)) => told.of(revision.parse().unwrap_or(0)),
        Some(("steered", id)) => {
            let _ = told.steered.send(id.to_owned());
        }
        _ => {}
    }
}
