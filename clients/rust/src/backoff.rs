//! How long to wait before the next attempt: exponential, with full jitter, a bounded number of times.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);
/// A peer that asks for more is not waited for: the caller decides.
const MOST_ASKED: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Backoff {
    left: u32,
    attempts: u32,
}

impl Backoff {
    pub(crate) fn new(attempts: u32) -> Self {
        Self { left: attempts, attempts }
    }

    /// Begins again: something went well.
    pub(crate) fn reset(&mut self) {
        self.left = self.attempts;
    }

    /// None when no attempt is left. At least what the peer asked for.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        let asked = asked.unwrap_or_default();
        if self.left == 0 || asked > MOST_ASKED {
            return None;
        }
        let doubled = FIRST.saturating_mul(1 << (self.attempts - self.left).min(16));
        self.left -= 1;
        Some(asked + doubled.min(LONGEST).mul_f64(fastrand::f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_a_bound_and_ends() {
        let mut backoff = Backoff::new(8);
        for attempt in 0..8 {
            let bound = Duration::from_millis(200 << attempt).min(LONGEST);
            let delay = backoff.next(None).unwrap();
            assert!(delay <= bound, "attempt {attempt}: {delay:?}");
        }
        assert_eq!(backoff.next(None), None);
        backoff.reset();
        assert!(backoff.next(None).unwrap() <= FIRST);
    }

    #[test]
    fn waits_as_long_as_asked_within_reason() {
        let mut backoff = Backoff::new(2);
        assert!(backoff.next(Some(Duration::from_secs(3))).unwrap() >= Duration::from_secs(3));
        assert_eq!(backoff.next(Some(Duration::from_secs(3600))), None);
    }
}
