//! The time of day. Tests set it by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Says what time it is.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

/// Moves a clock.
#[derive(Clone, Debug)]
pub struct Hand(Arc<AtomicI64>);

impl Clock {
    /// The machine's.
    pub fn system() -> Self {
        Clock(None)
    }

    /// One that stands still until it is moved; it begins with the present.
    pub fn by_hand() -> (Self, Hand) {
        let millis = Arc::new(AtomicI64::new(Clock::system().millis()));
        (Clock(Some(millis.clone())), Hand(millis))
    }

    /// Milliseconds since 1970.
    pub fn millis(&self) -> i64 {
        match &self.0 {
            Some(millis) => millis.load(Ordering::SeqCst),
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            }
        }
    }
}

impl Hand {
    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(millis(by), Ordering::SeqCst);
    }
}

/// A duration as the store counts.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
