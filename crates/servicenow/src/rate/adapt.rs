//! The limit itself: additive increase, multiplicative decrease.

use tokio::time::Instant;

/// What a request showed of the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// It answered well.
    Good,
    /// It answered late.
    Slow,
    /// It refused for load, did not answer, or is not available.
    Overload,
    /// Nothing that has to do with load.
    None,
}

/// How many requests may be under way.
#[derive(Debug)]
pub(super) struct Limit {
    current: f64,
    most: f64,
    lowered: Option<Instant>,
}

impl Limit {
    pub(super) fn new(most: usize) -> Limit {
        let most = most.clamp(1, 1024) as f64;
        Limit { current: most, most, lowered: None }
    }

    pub(super) fn current(&self) -> f64 {
        self.current
    }

    /// The whole places.
    pub(super) fn places(&self) -> usize {
        self.current as usize
    }

    /// Learns from a request that began at `began`. `full` says that all places were taken.
    pub(super) fn learn(&mut self, sign: Sign, began: Instant, full: bool, now: Instant) {
        match sign {
            Sign::Good if full => self.current = (self.current + 1.0 / self.current).min(self.most),
            Sign::Slow => self.lower(0.8, began, now),
            Sign::Overload => self.lower(0.5, began, now),
            Sign::Good | Sign::None => {}
        }
    }

    /// Requests that began before the limit was lowered tell of the same load: they do not lower it again.
    fn lower(&mut self, share: f64, began: Instant, now: Instant) {
        if self.lowered.is_none_or(|lowered| began > lowered) {
            self.current = (self.current * share).max(1.0);
            self.lowered = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_falls_at_once_and_rises_slowly() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limit = Limit::new(4);
        for began in [1, 1, 2] {
            limit.learn(Sign::Overload, at(began), true, at(3));
        }
        assert_eq!(limit.places(), 2, "requests of one moment lower it once");
        limit.learn(Sign::Overload, at(4), true, at(5));
        limit.learn(Sign::Overload, at(6), true, at(7));
        assert_eq!(limit.places(), 1, "one place is always left");
        limit.learn(Sign::Good, at(8), false, at(9));
        assert_eq!(limit.current(), 1.0, "what is not used is not raised");
        let mut answers = 0;
        while limit.places() < 4 {
            limit.learn(Sign::Good, at(8), true, at(9));
            answers += 1;
        }
        assert_eq!(answers, 7, "about one for each place to win one");
        for _ in 0..100 {
            limit.learn(Sign::Good, at(8), true, at(9));
        }
        assert_eq!(limit.current(), 4.0);
        limit.learn(Sign::Slow, at(10), true, at(11));
        assert_eq!(limit.places(), 3);
    }
}
