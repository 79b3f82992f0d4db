//! Automatic numbers: a prefix and a counter, `INC0010001`.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Error;
use crate::schema::{Schema, Table};

/// Demo data sits below; a table without a counter starts here.
const FIRST: i64 = 10_001;

/// The next number of a table, or of the nearest table it extends that has numbers.
pub(crate) fn next(connection: &Connection, schema: &Schema, table: &Table) -> Result<Option<String>, Error> {
    let mut numbered = Some(table);
    while let Some(candidate) = numbered {
        if let Some(prefix) = &candidate.number_prefix {
            let count = advance(connection, &candidate.name)?;
            let digits = candidate.number_digits as usize;
            return Ok(Some(format!("{prefix}{count:0digits$}")));
        }
        numbered = candidate.super_class.as_deref().and_then(|name| schema.table(name)).map(|table| &**table);
    }
    Ok(None)
}

fn advance(connection: &Connection, table: &str) -> Result<i64, Error> {
    let given: Option<Option<i64>> = connection
        .prepare_cached("SELECT number FROM sys_number_counter WHERE \"table\" = ?1")?
        .query_row([table], |row| row.get(0))
        .optional()?;
    let next = given.flatten().map_or(FIRST, |last| last.saturating_add(1));
    if given.is_some() {
        connection
            .prepare_cached("UPDATE sys_number_counter SET number = ?2 WHERE \"table\" = ?1")?
            .execute((table, next))?;
    } else {
        connection
            .prepare_cached("INSERT INTO sys_number_counter (sys_id, \"table\", number) VALUES (?1, ?2, ?3)")?
            .execute((super::insert::new_sys_id(), table, next))?;
    }
    Ok(next)
}
