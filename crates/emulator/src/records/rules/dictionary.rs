//! A row of `sys_dictionary` is a column: inserting one makes room for it.

use rusqlite::Connection;

use super::Change;
use crate::error::Error;
use crate::records::row::Record;

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
