//! Calls that carry a request id are carried out once: whoever repeats one gets the first one's answer, also after a
//! restart.
//!
//! Gateways that share a store keep to this together: what one carries out, the others wait for. One that dies or hears
//! nothing of the store for some seconds gives its calls up, and the next attempt is told of them.
//!
//! It promises nothing about a call that was cut off in the middle: the next attempt is told that there was one, and
//! what that means is for the call itself to decide. Failures are not kept: a call that failed may be repeated.

mod rows;
mod turns;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use prost::Message;
use sha2::{Digest, Sha256};

use super::database::{Database, OpenError};
use super::redis::Redis;
use super::{Clock, Memory};
use crate::error::Error;

use rows::{Attempt, Begun, Rows};
use turns::Turns;

/// How long a call that another gateway carries out is waited for; the caller's deadline is usually sooner.
const PATIENCE: Duration = Duration::from_secs(120);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// When an earlier attempt began that was neither answered nor certain to have written nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartedAt(pub SystemTime);

/// A call that carries a request id.
#[derive(Clone, Debug)]
pub struct Repeatable {
    key: Key,
    fingerprint: [u8; 32],
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    method: &'static str,
    instance: String,
    request_id: String,
}

impl Repeatable {
    /// `method` is the RPC's name, `instance` the instance's name in the configuration, `request` the message with its
    /// request id cleared. Maps in it must be ordered ones (see `build.rs`), or equal requests look different.
    pub fn new(method: &'static str, instance: &str, request_id: &str, request: &impl Message) -> Self {
        let key = Key { method, instance: instance.to_owned(), request_id: request_id.to_owned() };
        Repeatable { key, fingerprint: Sha256::digest(request.encode_to_vec()).into() }
    }
}

/// What is remembered of such calls.
#[derive(Clone)]
pub struct RequestIds(Arc<Inner>);

struct Inner {
    rows: Box<dyn Rows>,
    turns: Turns<Key>,
    clock: Clock,
}

impl RequestIds {
    pub(super) fn open(database: Arc<Database>, memory: Memory, clock: Clock) -> Result<Self, OpenError> {
        let rows = rows::Sqlite::open(database, memory, clock())?;
        Ok(Self::with(Box::new(rows), clock))
    }

    pub(super) fn shared(redis: Redis, memory: Memory, clock: Clock) -> Self {
        Self::with(Box::new(rows::Shared::new(redis, memory)), clock)
    }

    fn with(rows: Box<dyn Rows>, clock: Clock) -> Self {
        RequestIds(Arc::new(Inner { rows, turns: Turns::default(), clock }))
    }

    /// Carries `call` out, unless it was carried out before: then its answer of that time is given. A twin that runs
    /// at the same moment is waited for. Without a `repeatable` it is simply carried out.
    ///
    /// `call` is told of an earlier attempt whose end is not known: it may have written. Where `call` fails, the next
    /// one with the id runs again, and is told of this one unless [`Error::wrote_nothing`].
    ///
    /// # Errors
    /// Those of `call`, and [`Error::RequestIdReused`] where the id came with another request before. Dropping the
    /// future, as a deadline does, leaves an attempt whose end is not known.
    pub async fn once<R, F>(
        &self,
        repeatable: Option<Repeatable>,
        call: impl FnOnce(Option<StartedAt>) -> F,
    ) -> Result<R, Error>
    where
        R: Message + Default,
        F: Future<Output = Result<R, Error>>,
    {
        let Some(Repeatable { key, fingerprint }) = repeatable else { return call(None).await };
        let Inner { rows, turns, .. } = &*self.0;
        let _turn = turns.take(key.clone()).await;
        let (attempt, earlier) = match self.begin(&key, fingerprint).await? {
            Begun::Answered(response) => return R::decode(response.as_slice()).map_err(Error::internal),
            Begun::Reused => return Err(Error::RequestIdReused { request_id: key.request_id }),
            Begun::Elsewhere => return Err(Error::StoreBusy { doing: "carries out that request_id" }),
            Begun::Again(attempt, started) => (attempt, Some(StartedAt(started))),
            Begun::First(attempt) => (attempt, None),
        };
        let mut left = Left { rows: &**rows, attempt: Some(&attempt) };
        let outcome = tokio::select! {
            biased;
            lost = rows.hold(&attempt) => Err(lost),
            outcome = call(earlier) => outcome,
        };
        match outcome {
            Ok(response) => {
                // The call is done: that its answer cannot be kept must not make it look as if it were not.
                match rows.answer(&attempt, response.encode_to_vec()).await {
                    Ok(()) => left.attempt = None,
                    Err(error) => tracing::warn!(cause = ?error, "the answer of a request id is not kept"),
                }
                Ok(response)
            }
            Err(error) => {
                if earlier.is_none() && error.wrote_nothing() {
                    match rows.forget(&attempt).await {
                        Ok(()) => left.attempt = None,
                        Err(error) => tracing::warn!(cause = ?error, "a request id is not free again"),
                    }
                }
                Err(error)
            }
        }
    }

    /// Waits for what another gateway carries out.
    async fn begin(&self, key: &Key, fingerprint: [u8; 32]) -> Result<Begun, Error> {
        let Inner { rows, clock, .. } = &*self.0;
        let mut pause = Duration::from_millis(10);
        let mut waited = Duration::ZERO;
        loop {
            match rows.begin(key, fingerprint, clock()).await? {
                Begun::Elsewhere if waited < PATIENCE => {}
                begun => return Ok(begun),
            }
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Tells that an attempt is over whose end is not known, also where its caller goes away.
struct Left<'a> {
    rows: &'a dyn Rows,
    attempt: Option<&'a Attempt>,
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        if let Some(attempt) = self.attempt {
            self.rows.leave(attempt);
        }
    }
}

#[cfg(test)]
mod tests;
