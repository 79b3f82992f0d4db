//! Replay: the rows of a log of another instance happen here, one after the other, at a chosen speed.
//!
//! The first row of a record makes it, each further one changes it to what the row says, and the last one is the state
//! it ends in. What the log says is the truth: no rule of this instance has a say. Only the stamps and the count of
//! changes are this instance's own, as those who watch it by them could not see changes of years ago.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::changes::Operation;
use crate::engine::{Engine, Error};
use crate::load::Load;
use crate::load::events::{Event, Events};
use crate::pace::Steps;
use crate::records::told;
use crate::store;

/// What is replayed, and how fast.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The table that the records go into.
    pub table: String,
    /// The log: a csv file with a header, or a zip archive with one such file.
    pub file: PathBuf,
    /// Its map, as for loading; it needs a key and a column for `sys_updated_on`.
    pub map: PathBuf,
    /// How fast time passes.
    pub speed: Speed,
}

/// How fast time passes in a replay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many times as fast as the log.
    Times(f64),
    /// As fast as the instance can.
    Max,
}

/// A speed that is none.
#[derive(Debug, thiserror::Error)]
#[error("write a number over 0, as in 3600, or max")]
pub struct BadSpeed;

impl FromStr for Speed {
    type Err = BadSpeed;

    fn from_str(text: &str) -> Result<Self, BadSpeed> {
        if text.eq_ignore_ascii_case("max") {
            return Ok(Speed::Max);
        }
        let times: f64 = text.trim_end_matches(['x', 'X']).parse().map_err(|_| BadSpeed)?;
        if times.is_finite() && times > 0.0 { Ok(Speed::Times(times)) } else { Err(BadSpeed) }
    }
}

impl Replay {
    pub(crate) fn load(&self) -> Load {
        Load { table: self.table.clone(), file: self.file.clone(), map: self.map.clone() }
    }
}

/// How far a replay is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Whether it goes on.
    pub running: bool,
    /// Whether every row has happened.
    pub complete: bool,
    /// Rows of the log.
    pub events: u64,
    /// Rows that have happened.
    pub done: u64,
    /// Records of the log.
    pub records: u64,
    /// Records made.
    pub inserted: u64,
    /// Changes of records.
    pub updated: u64,
    /// Rows that could not be written.
    pub failed: u64,
    /// For how long, in seconds.
    pub seconds: f64,
    /// How late the last row was, in seconds.
    pub behind: f64,
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

/// A replay at work.
pub(crate) struct Replaying {
    events: Events,
    next: usize,
    speed: Speed,
    told: Arc<Told>,
}

impl Replaying {
    pub(crate) fn new(events: Events, speed: Speed, told: Arc<Told>) -> Self {
        *told.lock() = Report {
            running: true,
            events: events.events.len() as u64,
            records: events.ids.len() as u64,
            ..Report::default()
        };
        Replaying { events, next: 0, speed, told }
    }

    fn at(&self, event: &Event) -> Duration {
        let first = self.events.events.first().map_or(event.at, |first| first.at);
        match self.speed {
            Speed::Max => Duration::ZERO,
            #[expect(clippy::cast_precision_loss, reason = "seconds of thousands of years are exact")]
            Speed::Times(times) => {
                let seconds = event.at.abs_diff(first) as f64 / times;
                Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
            }
        }
    }

    fn write(&self, engine: &Engine, event: &Event) -> Result<Operation, Error> {
        let schema = engine.schema();
        // As the dictionary is now: a column may have been added.
        let table = schema.table(&self.events.table.name).unwrap_or(&self.events.table);
        let row = told::Row {
            table,
            sys_id: &self.events.ids[event.record as usize],
            defaults: &self.events.defaults,
            values: &self.events.values(event),
        };
        engine.write(|transaction| told::write(transaction, engine, &schema, &row))
    }
}

impl Steps for Replaying {
    fn due(&self) -> Option<Duration> {
        self.events.events.get(self.next).map(|event| self.at(event))
    }

    fn take(&mut self, engine: &Engine, elapsed: Duration) {
        let event = &self.events.events[self.next];
        let done = self.write(engine, event);
        let mut report = self.told.lock();
        report.done += 1;
        report.seconds = elapsed.as_secs_f64();
        if self.speed != Speed::Max {
            report.behind = elapsed.saturating_sub(self.at(event)).as_secs_f64();
        }
        match done {
            Ok(Operation::Insert) => report.inserted += 1,
            Ok(_) => report.updated += 1,
            Err(error) => {
                tracing::warn!(%error, "a row of the replayed log was refused");
                report.failed += 1;
            }
        }
        drop(report);
        self.next += 1;
    }

    fn over(&mut self, engine: &Engine, elapsed: Duration) {
        // Numbers that are given out from now on come after those of the log.
        let schema = engine.schema();
        if let Err(error) = engine.write(|transaction| Ok(store::settle_counters(transaction, &schema)?)) {
            tracing::warn!(%error, "the automatic numbers do not come after those of the log");
        }
        let mut report = self.told.lock();
        report.running = false;
        report.complete = self.next == self.events.events.len();
        report.seconds = elapsed.as_secs_f64();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds() {
        for (text, expected) in [
            ("max", Some(Speed::Max)),
            ("MAX", Some(Speed::Max)),
            ("3600", Some(Speed::Times(3600.0))),
            ("0.5x", Some(Speed::Times(0.5))),
            ("0", None),
            ("-1", None),
            ("inf", None),
            ("NaN", None),
            ("fast", None),
        ] {
            assert_eq!(text.parse::<Speed>().ok(), expected, "{text}");
        }
    }
}
