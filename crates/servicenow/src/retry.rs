//! When a request is sent again, and after how long.
//!
//! Reads are sent again after every [retryable](Error::retryable) error. Writes, deletes among them, only after
//! one that [proves that nothing was processed](Error::certainly_not_processed): a delete that was committed
//! answers 404 the second time, which would turn a success into an error. A budget shared by all requests of a
//! client stops retries from multiplying the load of an instance that is down.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::Error;

/// How often, how soon and how much is retried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most; 1 never retries.
    pub max_attempts: u32,
    /// The upper end of the first delay; it doubles with each try. The delay is drawn between zero and it.
    pub base_delay: Duration,
    /// The upper end of any drawn delay.
    pub max_delay: Duration,
    /// The longest `Retry-After` that is waited for; a longer one makes the error the caller's.
    pub max_retry_after: Duration,
    /// How many retries a client may have in hand. Each costs one; ten successes earn one back.
    pub budget: u32,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            max_attempts: 4,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(60),
            budget: 50,
        }
    }
}

impl RetryPolicy {
    /// Never retries.
    pub fn never() -> RetryPolicy {
        RetryPolicy { max_attempts: 1, ..RetryPolicy::default() }
    }

    /// How long to wait before sending again what failed in its `attempt`th try (from 1); `None` to give up.
    pub(crate) fn delay(&self, attempt: u32, error: &Error, read: bool) -> Option<Duration> {
        let safe = if read { error.retryable() } else { error.certainly_not_processed() };
        if !safe || attempt >= self.max_attempts {
            return None;
        }
        match error.retry_after() {
            Some(asked) if asked > self.max_retry_after => None,
            // Others were told the same moment: do not all come back in it.
            Some(asked) => Some(asked + jitter(self.base_delay)),
            None => {
                let doubled = self.base_delay.saturating_mul(2u32.saturating_pow(attempt - 1));
                Some(jitter(doubled.min(self.max_delay)))
            }
        }
    }
}

fn jitter(up_to: Duration) -> Duration {
    up_to.mul_f64(fastrand::f64())
}

/// What one retry costs, in the unit in which successes pay back.
const COST: u32 = 10;

/// The retries a client may still make.
#[derive(Debug)]
pub(crate) struct Budget {
    tenths: AtomicU32,
    most: u32,
}

impl Budget {
    pub(crate) fn new(retries: u32) -> Budget {
        let most = retries.saturating_mul(COST);
        Budget { tenths: AtomicU32::new(most), most }
    }

    /// A request succeeded.
    pub(crate) fn deposit(&self) {
        let more = |tenths: u32| (tenths < self.most).then_some(tenths + 1);
        // Full is fine.
        let _ = self.tenths.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    /// Takes one retry, if there is one.
    pub(crate) fn withdraw(&self) -> bool {
        let less = |tenths: u32| tenths.checked_sub(COST);
        self.tenths.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal;

    fn limited(seconds: Option<u64>) -> Error {
        Error::RateLimited { retry_after: seconds.map(Duration::from_secs), refusal: Refusal::default() }
    }

    #[test]
    fn reads_are_repeated_and_writes_only_if_nothing_happened() {
        let policy = RetryPolicy::default();
        let down = |retry_after| Error::Unavailable { retry_after, refusal: Refusal::default() };
        for (error, read, write) in [
            (Error::Timeout, true, false),
            (Error::Server(Refusal::default()), true, false),
            (Error::Truncated { bytes: 1 }, true, false),
            (Error::Connect(String::new()), true, true),
            (limited(None), true, true),
            (down(None), true, false),
            (down(Some(Duration::from_secs(1))), true, true),
            (Error::Accepted, false, false),
            (Error::NotFound(Refusal::default()), false, false),
        ] {
            assert_eq!(policy.delay(1, &error, true).is_some(), read, "{error:?}");
            assert_eq!(policy.delay(1, &error, false).is_some(), write, "{error:?}");
            assert_eq!(policy.delay(4, &error, true), None, "{error:?}");
        }
    }

    #[test]
    fn delays_grow_within_bounds() {
        let policy = RetryPolicy { max_attempts: u32::MAX, ..RetryPolicy::default() };
        for attempt in [1, 2, 3, 10, 100] {
            let most = Duration::from_millis(200).saturating_mul(2u32.saturating_pow(attempt - 1));
            for _ in 0..100 {
                let delay = policy.delay(attempt, &Error::Timeout, true).unwrap();
                assert!(delay <= most.min(policy.max_delay), "{attempt}: {delay:?}");
            }
        }
        let spread: std::collections::BTreeSet<_> =
            (0..100).map(|_| policy.delay(5, &Error::Timeout, true).unwrap()).collect();
        assert!(spread.len() > 50, "full jitter");
    }

    #[test]
    fn retry_after_is_obeyed_up_to_a_bound() {
        let policy = RetryPolicy::default();
        let delay = policy.delay(1, &limited(Some(7)), true).unwrap();
        assert!((Duration::from_secs(7)..=Duration::from_millis(7200)).contains(&delay), "{delay:?}");
        assert_eq!(policy.delay(1, &limited(Some(61)), true), None);
    }

    #[test]
    fn the_budget_runs_out_and_is_earned_back() {
        let budget = Budget::new(2);
        assert!(budget.withdraw() && budget.withdraw() && !budget.withdraw());
        for _ in 0..9 {
            budget.deposit();
        }
        assert!(!budget.withdraw());
        budget.deposit();
        assert!(budget.withdraw() && !budget.withdraw());
        for _ in 0..100 {
            budget.deposit();
        }
        assert!(
            budget.withdraw() && budget.withdraw() && !budget.withdraw(),
            "it does not grow beyond its start"
        );
    }
}
