//! Automatic numbers after rows came in with numbers of their own.

use rusqlite::Connection;

use super::Error;
use crate::schema::Schema;

/// Moves every number counter past the numbers that are taken, so that new records continue after them. A counter
/// holds the last number given out and never goes back.
pub(crate) fn settle_counters(connection: &Connection, schema: &Schema) -> Result<(), Error> {
    for table in schema.tables.values() {
        let Some(prefix) = table.number_prefix.as_deref().filter(|_| table.column("number").is_some()) else {
            continue;
        };
        // The range is what the index on the number can serve; digits only after the prefix, so that INC does not
        // count INCTASK.
        let sql = format!(
            "SELECT max(CAST(substr(number, length(?1) + 1) AS INTEGER)) FROM \"{}\"
             WHERE number >= ?1 || '0' AND number < ?1 || ':'",
            table.storage
        );
        let taken: Option<i64> = connection.query_row(&sql, [prefix], |row| row.get(0))?;
        connection
            .prepare_cached("UPDATE sys_number_counter SET number = max(number, ?2) WHERE \"table\" = ?1")?
            .execute((&table.name, taken.unwrap_or(0)))?;
    }
    Ok(())
}
