//! Who watches a job, and what is seen.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::Checkpoint;
use crate::error::Error;

/// How far a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows that were read, those of ranges that are not whole yet included.
    pub rows: u64,
    /// Rows that were counted at the beginning.
    pub expected: u64,
    /// Bytes of JSON that the instance sent.
    pub bytes: u64,
    /// Ranges that are whole.
    pub ranges_done: u64,
    /// All ranges.
    pub ranges: u64,
}

/// Keeps what a job would need to go on, and shows how far it is.
#[async_trait]
pub trait Watcher: Send + Sync {
    /// A checkpoint that must outlive the process before the job goes on. An error ends the job.
    async fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), Error>;

    /// How far it is, after each page.
    fn progress(&self, _progress: Progress) {}
}

/// What is counted while ranges are read at once.
pub(super) struct Counters(Mutex<Counted>);

struct Counted {
    progress: Progress,
    /// Bytes of each range so far, as its report says.
    bytes: BTreeMap<u32, u64>,
}

impl Counters {
    pub(super) fn of(checkpoint: &Checkpoint) -> Self {
        let report = checkpoint.report();
        let progress = Progress {
            rows: report.rows_read,
            expected: checkpoint.expected,
            bytes: report.bytes,
            ranges_done: checkpoint.done.len() as u64,
            ranges: checkpoint.ranges.len() as u64,
        };
        Self(Mutex::new(Counted { progress, bytes: BTreeMap::new() }))
    }

    /// A page came: its rows, and what its range has cost by now.
    pub(super) fn add(&self, rows: u64, bytes: u64, range: u32) {
        let mut counted = self.0.lock().expect("nobody panics with the lock");
        counted.progress.rows += rows;
        let before = counted.bytes.insert(range, bytes).unwrap_or(0);
        counted.progress.bytes += bytes.saturating_sub(before);
    }

    pub(super) fn end_range(&self) {
        self.0.lock().expect("nobody panics with the lock").progress.ranges_done += 1;
    }

    pub(super) fn read(&self) -> Progress {
        self.0.lock().expect("nobody panics with the lock").progress
    }
}
