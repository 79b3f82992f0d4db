//! Rows that are the dictionary, or rules that are kept in memory with it: inserting one of `sys_dictionary` makes room for a column, and no write may leave
//! an instance that cannot read its dictionary.

use rusqlite::Connection;

use super::Change;
use crate::error::Error;
use crate::records::row::Record;
use crate::schema::{Schema, Table};

pub(super) fn add_column(
    change: &Change<'_>,
    connection: &Connection,
    new: &mut Record,
) -> Result<(), Error> {
    if new.is_empty("internal_type") {
        new.set("internal_type", "string".to_owned());
    }
    if new.is_empty("column_label") {
        let label = new.text("element").trim_start_matches("u_").replace('_', " ");
        new.set("column_label", label);
    }
    let (table, element) = (new.text("name").to_owned(), new.text("element").to_owned());
    // A row without an element describes the table itself, and tables are not made through REST.
    change.schema.add_column(connection, &table, &element, new.text("internal_type"))?;
    Ok(())
}

/// A column keeps its table, name and type: its storage would not follow.
pub(super) fn keep_column(change: &Change<'_>, new: &Record) -> Result<(), Error> {
    match ["name", "element", "internal_type"].into_iter().find(|element| change.changed(new, element)) {
        Some(element) => Err(Error::Dictionary(format!("{element} of a column cannot change"))),
        None => Ok(()),
    }
}

/// Whether rows of the table are part of what is kept in memory: the dictionary and the rules.
pub(crate) fn is_dictionary(table: &Table) -> bool {
    matches!(
        table.name.as_str(),
        "sys_dictionary"
            | "sys_dictionary_override"
            | "sys_choice"
            | "sys_db_object"
            | "sys_documentation"
            | "sys_glide_object"
            | "sys_number"
            | "sys_metadata"
            | "sys_script"
            | "sys_security_acl"
            | "sys_security_acl_role"
            | "sys_user_role"
    )
}

/// Refuses a write after which the dictionary would not be one; the transaction undoes it.
pub(crate) fn check(connection: &Connection, table: &Table) -> Result<(), Error> {
    if is_dictionary(table) {
        let schema = Schema::read(connection)?;
        // Without these nothing works, whatever else the rows say.
        for name in ["sys_user", "sys_dictionary", "task"] {
            let intact = schema.table(name).is_some_and(|table| table.column("sys_id").is_some());
            if !intact {
                return Err(Error::Dictionary(format!("the instance needs its table {name}")));
            }
        }
    }
    Ok(())
}
