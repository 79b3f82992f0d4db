//! Columns that the map brings along.

use rusqlite::{Connection, params};

use crate::schema::{Schema, sys_id};

use super::Error;
use super::map::{Entry, Map};

/// Makes the columns that the table lacks and the map describes; answers with how many.
pub(super) fn make(connection: &Connection, schema: &Schema, table: &str, map: &Map) -> Result<u64, Error> {
    let target = schema.table(table).ok_or_else(|| Error::UnknownTable(table.to_owned()))?;
    let mut made = 0;
    for entry in &map.columns {
        for element in entry.rule.element.iter().filter(|element| target.column(element).is_none()) {
            make_one(connection, schema, table, element, entry)?;
            made += 1;
        }
    }
    Ok(made)
}

fn make_one(
    connection: &Connection,
    schema: &Schema,
    table: &str,
    element: &str,
    entry: &Entry,
) -> Result<(), Error> {
    let (Some(kind), Some(label)) = (&entry.rule.r#type, &entry.rule.label) else {
        let problem =
            format!("{table} has no column {element}, and the map has no type and label to make it");
        return Err(Error::column(&entry.foreign, problem));
    };
    let reference = entry.rule.reference.as_deref();
    if reference.is_some_and(|target| schema.table(target).is_none()) {
        return Err(Error::column(&entry.foreign, "refers to a table that does not exist"));
    }
    schema.add_column(connection, table, element, kind)?;
    let id = sys_id(&["sys_dictionary", table, element]);
    let sql = "INSERT INTO sys_metadata (sys_id, sys_class_name, sys_name, sys_update_name, sys_scope, sys_package,
                   name, element, internal_type, column_label, reference, max_length, active, mandatory, read_only,
                   display, choice, sys_created_on, sys_created_by, sys_updated_on, sys_updated_by, sys_mod_count)
               VALUES (?1, 'sys_dictionary', ?5, 'sys_dictionary_' || ?1, 'global', 'global', ?2, ?3, ?4, ?5, ?6, ?7, 1,
                   0, 0, 0, ?8, datetime('now'), 'system', datetime('now'), 'system', 0)";
    let length = if kind == "reference" { 32 } else { 100 };
    let choice = i64::from(kind == "choice");
    connection.execute(sql, params![id, table, element, kind, label, reference, length, choice])?;
    Ok(())
}
