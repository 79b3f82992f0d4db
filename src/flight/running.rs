//! Which readings run, so that they can be looked at and cancelled.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::ticket::Grant;
use crate::error::Error;
use crate::export::Report;

/// How many cancelled exports are remembered: their tickets would be good otherwise.
const MOST_CANCELLED: usize = 10_000;

/// All readings of a gateway.
#[derive(Clone, Default)]
pub(super) struct Running(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    next: u64,
    readings: HashMap<u64, One>,
    cancelled: HashSet<String>,
}

struct One {
    export: String,
    user: String,
    table: String,
    stop: CancellationToken,
    started: Instant,
    rows: u64,
    bytes: u64,
}

/// A reading, as it is shown.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shown {
    export: String,
    table: String,
    rows: u64,
    bytes: u64,
    seconds: f64,
}

/// What a reading of a cancelled export ends with.
pub(super) fn cancelled(export: &str) -> Error {
    Error::ExportCancelled { export: export.to_owned() }
}

/// A reading's place in the list; it leaves when this is dropped.
pub(super) struct Entry {
    running: Running,
    number: u64,
    export: String,
    stop: CancellationToken,
}

impl Running {
    /// Begins a reading, unless its export was cancelled. It ends with `drain`.
    pub(super) fn enter(&self, grant: &Grant, drain: &CancellationToken) -> Result<Entry, Error> {
        let mut inner = self.lock();
        if inner.cancelled.contains(&grant.export) {
            return Err(cancelled(&grant.export));
        }
        let (number, stop) = (inner.next, drain.child_token());
        inner.next += 1;
        let one = One {
            export: grant.export.clone(),
            user: grant.user.clone(),
            table: grant.command.table.clone(),
            stop: stop.clone(),
            started: Instant::now(),
            rows: 0,
            bytes: 0,
        };
        inner.readings.insert(number, one);
        Ok(Entry { running: self.clone(), number, export: grant.export.clone(), stop })
    }

    /// Ends an export's readings, and makes its tickets worthless; says how many ran.
    pub(super) fn cancel(&self, export: &str) -> Result<usize, Error> {
        let mut inner = self.lock();
        if inner.cancelled.len() >= MOST_CANCELLED && !inner.cancelled.contains(export) {
            return Err(Error::invalid(
                "export",
                "cannot be cancelled: too many were; let its tickets expire",
            ));
        }
        inner.cancelled.insert(export.to_owned());
        let mine = inner.readings.values().filter(|one| one.export == export);
        Ok(mine.inspect(|one| one.stop.cancel()).count())
    }

    /// What runs of the user's, of everybody's where none is named; the oldest first.
    pub(super) fn shown(&self, user: Option<&str>) -> Vec<Shown> {
        let inner = self.lock();
        let mut readings: Vec<_> = inner.readings.iter().collect();
        readings.sort_by_key(|(number, _)| **number);
        let show = |one: &One| Shown {
            export: one.export.clone(),
            table: one.table.clone(),
            rows: one.rows,
            bytes: one.bytes,
            seconds: one.started.elapsed().as_secs_f64(),
        };
        let theirs = |one: &One| user.is_none_or(|user| one.user == user);
        readings.into_iter().filter(|(_, one)| theirs(one)).map(|(_, one)| show(one)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Ends the reading.
    pub(super) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// What a reading that was stopped ends with: its export was cancelled, or the gateway stops.
    pub(super) fn ended(&self, error: Error) -> Error {
        let cancelled_here = self.running.lock().cancelled.contains(&self.export);
        match error {
            Error::Draining if cancelled_here => cancelled(&self.export),
            other => other,
        }
    }

    /// How far it is.
    pub(super) fn note(&self, report: &Report) {
        if let Some(one) = self.running.lock().readings.get_mut(&self.number) {
            (one.rows, one.bytes) = (report.rows, report.bytes);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.running.lock().readings.remove(&self.number);
    }
}
