//! The shared store: hashes and sorted sets in Redis, changed by scripts.
//!
//! | key after `{prefix}:` | holds |
//! | --- | --- |
//! | `user:ID`, `usernames`, `users` | a user; ids by name; names in their order |
//! | `holders:ROLE` | ids of the users who have a role |
//! | `session:ID`, `sessions_of:USER`, `sessions` | a session; a user's; all by when they end or ended |
//! | `refresh:HASH` | the session of a refresh token, and when it was used |
//! | `key:ID`, `keys_of:USER` | an API key; a user's |
//! | `roles`, `signing_keys`, `secrets` | one hash each; secrets are sealed |
//! | `link:USER:INSTANCE`, `links_of:USER`, `links` | a linked account; a user's; all in their order |
//! | `link_attempt:HASH`, `link_attempts_of:USER` | a step of a link that is being made; a user's by when they expire |
//! | `failures:SUBJECT`, `failures` | failed attempts; all by when the last was |
//! | `audit`, `audit_anchor` | a stream whose ids are the sequences; the last entry that was dropped from its beginning |
//! | `rows:DAY` | rows read on a day, by user |
//! | `turn`, `notices` | who changes users or roles; what gateways tell each other |

mod api_key;
mod attempt;
mod audit;
mod keyring;
mod link;
mod replica;
mod role;
mod row_count;
mod session;
mod user;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::Mutex;

use crate::store::redis::Redis;

/// How much longer than it is needed something is kept, in milliseconds: clocks differ.
const SLACK: i64 = 60 * 1000;

/// What access control keeps.
#[derive(Clone)]
pub(in crate::store) struct Shared {
    redis: Redis,
    /// The last event of the audit log that is known here.
    last_event: Arc<Mutex<audit::Last>>,
}

impl Shared {
    pub(in crate::store) fn new(redis: Redis) -> Self {
        Shared { redis, last_event: Arc::default() }
    }
}

/// A hash as part of a key's name.
fn name_of(hash: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(hash)
}

/// A number that may be missing.
fn or_empty(number: Option<i64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
