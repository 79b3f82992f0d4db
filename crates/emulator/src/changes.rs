//! The journal of changes: which records were written, in the order in which the writes were committed.
//!
//! It is for tests of those who watch an instance through its API: what they report must be what is here. It knows
//! records that the engine wrote, whoever asked for it; not attachments, journal entries and audit rows, and not what
//! was generated or loaded. It is kept in memory, and no longer than its last entries.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Changes kept; the oldest are forgotten.
const KEPT: usize = 65_536;

/// What was done to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// It was made.
    Insert,
    /// It was changed.
    Update,
    /// It is gone.
    Delete,
}

/// A change of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its place among all changes since the start, from 1.
    pub seq: u64,
    /// The class of the record.
    pub table: String,
    /// Which record.
    pub sys_id: String,
    /// What was done.
    pub operation: Operation,
    /// When, as the record has it; for a deleted one, when it went.
    pub sys_updated_on: String,
    /// The record's count after the change; for a deleted one, its last.
    pub sys_mod_count: i64,
}

/// Changes that are asked for but no longer known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the changes up to {0} are forgotten: ask for those since {0}")]
pub struct Forgotten(pub u64);

/// The journal of an instance.
#[derive(Debug)]
pub struct Changes {
    kept: usize,
    /// Held from before a write begins until its changes are in order.
    writing: Mutex<()>,
    pending: Mutex<Vec<Change>>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    last: u64,
    changes: VecDeque<Change>,
}

impl Default for Changes {
    fn default() -> Self {
        Changes::keeping(KEPT)
    }
}

impl Changes {
    fn keeping(kept: usize) -> Self {
        Changes { kept, writing: Mutex::default(), pending: Mutex::default(), known: Mutex::default() }
    }

    /// The changes after `since`, at most `limit`.
    pub fn since(&self, since: u64, limit: usize) -> Result<Vec<Change>, Forgotten> {
        let known = lock(&self.known);
        let before = known.last - known.changes.len() as u64;
        let skipped = since.checked_sub(before).ok_or(Forgotten(before))?;
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        Ok(known.changes.iter().skip(skipped).take(limit).cloned().collect())
    }

    /// The number of the last change; 0 before the first.
    pub fn last(&self) -> u64 {
        lock(&self.known).last
    }

    /// Runs a write in one transaction: its changes are known when it has succeeded, else never.
    pub(crate) fn within<T, E>(&self, write: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let _writing = lock(&self.writing);
        // A write that panicked has left what it noted.
        lock(&self.pending).clear();
        let done = write()?;
        let mut known = lock(&self.known);
        for mut change in lock(&self.pending).drain(..) {
            known.last += 1;
            change.seq = known.last;
            if known.changes.len() == self.kept {
                known.changes.pop_front();
            }
            known.changes.push_back(change);
        }
        Ok(done)
    }

    /// Notes a change of the write that runs.
    pub(crate) fn note(&self, change: Change) {
        lock(&self.pending).push(change);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(sys_id: &str) -> Change {
        Change {
            seq: 0,
            table: "incident".into(),
            sys_id: sys_id.into(),
            operation: Operation::Insert,
            sys_updated_on: String::new(),
            sys_mod_count: 0,
        }
    }

    fn ids(changes: &[Change]) -> String {
        changes.iter().map(|change| format!("{}{}", change.seq, change.sys_id)).collect()
    }

    #[test]
    fn only_what_was_committed_and_not_what_is_long_past() {
        let changes = Changes::keeping(3);
        let write = |names: &[&str], good: bool| {
            let done = changes.within(|| {
                names.iter().for_each(|name| changes.note(change(name)));
                if good { Ok(()) } else { Err(()) }
            });
            assert_eq!(done.is_ok(), good);
        };
        assert_eq!((changes.last(), changes.since(0, 9)), (0, Ok(vec![])));
        write(&["a", "b"], true);
        write(&["c"], false);
        write(&["d"], true);
        assert_eq!(ids(&changes.since(0, 9).unwrap()), "1a2b3d");
        write(&["e", "f"], true);
        assert_eq!(changes.since(1, 9), Err(Forgotten(2)));
        for (since, limit, expected) in [(2, 9, "3d4e5f"), (2, 1, "3d"), (4, 9, "5f"), (5, 9, ""), (9, 9, "")]
        {
            assert_eq!(ids(&changes.since(since, limit).unwrap()), expected, "{since}");
        }
    }

    #[test]
    fn a_write_that_panics_leaves_nothing() {
        let changes = Changes::default();
        let panics = std::panic::AssertUnwindSafe(|| {
            let _ = changes.within::<(), ()>(|| {
                changes.note(change("a"));
                panic!("a test")
            });
        });
        assert!(std::panic::catch_unwind(panics).is_err());
        let good = || {
            changes.note(change("b"));
            Ok::<_, ()>(())
        };
        changes.within(good).unwrap();
        assert_eq!(ids(&changes.since(0, 9).unwrap()), "1b");
    }
}
