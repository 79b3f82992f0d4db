//! Calls that carry a request id are carried out once: whoever repeats one gets the first one's answer, also after a
//! restart.
//!
//! It promises nothing about a call that was cut off in the middle: the next attempt is told that there was one, and
//! what that means is for the call itself to decide. Failures are not kept: a call that failed may be repeated.

mod rows;
mod turns;

use std::sync::Arc;
use std::time::SystemTime;

use prost::Message;
use sha2::{Digest, Sha256};

use super::database::{Database, OpenError};
use super::{Clock, Memory};
use crate::error::Error;

use rows::{Begun, Rows};
use turns::Turns;

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
    rows: Rows,
    turns: Turns<Key>,
    clock: Clock,
}

impl RequestIds {
    pub(super) fn open(database: Arc<Database>, memory: Memory, clock: Clock) -> Result<Self, OpenError> {
        let rows = Rows::open(database, memory, clock())?;
        Ok(RequestIds(Arc::new(Inner { rows, turns: Turns::default(), clock })))
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
        let Inner { rows, turns, clock } = &*self.0;
        let _turn = turns.take(key.clone()).await;
        let earlier = match rows.begin(&key, fingerprint, clock()).await? {
            Begun::Answered(response) => return R::decode(response.as_slice()).map_err(Error::internal),
            Begun::Reused => return Err(Error::RequestIdReused { request_id: key.request_id }),
            Begun::Again(started) => Some(StartedAt(started)),
            Begun::First => None,
        };
        match call(earlier).await {
            Ok(response) => {
                // The call is done: that its answer cannot be kept must not make it look as if it were not.
                if let Err(error) = rows.answer(&key, response.encode_to_vec()).await {
                    tracing::error!(cause = ?error, "the answer of a request id is not kept");
                }
                Ok(response)
            }
            Err(error) => {
                if earlier.is_none() && error.wrote_nothing() {
                    rows.forget(&key).await?;
                }
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
