//! How many rows a page asks for: more while that goes well, fewer when the instance labors.

use std::time::Duration;

use servicenow::Error as Reported;

use crate::error::Error;

/// The first page's.
const START: u64 = 2_000;
/// A page that takes too long at this size takes too long at any.
const LEAST: u64 = 50;
/// ServiceNow's own default limit; larger pages gain nothing.
const MOST: u64 = 10_000;
/// A page that comes within this may be larger.
const QUICK: Duration = Duration::from_secs(1);
/// One that takes longer than this is too large: others wait behind it.
const SLOW: Duration = Duration::from_secs(10);

/// The size of the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageSize(u64);

impl PageSize {
    pub(super) fn new() -> Self {
        Self(START)
    }

    pub(super) fn rows(self) -> u64 {
        self.0
    }

    /// Learns from a page that came.
    pub(super) fn learn(&mut self, took: Duration) {
        if took <= QUICK {
            self.0 = (self.0 * 2).min(MOST);
        } else if took > SLOW {
            self.0 = (self.0 / 2).max(LEAST);
        }
    }

    /// Whether a smaller page may fare better than one that failed so; it is smaller then.
    pub(super) fn shrink(&mut self, error: &Error) -> bool {
        let Error::Instance { source: Some(reported), .. } = error else { return false };
        let too_large = matches!(
            **reported,
            Reported::Timeout | Reported::TransactionTimeout(_) | Reported::TooLarge { .. }
        );
        if !too_large || self.0 == LEAST {
            return false;
        }
        self.0 = (self.0 / 2).max(LEAST);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Peer;

    fn timed_out(reported: Reported) -> Error {
        Error::Instance {
            instance: "dev".to_owned(),
            peer: Peer::Unavailable,
            source: Some(Box::new(reported)),
        }
    }

    #[test]
    fn it_grows_while_pages_are_quick_and_halves_when_they_are_not() {
        let mut size = PageSize::new();
        for expected in [4_000, 8_000, MOST, MOST] {
            size.learn(Duration::from_millis(300));
            assert_eq!(size.rows(), expected);
        }
        size.learn(Duration::from_secs(5));
        assert_eq!(size.rows(), MOST, "neither quick nor slow");
        size.learn(Duration::from_secs(11));
        assert_eq!(size.rows(), MOST / 2);
    }

    #[test]
    fn it_halves_after_time_outs_down_to_a_bound() {
        let mut size = PageSize::new();
        let mut tries = 0;
        while size.shrink(&timed_out(Reported::Timeout)) {
            tries += 1;
        }
        assert_eq!((size.rows(), tries), (LEAST, 6));
        let mut size = PageSize::new();
        assert!(!size.shrink(&timed_out(Reported::Hibernating)) && !size.shrink(&Error::Draining));
        assert!(size.shrink(&timed_out(Reported::TooLarge { limit: 1 })));
    }
}
