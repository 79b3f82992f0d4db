//! Fills a new instance with data: the out-of-box demo rows and, around them, an invented company at work.
//!
//! The same plan gives the same rows on every machine: row `i` of a table is a function of the plan and `i`
//! alone, made when it is needed and dropped when it is written, so memory does not grow with the number of rows.
//! It refuses to fill an instance that was filled under another plan.

mod calendar;
mod changes;
mod demo;
mod dice;
mod estate;
mod incidents;
mod journal;
mod knowledge;
mod people;
mod plan;
mod platform;
mod problems;
mod requests;
mod row;
mod series;
mod service_levels;
mod source;
mod task;
#[cfg(test)]
mod tests;
mod words;
mod world;
mod writer;

use std::collections::BTreeMap;

use crate::store::{self, Store};

pub use plan::Plan;

/// How far the filling is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows written.
    pub rows: u64,
    /// Rows to write.
    pub total: u64,
    /// The physical table being written, or `indexes`.
    pub step: &'static str,
}

/// What the instance holds after [`fill`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows written per physical table.
    pub rows: BTreeMap<String, u64>,
    /// The instance was filled under the same plan before; nothing was written.
    pub kept: bool,
}

/// Why an instance was not filled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file holds rows of another plan.
    #[error("the file was generated with {found}, not with {asked}: choose another file or the same numbers")]
    OtherPlan {
        /// In the file.
        found: String,
        /// Asked for.
        asked: String,
    },
    /// More records than the generator can number.
    #[error("{asked} records are more than the {most} that can be generated")]
    TooMany {
        /// Asked for.
        asked: u64,
        /// The limit.
        most: u64,
    },
    /// The embedded demo rows do not fit the dictionary.
    #[error("demo rows: {0}")]
    Demo(String),
    /// The file failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Error::Store(error.into())
    }
}

/// Fills the instance, or finds that it was filled under the same plan.
///
/// An instance whose filling failed half way is of no use; [`Store::open`] refuses it from then on.
pub fn fill(store: &Store, plan: &Plan, progress: &mut dyn FnMut(Progress)) -> Result<Summary, Error> {
    plan.check()?;
    let asked = plan.describe();
    if let Some(found) = store.note("plan")? {
        if found == asked {
            return Ok(Summary { kept: true, ..Summary::default() });
        }
        return Err(Error::OtherPlan { found, asked });
    }
    let schema = store.schema();
    let world = world::World::new(plan, &schema)?;
    let storages = source::storages(&world);
    let rows = store.bulk(|connection| {
        let rows = writer::write(connection, &world, &storages, progress)?;
        let total = rows.values().sum();
        progress(Progress { rows: total, total, step: "indexes" });
        store::build_indexes(connection)?;
        store::settle_counters(connection, &schema)?;
        store::set_note(connection, "plan", &asked)?;
        Ok::<_, Error>(rows)
    })?;
    // The demo rows hold business rules.
    store.reload_schema()?;
    Ok(Summary { rows, kept: false })
}
