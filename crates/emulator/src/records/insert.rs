//! Inserting a row.

use std::sync::Arc;

use rand::Rng;
use rusqlite::Transaction;
use rusqlite::types::Value;

use super::row::Record;
use super::rules::{self, Change};
use super::{WriteMode, guard, note, number, touch, update};
use crate::changes;
use crate::engine::{Engine, find};
use crate::error::Error;
use crate::rulebook::{Action, Grant, Operation, When};
use crate::schema::{Column, Schema, Table};
use crate::session::Session;
use crate::value::input::Inputs;
use crate::value::script::{self, Evaluated};
use crate::value::{duration, literal};

const SYS_ID_LENGTH: usize = 32;

/// Inserts a row in one transaction and returns its sys_id.
pub(crate) fn insert(
    engine: &Engine,
    session: &Session,
    table: &str,
    fields: &[(String, Option<String>)],
    mode: &WriteMode,
) -> Result<String, Error> {
    let schema = engine.schema();
    let table = find(&schema, table)?;
    let grant = session.may_write(&schema, table, Operation::Create);
    if grant == Grant::Closed {
        return Err(Error::WriteForbidden { operation: "Insert" });
    }
    let sys_id = engine.write(|transaction| {
        let sys_id = within(transaction, engine, &schema, session, table, fields, mode)?;
        // A rule that asks the row asks it as it would be.
        if !guard::covers(engine, &schema, session, transaction, (table, &sys_id), &grant)? {
            return Err(Error::WriteForbidden { operation: "Insert" });
        }
        Ok(sys_id)
    })?;
    if rules::is_dictionary(table) {
        engine.store().reload_schema()?;
    }
    Ok(sys_id)
}

/// Inserts a row in the caller's transaction. It looks at no access rule.
pub(crate) fn within(
    transaction: &Transaction<'_>,
    engine: &Engine,
    schema: &Schema,
    session: &Session,
    table: &Arc<Table>,
    fields: &[(String, Option<String>)],
    mode: &WriteMode,
) -> Result<String, Error> {
    let now = engine.now().format(literal::DATE_TIME).to_string();
    let class = class_of(schema, table, fields);
    let mut record = Record::new(class);
    record.set("sys_id", sys_id_of(fields));
    if record.table.has_class {
        let class = record.table.name.clone();
        record.set("sys_class_name", class);
    }
    defaults(engine, session, &mut record);
    let inputs = Inputs {
        connection: transaction,
        schema,
        settings: engine.settings(),
        session,
        display: mode.input_display_value,
    };
    let mut entries = touch::apply(&inputs, table, fields, mode, None, &mut record)?;
    stamp(session, &now, &mut record);
    if record.is_empty("number") && record.table.column("number").is_some() {
        let number = number::next(transaction, schema, &record.table)?;
        record.set("number", number.map_or(Value::Null, Value::Text));
    }
    let change = Change { engine, schema, session, now: &now, old: None, fields };
    rules::before(&change, transaction, &mut record)?;
    record.insert(transaction)?;
    let set = rules::run_scripts(&change, transaction, &mut record, When::Before, Action::Insert)?;
    entries.extend(set.entries);
    touch::journal(transaction, session, &record, &now, &entries)?;
    update::after(&change, transaction, &mut record, Action::Insert)?;
    rules::check_dictionary(transaction, &record.table)?;
    note(engine, &record, changes::Operation::Insert);
    Ok(record.text("sys_id").to_owned())
}

/// A row may be inserted through the table its class extends, by naming the class.
fn class_of(schema: &Schema, table: &Arc<Table>, fields: &[(String, Option<String>)]) -> Arc<Table> {
    let named =
        fields.iter().find(|(name, _)| name == "sys_class_name").and_then(|(_, text)| text.as_deref());
    let class = named.and_then(|name| schema.table(name)).filter(|class| class.extends(table));
    Arc::clone(class.unwrap_or(table))
}

/// The caller's sys_id if it is 32 characters, kept as written; else a new one.
fn sys_id_of(fields: &[(String, Option<String>)]) -> String {
    let own = fields.iter().find(|(name, _)| name == "sys_id").and_then(|(_, text)| text.as_deref());
    match own {
        Some(own) if own.len() == SYS_ID_LENGTH && own.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            own.to_owned()
        }
        _ => new_sys_id(),
    }
}

/// 32 random hexadecimal digits.
pub(crate) fn new_sys_id() -> String {
    format!("{:032x}", rand::rng().next_u64() as u128 | (rand::rng().next_u64() as u128) << 64)
}

/// The dictionary's defaults. What the request names comes after them, an empty value included.
fn defaults(engine: &Engine, session: &Session, record: &mut Record) {
    let class = Arc::clone(&record.table);
    for column in &class.columns {
        if let Some(default) = column.default_value.as_deref().filter(|default| !default.is_empty()) {
            let value = default_value(engine, session, column, default);
            record.set(&column.element, value);
        }
    }
}

fn default_value(engine: &Engine, session: &Session, column: &Column, default: &str) -> Value {
    let text = match script::script(default) {
        None => default.to_owned(),
        Some(script) => match script::evaluate(script, &session.caller(engine.now())) {
            Some(Evaluated::Text(text)) => text,
            Some(Evaluated::Instant(at)) => at.format(literal::DATE_TIME).to_string(),
            Some(Evaluated::Groups) | None => return Value::Null,
        },
    };
    crate::query::stored(column, &text).unwrap_or(Value::Null)
}

fn stamp(session: &Session, now: &str, record: &mut Record) {
    for (on, by) in [("sys_created_on", "sys_created_by"), ("sys_updated_on", "sys_updated_by")] {
        record.set_if_empty(on, now.to_owned());
        record.set_if_empty(by, session.user_name.clone());
    }
    record.set_if_empty("sys_mod_count", 0);
    // One domain, one scope.
    record.set_if_empty("sys_domain", "global".to_owned());
    record.set_if_empty("sys_domain_path", "/".to_owned());
    record.set_if_empty("sys_scope", "global".to_owned());
}

/// The seconds between two stored date-times.
pub(crate) fn seconds_between(from: &str, to: &str) -> Option<i64> {
    Some(duration::seconds(to)? - duration::seconds(from)?)
}
