//! Changing a row. PUT and PATCH are one operation.

use std::sync::Arc;

use rusqlite::Transaction;

use super::row::Record;
use super::rules::{self, Change};
use super::{WriteMode, audit, guard, note, touch};
use crate::changes;
use crate::engine::{Engine, find};
use crate::error::Error;
use crate::rulebook::{Action, Grant, Operation, When};
use crate::schema::{Schema, Table};
use crate::session::Session;
use crate::value::input::Inputs;
use crate::value::literal;

/// Changes a row in one transaction. A request that changes nothing leaves the row untouched, its
/// `sys_mod_count` included.
pub(crate) fn update(
    engine: &Engine,
    session: &Session,
    table: &str,
    sys_id: &str,
    fields: &[(String, Option<String>)],
    mode: &WriteMode,
) -> Result<(), Error> {
    let schema = engine.schema();
    let table = find(&schema, table)?;
    let grant = session.may_write(&schema, table, Operation::Write);
    if grant == Grant::Closed {
        return Err(Error::WriteForbidden { operation: "Update" });
    }
    engine.write(|transaction| {
        let row = (table, sys_id);
        if matches!(grant, Grant::Where(_)) && Record::load(transaction, &schema, table, sys_id)?.is_none() {
            return Err(Error::NotFound);
        }
        if !guard::covers(engine, &schema, session, transaction, row, &grant)? {
            return Err(Error::WriteForbidden { operation: "Update" });
        }
        within(transaction, engine, &schema, session, row, fields, mode)
    })?;
    if rules::is_dictionary(table) {
        engine.store().reload_schema()?;
    }
    Ok(())
}

/// Changes a row in the caller's transaction; whether anything changed. It looks at no access rule.
pub(crate) fn within(
    transaction: &Transaction<'_>,
    engine: &Engine,
    schema: &Schema,
    session: &Session,
    (table, sys_id): (&Arc<Table>, &str),
    fields: &[(String, Option<String>)],
    mode: &WriteMode,
) -> Result<bool, Error> {
    let old = Record::load(transaction, schema, table, sys_id)?.ok_or(Error::NotFound)?;
    let mut new = old.clone();
    let inputs = Inputs {
        connection: transaction,
        schema,
        settings: engine.settings(),
        session,
        display: mode.input_display_value,
    };
    let mut entries = touch::apply(&inputs, table, fields, mode, Some(engine), &mut new)?;
    let now = engine.now().format(literal::DATE_TIME).to_string();
    let change = Change { engine, schema, session, now: &now, old: Some(&old), fields };
    rules::before(&change, transaction, &mut new)?;
    if new.changes(&old).is_empty() && entries.is_empty() {
        return Ok(false);
    }
    if !mode.suppress_auto_sys_field {
        stamp(&change, &mut new);
    }
    new.update(transaction, &new.changes(&old))?;
    let set = rules::run_scripts(&change, transaction, &mut new, When::Before, Action::Update)?;
    entries.extend(set.entries);
    touch::journal(transaction, session, &new, &now, &entries)?;
    audit::changes(&change, transaction, &old, &new, &entries)?;
    after(&change, transaction, &mut new, Action::Update)?;
    rules::check_dictionary(transaction, &new.table)?;
    note(engine, &new, changes::Operation::Update);
    Ok(true)
}

/// What rules set after a write is a write of its own, as by a script that updates the record.
pub(super) fn after(
    change: &Change<'_>,
    transaction: &Transaction<'_>,
    record: &mut Record,
    action: Action,
) -> Result<(), Error> {
    let old = record.clone();
    let set = rules::run_scripts(change, transaction, record, When::After, action)?;
    let stored = record.clone();
    if stored.changes(&old).is_empty() && set.entries.is_empty() {
        return Ok(());
    }
    stamp(change, record);
    record.update(transaction, &record.changes(&stored))?;
    touch::journal(transaction, change.session, record, change.now, &set.entries)?;
    audit::changes(change, transaction, &old, record, &set.entries)
}

fn stamp(change: &Change<'_>, record: &mut Record) {
    record.set("sys_updated_on", change.now.to_owned());
    record.set("sys_updated_by", change.session.user_name.clone());
    record.set("sys_mod_count", record.integer("sys_mod_count").unwrap_or(0).saturating_add(1));
}
