//! How much is asked of an instance at once, by all clones of a client together.
//!
//! The number of requests under way follows how the instance does: each good answer under full load adds a
//! little, a refusal, an outage or a slow answer takes a share away. A `Retry-After` stops all requests, not
//! only the one that was told. Interactive requests go first; bulk ones leave one place free for them, and get
//! every fifth place that becomes free, so that neither waits for the other for ever.

mod adapt;
mod limiter;
mod queue;

use std::time::Duration;

pub(crate) use limiter::{Limiter, Permit};

/// Who waits for a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Class {
    /// A person, or a program that answers one.
    #[default]
    Interactive,
    /// Work that takes long anyhow: exports, imports, transfers of files.
    Bulk,
}

/// How much may be asked at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatePolicy {
    /// The most requests under way. ServiceNow carries out 4 of one integration at a time and queues the rest.
    pub max_concurrent: usize,
    /// An answer that takes longer is a sign of load.
    pub slow: Duration,
    /// How long a request waits for its turn before it fails with [`Error::Busy`](crate::Error::Busy).
    pub max_wait: Duration,
}

impl Default for RatePolicy {
    fn default() -> RatePolicy {
        let (slow, max_wait) = (Duration::from_secs(20), Duration::from_secs(300));
        RatePolicy { max_concurrent: 4, slow, max_wait }
    }
}

/// How requests stand at a moment, for metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateSnapshot {
    /// How many requests may be under way now; its whole part counts.
    pub limit: f64,
    /// By class.
    pub interactive: ClassSnapshot,
    /// By class.
    pub bulk: ClassSnapshot,
    /// How often the instance refused for load, or was unavailable.
    pub throttled: u64,
    /// How often an answer was slow.
    pub slow: u64,
    /// How long nothing is sent, because the instance asked so.
    pub paused: Option<Duration>,
}

/// How the requests of one class stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassSnapshot {
    /// Requests under way.
    pub running: usize,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Requests that had their turn so far.
    pub started: u64,
    /// How long all of them together waited for it.
    pub waited: Duration,
}
