//! What is kept of changes: a row of `sys_audit` per changed field, and what is left of a deleted row.
//!
//! Only tables that the dictionary marks are audited, and inserts are not, as on the platform.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::insert::new_sys_id;
use super::row::Record;
use super::rules::Change;
use super::touch::Entry;
use crate::error::Error;
use crate::schema::Kind;
use crate::value::raw;

/// Stamps say who and when, which the audit's own rows say too.
const STAMPS: [&str; 3] = ["sys_updated_on", "sys_updated_by", "sys_mod_count"];

/// Notes what a write has changed, and what it has added to journals.
pub(crate) fn changes(
    change: &Change<'_>,
    connection: &Connection,
    old: &Record,
    new: &Record,
    entries: &[Entry],
) -> Result<(), Error> {
    if !new.table.audit {
        return Ok(());
    }
    let changed = new.changes(old).into_iter().filter(|name| !STAMPS.contains(&name.as_str()));
    for name in changed {
        let Some(column) = new.table.column(&name).filter(|column| column.kind != Kind::Password) else {
            continue;
        };
        let text = |row: &Record| raw::text(column.kind, row.get(&name));
        note(change, connection, new, &name, [text(old), text(new)])?;
    }
    for entry in entries {
        note(change, connection, new, &entry.element, [String::new(), entry.text.clone()])?;
    }
    Ok(())
}

fn note(
    change: &Change<'_>,
    connection: &Connection,
    record: &Record,
    field: &str,
    [from, to]: [String; 2],
) -> Result<(), Error> {
    const NOTE: &str = "INSERT INTO sys_audit (sys_id, tablename, fieldname, documentkey, user, oldvalue, newvalue, \
         record_checkpoint, sys_created_on, sys_created_by, sys_updated_on, sys_updated_by, sys_mod_count) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?5, ?9, ?5, 0)";
    let stored = |text: String| Some(text).filter(|text| !text.is_empty());
    connection.prepare_cached(NOTE)?.execute((
        new_sys_id(),
        &record.table.name,
        field,
        record.text("sys_id"),
        &change.session.user_name,
        stored(from),
        stored(to),
        record.integer("sys_mod_count").unwrap_or(0),
        change.now,
    ))?;
    Ok(())
}

/// The only trace of a deleted row that REST shows, with all that it held.
pub(crate) fn tombstone(change: &Change<'_>, connection: &Connection, record: &Record) -> Result<(), Error> {
    const TOMBSTONE: &str = "INSERT INTO sys_audit_delete (sys_id, tablename, documentkey, display_value, payload, \
         user, sys_created_on, sys_created_by, sys_updated_on, sys_updated_by, sys_mod_count) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?7, ?6, 0)";
    if !record.table.audit {
        return Ok(());
    }
    let display = record.table.display();
    connection.prepare_cached(TOMBSTONE)?.execute((
        new_sys_id(),
        &record.table.name,
        record.text("sys_id"),
        raw::text(display.kind, record.get(&display.element)),
        payload(record),
        &change.session.user_name,
        change.now,
    ))?;
    Ok(())
}

/// The row as XML, as an export of it would be.
fn payload(record: &Record) -> String {
    use quick_xml::escape::escape;
    let table = &record.table.name;
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><record_update table=\"{table}\"><{table} action=\"DELETE\">"
    );
    for column in &record.table.columns {
        let element = &column.element;
        if matches!(column.kind, Kind::Password | Kind::Journal | Kind::JournalList) {
            continue;
        }
        match record.get(element) {
            Value::Null => xml.push_str(&format!("<{element}/>")),
            value => {
                let text = raw::text(column.kind, value);
                xml.push_str(&format!("<{element}>{}</{element}>", escape(text.as_str())));
            }
        }
    }
    xml.push_str(&format!("</{table}></record_update>"));
    xml
}
