//! An instance that lives: records come, change, are resolved and go while nobody asks for it.
//!
//! Each change is a write through the engine by one of the users, as a request of theirs would be, so that rules,
//! journals, audits and counts see it. The script follows from the seed: on the same data the same seed does the same
//! to the same records. What is done is told in numbers here and record by record in [`crate::changes`].

mod cast;
mod script;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::engine::{Engine, Error};
use crate::pace::Steps;
use script::{Done, Script};

/// Who is later does not catch up: so much is forgiven.
const PATIENCE: Duration = Duration::from_secs(1);
/// More is not possible anyhow.
const FASTEST: f64 = 10_000.0;

/// How much happens by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activity {
    rate: f64,
    seed: u64,
}

/// A rate that is none.
#[derive(Debug, thiserror::Error)]
#[error("the rate of activity must be over 0 and at most 10000 changes a second")]
pub struct BadRate;

/// What has happened by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Whether it goes on.
    pub running: bool,
    /// Changes a second that were asked for.
    pub rate: f64,
    /// Changes a second that were made.
    pub achieved: f64,
    /// For how long, in seconds.
    pub seconds: f64,
    /// Changes that were left out because the instance did not keep up.
    pub left_out: u64,
    /// Records made.
    pub inserted: u64,
    /// Records changed, comments included.
    pub updated: u64,
    /// Incidents resolved.
    pub resolved: u64,
    /// Records deleted.
    pub deleted: u64,
    /// Changes that were refused, or whose record was gone.
    pub failed: u64,
}

impl Activity {
    /// So many changes a second; 0.5 is one every two seconds.
    pub fn new(rate: f64, seed: u64) -> Result<Self, BadRate> {
        if rate > 0.0 && rate <= FASTEST { Ok(Activity { rate, seed }) } else { Err(BadRate) }
    }
}

/// A report that is being written.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Report>);

impl Told {
    pub(crate) fn read(&self) -> Report {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    fn changes(&self) -> u64 {
        self.inserted + self.updated + self.resolved + self.deleted
    }

    fn note(&mut self, done: Option<Done>) {
        let count = match done {
            Some(Done::Inserted) => &mut self.inserted,
            Some(Done::Updated) => &mut self.updated,
            Some(Done::Resolved) => &mut self.resolved,
            Some(Done::Deleted) => &mut self.deleted,
            None => &mut self.failed,
        };
        *count += 1;
    }

    fn at(&mut self, elapsed: Duration) {
        self.seconds = elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than the first digits")]
        let changes = self.changes() as f64;
        self.achieved = if self.seconds > 0.0 { changes / self.seconds } else { 0.0 };
    }
}

/// The activity at work.
pub(crate) struct Living {
    rate: f64,
    /// Changes that were due so far.
    passed: u64,
    script: Script,
    told: Arc<Told>,
}

impl Living {
    /// Looks for users and records. Blocks on the store.
    pub(crate) fn new(engine: &Engine, activity: Activity, told: Arc<Told>) -> Result<Self, Error> {
        let script = Script::new(engine, activity.seed)?;
        let report = Report { running: true, rate: activity.rate, ..Report::default() };
        *told.lock() = report;
        Ok(Living { rate: activity.rate, passed: 0, script, told })
    }

    #[expect(clippy::cast_precision_loss, reason = "in 2^53 changes a change more or less does not matter")]
    fn at(&self, change: u64) -> Duration {
        Duration::try_from_secs_f64(change as f64 / self.rate).unwrap_or(Duration::MAX)
    }
}

impl Steps for Living {
    fn due(&self) -> Option<Duration> {
        // The first one is due after one interval, not at the start.
        Some(self.at(self.passed + 1))
    }

    fn take(&mut self, engine: &Engine, elapsed: Duration) {
        let late = elapsed.saturating_sub(self.at(self.passed + 1));
        let mut left_out = 0;
        if late > PATIENCE {
            while self.at(self.passed + 2) <= elapsed {
                self.passed += 1;
                left_out += 1;
            }
        }
        let done = self.script.next(engine);
        self.passed += 1;
        let mut report = self.told.lock();
        report.left_out += left_out;
        report.note(done);
        report.at(elapsed);
    }

    fn over(&mut self, _: &Engine, elapsed: Duration) {
        let mut report = self.told.lock();
        report.running = false;
        report.at(elapsed);
    }
}

#[cfg(test)]
mod tests;
