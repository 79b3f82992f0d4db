//! Changing a row. PUT and PATCH are one operation.

use std::sync::Arc;

use rusqlite::Transaction;

use super::row::Record;
use super::rules::{self, Change};
use super::{WriteMode, touch};
use crate::engine::{Engine, find};
use crate::error::Error;
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
    if !session.may_write(&schema, table) {
        return Err(Error::WriteForbidden { operation: "Update" });
    }
    engine
        .write(|transaction| within(transaction, engine, &schema, session, (table, sys_id), fields, mode))?;
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
    let entries = touch::apply(&inputs, table, fields, mode, &mut new)?;
    let now = engine.now().format(literal::DATE_TIME).to_string();
    let change = Change { engine, schema, session, now: &now, old: Some(&old), fields };
    rules::before(&change, transaction, &mut new)?;
    if new.changes(&old).is_empty() && entries.is_empty() {
        return Ok(false);
    }
    if !mode.suppress_auto_sys_field {
        new.set("sys_updated_on", now.clone());
        new.set("sys_updated_by", session.user_name.clone());
        new.set("sys_mod_count", old.integer("sys_mod_count").unwrap_or(0).saturating_add(1));
    }
    new.update(transaction, &new.changes(&old))?;
    touch::journal(transaction, session, &new, &now, &entries)?;
    rules::abort(&change, transaction, &new, "action_update")?;
    rules::check_dictionary(transaction, &new.table)?;
    Ok(true)
}
