//! Why an attempt is to stop.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// Why an attempt is to stop before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Somebody cancelled the task.
    Cancel,
    /// Somebody paused it.
    Pause,
    /// The gateway stops.
    Drain,
    /// The owner's rights changed.
    Access,
    /// Its deadline passed.
    Deadline,
    /// Somebody else has it.
    Lost,
}

/// Tells an attempt to stop; the first reason counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop {
    token: CancellationToken,
    reason: Arc<Mutex<Option<Reason>>>,
}

impl Stop {
    pub(super) fn token(&self) -> &CancellationToken {
        &self.token
    }

    pub(super) fn now(&self, reason: Reason) {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        self.token.cancel();
    }

    pub(super) fn reason(&self) -> Option<Reason> {
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
