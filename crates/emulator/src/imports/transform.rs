//! A row through its maps.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params_from_iter};

use super::map::Map;
use super::{Fields, ImportResult, ImportStatus, ImportTarget, map, staging};
use crate::engine::{Engine, find};
use crate::error::Error;
use crate::query::quoted;
use crate::records::{self, Record, WriteMode};
use crate::schema::{Kind, Schema, Table};
use crate::session::Session;
use crate::value::input::Inputs;
use crate::value::raw;

/// Labels and names are as good as values.
const MODE: WriteMode = WriteMode { input_display_value: true, suppress_auto_sys_field: false };

/// Carries a row through every map of its table. What goes wrong with a map is its result's to say.
pub(super) fn row(
    engine: &Engine,
    session: &Session,
    table: &Arc<Table>,
    sys_id: &str,
) -> Result<Vec<ImportResult>, Error> {
    let schema = engine.schema();
    let (mut row, maps) = engine.read(|connection| {
        let row = Record::load(connection, &schema, table, sys_id)?.ok_or(Error::NotFound)?;
        Ok::<_, Error>((row, map::of(connection, &table.name)?))
    })?;
    let mut results = Vec::with_capacity(maps.len());
    for map in &maps {
        let done = engine.write(|transaction| through(transaction, engine, &schema, session, map, &row));
        let (status, target, error) = match done {
            Ok((status, target)) => (status, target, None),
            Err(Error::Internal(cause)) => return Err(Error::Internal(cause)),
            Err(error) => (ImportStatus::Error, None, Some(error.to_string())),
        };
        let (name, table) = (map.name.clone(), map.target.clone());
        let result = ImportResult { map: name, table, status, target, error };
        staging::note(engine, &mut row, map, &result)?;
        results.push(result);
    }
    Ok(results)
}

/// One map, in one transaction.
fn through(
    transaction: &Transaction<'_>,
    engine: &Engine,
    schema: &Schema,
    session: &Session,
    map: &Map,
    row: &Record,
) -> Result<(ImportStatus, Option<ImportTarget>), Error> {
    let table = find(schema, &map.target)?;
    let (fields, keys) = mapped(map, row);
    if fields.is_empty() {
        return Ok((ImportStatus::Ignored, None));
    }
    let inputs =
        Inputs { connection: transaction, schema, settings: engine.settings(), session, display: true };
    let (status, sys_id) = match existing(&inputs, table, &keys)? {
        None => {
            let made = records::insert_within(transaction, engine, schema, session, table, &fields, &MODE)?;
            (ImportStatus::Inserted, made)
        }
        Some(sys_id) => {
            let at = (table, sys_id.as_str());
            let changed = records::update_within(transaction, engine, schema, session, at, &fields, &MODE)?;
            (if changed { ImportStatus::Updated } else { ImportStatus::Ignored }, sys_id)
        }
    };
    Ok((status, target(transaction, schema, table, &sys_id)?))
}

/// The target's fields, and those of them that must be the same. Empty ones are left alone.
fn mapped(map: &Map, row: &Record) -> (Fields, Vec<(String, String)>) {
    let (mut fields, mut keys) = (Vec::new(), Vec::new());
    for entry in &map.entries {
        let kind = row.table.column(&entry.source).map_or(Kind::Text, |column| column.kind);
        let text = match row.get(&entry.source) {
            Value::Null => continue,
            value => raw::text(kind, value),
        };
        if entry.coalesce {
            keys.push((entry.target.clone(), text.clone()));
        }
        fields.push((entry.target.clone(), Some(text)));
    }
    (fields, keys)
}

/// The first row that has all the values; none where there are no values to look for.
fn existing(
    inputs: &Inputs<'_>,
    table: &Arc<Table>,
    keys: &[(String, String)],
) -> Result<Option<String>, Error> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    for (element, text) in keys {
        let Some(column) = table.column(element) else { continue };
        let Some(value) = inputs.read(table, column, text)? else { return Ok(None) };
        values.push(value);
        conditions.push(format!("{} = ?{}", quoted(element), values.len()));
    }
    if conditions.is_empty() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT sys_id FROM {} WHERE {} ORDER BY sys_id",
        quoted(&table.storage),
        conditions.join(" AND ")
    );
    let mut statement = inputs.connection.prepare_cached(&sql)?;
    let ids = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(0))?;
    for sys_id in ids {
        let sys_id = sys_id?;
        // Its storage holds other classes too.
        if Record::load(inputs.connection, inputs.schema, table, &sys_id)?.is_some() {
            return Ok(Some(sys_id));
        }
    }
    Ok(None)
}

/// A row as results name it.
pub(super) fn target(
    connection: &Connection,
    schema: &Schema,
    table: &Arc<Table>,
    sys_id: &str,
) -> Result<Option<ImportTarget>, Error> {
    let Some(record) = Record::load(connection, schema, table, sys_id)? else { return Ok(None) };
    let display = table.display();
    Ok(Some(ImportTarget {
        sys_id: record.text("sys_id").to_owned(),
        display_name: display.element.clone(),
        display_value: raw::text(display.kind, record.get(&display.element)),
    }))
}
