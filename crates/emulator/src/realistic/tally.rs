//! How hard the instance is pressed, for those who look at it from outside.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// The numbers since the start or the last reset.
#[derive(Default)]
pub(crate) struct Tally(Mutex<Pressure>);

/// How hard the instance is pressed, and whom it turned away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pressure {
    /// Requests under way.
    pub running: usize,
    /// Requests that wait for a place.
    pub waiting: usize,
    /// The most that were under way at once.
    pub most_running: usize,
    /// The most that waited at once.
    pub most_waiting: usize,
    /// Requests answered 202 because too many of their session waited.
    pub accepted: u64,
    /// Requests answered 429 because too many waited for a place.
    pub refused: u64,
    /// Requests answered 429 by a rate limit rule.
    pub limited: u64,
    /// Requests that broke off at the transaction quota.
    pub over_quota: u64,
}

impl Tally {
    pub(crate) fn read(&self) -> Pressure {
        self.lock().clone()
    }

    /// Back to zero, but for what is going on now.
    pub(crate) fn reset(&self) {
        let mut now = self.lock();
        let (running, waiting) = (now.running, now.waiting);
        *now = Pressure {
            running,
            waiting,
            most_running: running,
            most_waiting: waiting,
            ..Pressure::default()
        };
    }

    pub(crate) fn accepted(&self) {
        self.lock().accepted += 1;
    }

    pub(crate) fn refused(&self) {
        self.lock().refused += 1;
    }

    pub(crate) fn limited(&self) {
        self.lock().limited += 1;
    }

    pub(crate) fn over_quota(&self) {
        self.lock().over_quota += 1;
    }

    pub(super) fn started(&self) {
        let mut now = self.lock();
        now.running += 1;
        now.most_running = now.most_running.max(now.running);
    }

    pub(super) fn ended(&self) {
        self.lock().running -= 1;
    }

    pub(super) fn waiting(&self, waiting: usize) {
        let mut now = self.lock();
        now.waiting = waiting;
        now.most_waiting = now.most_waiting.max(waiting);
    }

    fn lock(&self) -> MutexGuard<'_, Pressure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
