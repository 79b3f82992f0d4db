//! Deleting a row: its attachments and journal entries go with it, nothing else does.

use rusqlite::Connection;

use super::insert::new_sys_id;
use super::row::Record;
use super::rules::{self, Change};
use crate::engine::{Engine, find};
use crate::error::Error;
use crate::query::quoted;
use crate::session::Session;
use crate::value::{literal, raw};

/// Deletes a row in one transaction.
pub(crate) fn delete(engine: &Engine, session: &Session, table: &str, sys_id: &str) -> Result<(), Error> {
    let schema = engine.schema();
    let table = find(&schema, table)?;
    if !session.may_write(&schema, table) {
        return Err(Error::WriteForbidden { operation: "Delete" });
    }
    engine.write(|transaction| {
        let record = Record::load(transaction, &schema, table, sys_id)?.ok_or(Error::NotFound)?;
        let now = engine.now().format(literal::DATE_TIME).to_string();
        let change = Change { engine, schema: &schema, session, now: &now, old: Some(&record), fields: &[] };
        rules::abort(&change, transaction, &record, "action_delete")?;
        let sys_id = record.text("sys_id");
        let sql = format!("DELETE FROM {} WHERE {} = ?1", quoted(&table.storage), quoted("sys_id"));
        transaction.execute(&sql, [sys_id])?;
        dependents(transaction, sys_id)?;
        if record.table.audit {
            tombstone(transaction, session, &record, &now)?;
        }
        rules::check_dictionary(transaction, &record.table)
    })?;
    if rules::is_dictionary(table) {
        engine.store().reload_schema()?;
    }
    Ok(())
}

fn dependents(connection: &Connection, sys_id: &str) -> Result<(), Error> {
    const DEPENDENTS: [&str; 3] = [
        "DELETE FROM sys_attachment_doc WHERE sys_attachment = ?1 \
         OR sys_attachment IN (SELECT sys_id FROM sys_attachment WHERE table_sys_id = ?1)",
        "DELETE FROM sys_attachment WHERE table_sys_id = ?1",
        "DELETE FROM sys_journal_field WHERE element_id = ?1",
    ];
    for sql in DEPENDENTS {
        connection.prepare_cached(sql)?.execute([sys_id])?;
    }
    Ok(())
}

/// The only trace of a deleted row that REST shows.
fn tombstone(connection: &Connection, session: &Session, record: &Record, now: &str) -> Result<(), Error> {
    const TOMBSTONE: &str = "INSERT INTO sys_audit_delete (sys_id, tablename, documentkey, display_value, user, \
         sys_created_on, sys_created_by, sys_updated_on, sys_updated_by, sys_mod_count) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6, ?5, 0)";
    let display = record.table.display();
    connection.prepare_cached(TOMBSTONE)?.execute((
        new_sys_id(),
        &record.table.name,
        record.text("sys_id"),
        raw::text(display.kind, record.get(&display.element)),
        &session.user_name,
        now,
    ))?;
    Ok(())
}
