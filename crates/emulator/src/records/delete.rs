//! Deleting a row: its attachments and journal entries go with it, nothing else does.

use rusqlite::Connection;

use super::row::Record;
use super::rules::{self, Change};
use super::{audit, guard, note_at};
use crate::changes;
use crate::engine::{Engine, find};
use crate::error::Error;
use crate::query::quoted;
use crate::rulebook::{Action, Grant, Operation, When};
use crate::schema::Schema;
use crate::session::Session;
use crate::value::literal;

/// Deletes a row in one transaction.
pub(crate) fn delete(engine: &Engine, session: &Session, table: &str, sys_id: &str) -> Result<(), Error> {
    let schema = engine.schema();
    let table = find(&schema, table)?;
    let grant = session.may_write(&schema, table, Operation::Delete);
    if grant == Grant::Closed {
        return Err(Error::WriteForbidden { operation: "Delete" });
    }
    engine.write(|transaction| {
        let mut record = Record::load(transaction, &schema, table, sys_id)?.ok_or(Error::NotFound)?;
        if !guard::covers(engine, &schema, session, transaction, (table, sys_id), &grant)? {
            return Err(Error::WriteForbidden { operation: "Delete" });
        }
        let now = engine.now().format(literal::DATE_TIME).to_string();
        let old = record.clone();
        let change = Change { engine, schema: &schema, session, now: &now, old: Some(&old), fields: &[] };
        rules::run_scripts(&change, transaction, &mut record, When::Before, Action::Delete)?;
        let sys_id = record.text("sys_id");
        let sql = format!("DELETE FROM {} WHERE {} = ?1", quoted(&table.storage), quoted("sys_id"));
        transaction.execute(&sql, [sys_id])?;
        dependents(transaction, &schema, sys_id)?;
        audit::tombstone(&change, transaction, &record)?;
        rules::check_dictionary(transaction, &record.table)?;
        note_at(engine, &record, changes::Operation::Delete, &now);
        Ok(())
    })?;
    if rules::is_dictionary(table) {
        engine.store().reload_schema()?;
    }
    Ok(())
}

fn dependents(connection: &Connection, schema: &Schema, sys_id: &str) -> Result<(), Error> {
    const DEPENDENTS: [&str; 3] = [
        "DELETE FROM sys_attachment_doc WHERE sys_attachment = ?1 \
         OR sys_attachment IN (SELECT sys_id FROM sys_attachment WHERE table_sys_id = ?1)",
        "DELETE FROM sys_attachment WHERE table_sys_id = ?1",
        "DELETE FROM sys_journal_field WHERE element_id = ?1",
    ];
    // Files of older versions lack the table.
    if schema.table("sys_attachment_attribute").is_some() {
        const ATTRIBUTES: &str = "DELETE FROM sys_attachment_attribute WHERE attachment = ?1 \
             OR attachment IN (SELECT sys_id FROM sys_attachment WHERE table_sys_id = ?1)";
        connection.prepare_cached(ATTRIBUTES)?.execute([sys_id])?;
    }
    for sql in DEPENDENTS {
        connection.prepare_cached(sql)?.execute([sys_id])?;
    }
    Ok(())
}
