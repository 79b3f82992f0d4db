//! Import sets: rows come into a staging table, and transform maps carry them to others.
//!
//! Maps are rows of `sys_transform_map` and `sys_transform_entry`. Scripts of maps are not run. Target rows are
//! written with all that writing does, but for access rules: those guard the staging table.

mod map;
mod staging;
mod transform;

use std::sync::Arc;

use crate::engine::Engine;
use crate::error::Error;
use crate::schema::Table;
use crate::session::Session;

pub(crate) use staging::{imported, load};

/// Fields of a write.
type Fields = Vec<(String, Option<String>)>;

/// A row that has come in, and what became of it.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// The import set's number.
    pub import_set: String,
    /// Where it came in.
    pub staging_table: String,
    /// Its sys_id there.
    pub sys_id: String,
    /// One for each map.
    pub results: Vec<ImportResult>,
}

/// What a transform map did with a row.
#[derive(Clone, Debug)]
pub struct ImportResult {
    /// The map's name.
    pub map: String,
    /// The table it leads to.
    pub table: String,
    /// What it did.
    pub status: ImportStatus,
    /// The row it wrote or found; none after an error.
    pub target: Option<ImportTarget>,
    /// Why it failed.
    pub error: Option<String>,
}

/// A row that a map wrote or found.
#[derive(Clone, Debug)]
pub struct ImportTarget {
    /// Its sys_id.
    pub sys_id: String,
    /// The column that names it.
    pub display_name: String,
    /// The name.
    pub display_value: String,
}

/// What a map did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStatus {
    /// A row was made.
    Inserted,
    /// A row was changed.
    Updated,
    /// The row was as it should be, or there was nothing to write.
    Ignored,
    /// It failed.
    Error,
}

impl ImportStatus {
    /// As the platform writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            ImportStatus::Inserted => "inserted",
            ImportStatus::Updated => "updated",
            ImportStatus::Ignored => "ignored",
            ImportStatus::Error => "error",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [ImportStatus::Inserted, ImportStatus::Updated, ImportStatus::Ignored, ImportStatus::Error]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// Rows that wait to be transformed.
#[derive(Clone, Debug)]
pub struct ImportSet {
    /// Its sys_id.
    pub sys_id: String,
    /// Its number.
    pub number: String,
    table: Arc<Table>,
    rows: Vec<String>,
}

/// Takes one row in and transforms it.
pub(crate) fn import(
    engine: &Engine,
    session: &Session,
    table: &str,
    fields: Fields,
) -> Result<ImportRow, Error> {
    let set = load(engine, session, table, vec![fields])?;
    let sys_id = set.rows.first().cloned().unwrap_or_default();
    let results = transform::row(engine, session, &set.table, &sys_id)?;
    staging::processed(engine, &set)?;
    Ok(ImportRow { import_set: set.number, staging_table: set.table.name.clone(), sys_id, results })
}

/// Transforms the rows of a set.
pub(crate) fn transform(engine: &Engine, session: &Session, set: &ImportSet) -> Result<(), Error> {
    for sys_id in &set.rows {
        match transform::row(engine, session, &set.table, sys_id) {
            // Someone has deleted it meanwhile.
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    staging::processed(engine, set)
}
