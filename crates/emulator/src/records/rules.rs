//! What happens around a write: the platform's own business rules, and those of `sys_script`.

mod dictionary;
mod incident;
mod person;
mod script;
mod task;

use rusqlite::Connection;

use super::row::Record;
use crate::engine::Engine;
use crate::error::Error;
use crate::schema::{Schema, Table};
use crate::session::Session;

pub(crate) use dictionary::{check as check_dictionary, is_dictionary};
pub(crate) use script::run as run_scripts;

/// A write as the rules see it.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) schema: &'a Schema,
    pub(crate) session: &'a Session,
    /// When, in stored form.
    pub(crate) now: &'a str,
    /// The row as it was; none on insert.
    pub(crate) old: Option<&'a Record>,
    /// What the request named.
    pub(crate) fields: &'a [(String, Option<String>)],
}

impl Change<'_> {
    /// Whether the request names the field, with or without a value.
    pub(crate) fn sent(&self, element: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == element)
    }

    /// Whether the field has another value than before; on insert, whether it has one.
    pub(crate) fn changed(&self, new: &Record, element: &str) -> bool {
        match self.old {
            Some(old) => old.get(element) != new.get(element),
            None => !new.is_empty(element),
        }
    }
}

/// Completes the row before it is written, or refuses it.
pub(crate) fn before(change: &Change<'_>, connection: &Connection, new: &mut Record) -> Result<(), Error> {
    if extends(change.schema, &new.table, "task") {
        task::before(change, new);
    }
    if extends(change.schema, &new.table, "incident") {
        incident::before(change, new)?;
    }
    match new.table.name.as_str() {
        "sys_user" => person::before(change, new),
        "sys_dictionary" if change.old.is_some() => dictionary::keep_column(change, new)?,
        "sys_dictionary" => dictionary::add_column(change, connection, new)?,
        _ => {}
    }
    Ok(())
}

fn extends(schema: &Schema, table: &Table, ancestor: &str) -> bool {
    schema.table(ancestor).is_some_and(|ancestor| table.extends(ancestor))
}
