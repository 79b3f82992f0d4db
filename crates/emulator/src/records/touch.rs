//! What a write names, put into the row: stored values, and the journal entries it leaves.

use std::sync::Arc;

use rusqlite::Connection;

use super::row::Record;
use super::{WriteMode, guard, insert};
use crate::engine::Engine;
use crate::error::Error;
use crate::rulebook::{Grant, Operation};
use crate::schema::{Kind, Table};
use crate::session::Session;
use crate::value::input::Inputs;

/// Columns that only the platform writes.
const AUTOMATIC: [&str; 5] =
    ["sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count"];

/// An entry of a journal column.
pub(crate) struct Entry {
    pub(crate) element: String,
    pub(crate) text: String,
}

/// Puts the fields of a request into a row, which is a stored one where there is an `engine` to ask it. Names that are
/// no column of the table are ignored, and so are passwords, which cannot be set through the API, and fields that access
/// rules keep from the caller.
pub(crate) fn apply(
    inputs: &Inputs<'_>,
    table: &Table,
    fields: &[(String, Option<String>)],
    mode: &WriteMode,
    stored: Option<&Engine>,
    record: &mut Record,
) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    let row = (Arc::clone(&record.table), record.text("sys_id").to_owned());
    for (name, text) in fields {
        let Some(column) = table.column(name) else { continue };
        let text = text.as_deref().unwrap_or_default();
        let automatic = AUTOMATIC.contains(&name.as_str()) && !mode.suppress_auto_sys_field;
        if automatic || name == "sys_id" || name == "sys_class_name" {
            continue;
        }
        if !may_set(inputs, stored, (&row.0, &row.1), name)? {
            continue;
        }
        if column.kind == Kind::Journal {
            if !text.is_empty() {
                entries.push(Entry { element: name.clone(), text: text.to_owned() });
            }
            continue;
        }
        // The class of the row knows the choices that the base table does not.
        let class = record.table.clone();
        let column = class.column(name).unwrap_or(column);
        if let Some(value) = inputs.read(&class, column, text)? {
            record.set(name, value);
        }
    }
    Ok(entries)
}

/// Whether the caller may set a field. A rule that asks the row is asked of a stored one; a new row has nothing yet
/// that it could be asked.
fn may_set(
    inputs: &Inputs<'_>,
    stored: Option<&Engine>,
    row: (&Arc<Table>, &str),
    element: &str,
) -> Result<bool, Error> {
    let (schema, session) = (inputs.schema, inputs.session);
    let operation = if stored.is_some() { Operation::Write } else { Operation::Create };
    let grant = session.may_write_field(schema, row.0, element, operation);
    match (&grant, stored) {
        (Grant::Where(_), Some(engine)) => {
            guard::covers(engine, schema, session, inputs.connection, row, &grant)
        }
        (Grant::Where(_), None) | (Grant::Open, _) => Ok(true),
        (Grant::Closed, _) => Ok(false),
    }
}

/// Writes journal entries of a record.
pub(crate) fn journal(
    connection: &Connection,
    session: &Session,
    record: &Record,
    now: &str,
    entries: &[Entry],
) -> Result<(), Error> {
    const ENTRY: &str = "INSERT INTO sys_journal_field (sys_id, name, element, element_id, value, \
                         sys_created_on, sys_created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let mut statement = connection.prepare_cached(ENTRY)?;
    for entry in entries {
        statement.execute((
            entry_id(connection, record.text("sys_id"), now)?,
            &record.table.name,
            &entry.element,
            record.text("sys_id"),
            &entry.text,
            now,
            &session.user_name,
        ))?;
    }
    Ok(())
}

/// The sys_id of a new entry. Times have no fractions, so entries of one second are told apart by their ids: a later one
/// has the next higher id, or a record would show them in any order.
fn entry_id(connection: &Connection, record: &str, now: &str) -> Result<String, Error> {
    const NEWEST: &str =
        "SELECT max(sys_id) FROM sys_journal_field WHERE element_id = ?1 AND sys_created_on = ?2";
    let newest: Option<String> =
        connection.prepare_cached(NEWEST)?.query_row((record, now), |row| row.get(0))?;
    let newest = newest.and_then(|id| u128::from_str_radix(&id, 16).ok());
    let next = newest.and_then(|id| id.checked_add(1));
    Ok(next.map_or_else(insert::new_sys_id, |id| format!("{id:032x}")))
}
