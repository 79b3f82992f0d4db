//! Writing a row as it is told: what another instance made of it is the truth.
//!
//! No default of the platform, no rule and no policy has a say. The stamps of the platform, the count of changes and
//! the journal of changes move as with any write.

use std::sync::Arc;

use rusqlite::Transaction;
use rusqlite::types::Value;

use super::note;
use super::row::Record;
use crate::changes::Operation;
use crate::engine::Engine;
use crate::error::Error;
use crate::schema::{Schema, Table};
use crate::value::literal;

/// What the platform says itself, whatever is told.
const AUTOMATIC: [&str; 4] = ["sys_id", "sys_created_on", "sys_updated_on", "sys_mod_count"];

/// A row that is told.
pub(crate) struct Row<'a> {
    pub(crate) table: &'a Arc<Table>,
    pub(crate) sys_id: &'a str,
    /// What a new row begins with.
    pub(crate) defaults: &'a [(String, Value)],
    pub(crate) values: &'a [(&'a str, &'a Value)],
}

/// Writes the row; what that was to it. A row that says nothing new is changed all the same: whoever wrote it there
/// may have changed what is not told.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    engine: &Engine,
    schema: &Schema,
    row: &Row<'_>,
) -> Result<Operation, Error> {
    let now = engine.now().format(literal::DATE_TIME).to_string();
    let Some(old) = Record::load(transaction, schema, row.table, row.sys_id)? else {
        let mut record = Record::new(Arc::clone(row.table));
        for (element, value) in row.defaults {
            record.set(element, value.clone());
        }
        put(&mut record, row);
        record.set("sys_id", row.sys_id.to_owned());
        record.set("sys_created_on", now.clone());
        record.set("sys_updated_on", now);
        record.set("sys_mod_count", 0);
        record.insert(transaction)?;
        note(engine, &record, Operation::Insert);
        return Ok(Operation::Insert);
    };
    let mut new = old.clone();
    put(&mut new, row);
    new.set("sys_updated_on", now);
    new.set("sys_mod_count", old.integer("sys_mod_count").unwrap_or(0).saturating_add(1));
    new.update(transaction, &new.changes(&old))?;
    note(engine, &new, Operation::Update);
    Ok(Operation::Update)
}

fn put(record: &mut Record, row: &Row<'_>) {
    for (element, value) in row.values {
        if !AUTOMATIC.contains(element) {
            record.set(element, (*value).clone());
        }
    }
}
