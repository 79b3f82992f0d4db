//! So many a second of each. A second's worth may come at once.

use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::Limit;
use crate::error::Refusal;

/// Keys that are told apart; each costs some 50 bytes.
const MOST: usize = 100_000;
/// What is left of them where there are more: strangers then share.
const SHARED: u64 = 1024;
/// The keys are counted once in so many calls.
const LOOK: u32 = 1024;

/// A limit of calls a second, by key.
pub(super) struct Rate {
    subject: &'static str,
    per_second: u64,
    limiter: DefaultKeyedRateLimiter<u64>,
    clock: DefaultClock,
    /// Of this process: nobody can choose keys that share.
    hasher: RandomState,
    calls: AtomicU32,
    crowded: AtomicBool,
}

impl Rate {
    /// None where there is no limit. `subject` says whose it is.
    pub(super) fn new(subject: &'static str, limit: Limit) -> Option<Self> {
        let per_second = limit.get()?;
        let number = NonZeroU32::new(u32::try_from(per_second).unwrap_or(u32::MAX))?;
        Some(Rate {
            subject,
            per_second,
            limiter: RateLimiter::keyed(Quota::per_second(number)),
            clock: DefaultClock::default(),
            hasher: RandomState::new(),
            calls: AtomicU32::new(0),
            crowded: AtomicBool::new(false),
        })
    }

    /// Counts one, or refuses it.
    pub(super) fn check(&self, key: &impl Hash) -> Result<(), Refusal> {
        self.limiter.check_key(&self.key(key)).map_err(|until| {
            let retry_after = until.wait_time_from(self.clock.now()).max(Duration::from_millis(1));
            metrics::counter!("sncgate_rate_limited_total", "subject" => self.subject).increment(1);
            Refusal::RateLimited { subject: self.subject, limit: self.per_second, retry_after }
        })
    }

    /// Counts one when there is room for it.
    pub(super) async fn wait(&self, key: &impl Hash) {
        self.limiter.until_key_ready(&self.key(key)).await;
    }

    fn key(&self, key: &impl Hash) -> u64 {
        if self.calls.fetch_add(1, Ordering::Relaxed) % LOOK == LOOK - 1 && self.limiter.len() > MOST {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
            self.crowded.store(self.limiter.len() > MOST / 2, Ordering::Relaxed);
        }
        let hash = self.hasher.hash_one(key);
        if self.crowded.load(Ordering::Relaxed) { hash % SHARED } else { hash }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_has_a_seconds_worth() {
        let rate = Rate::new("user", Limit::of(20)).unwrap();
        let passed = (0..100).take_while(|_| rate.check(&"alice").is_ok()).count();
        assert!((20..40).contains(&passed), "{passed}");
        let Err(Refusal::RateLimited { subject, limit, retry_after }) = rate.check(&"alice") else {
            panic!()
        };
        assert_eq!((subject, limit), ("user", 20));
        assert!(retry_after <= Duration::from_millis(51), "{retry_after:?}");
        assert!(rate.check(&"bob").is_ok(), "another one has their own");
        rate.wait(&"alice").await; // a twentieth of a second
        assert!(Rate::new("user", Limit::of(0)).is_none());
    }

    #[test]
    fn however_many_keys_there_are_the_memory_is_bounded() {
        let rate = Rate::new("source", Limit::of(1)).unwrap();
        for key in 0..(MOST * 3) {
            let _ = rate.check(&key);
        }
        assert!(rate.limiter.len() <= MOST + LOOK as usize + SHARED as usize, "{}", rate.limiter.len());
    }
}
