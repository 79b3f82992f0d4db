//! What the instance notes about itself, in a table that no request can name.

use rusqlite::{Connection, OptionalExtension};

use super::Error;

/// Changes when a file of the older version can no longer be read.
const FORMAT: &str = "1";

/// Noted while the file is being filled without a journal.
pub(super) const UNFINISHED: &str = "unfinished";

/// Whether the file is an instance already; false for an empty file.
pub(super) fn check(conn: &Connection) -> Result<bool, Error> {
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    if count("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(false);
    }
    if count("SELECT count(*) FROM sqlite_schema WHERE name = 'instance$note'")? == 0 {
        return Err(Error::Foreign);
    }
    if get(conn, UNFINISHED)?.is_some() {
        return Err(Error::Unfinished);
    }
    match get(conn, "format")? {
        Some(format) if format == FORMAT => Ok(true),
        found => Err(Error::Format { found: found.unwrap_or_else(|| "none".to_owned()), known: FORMAT }),
    }
}

pub(super) fn create(conn: &Connection) -> Result<(), Error> {
    conn.execute_batch(
        "CREATE TABLE \"instance$note\" (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    )?;
    set(conn, "format", FORMAT)
}

pub(super) fn get(conn: &Connection, key: &str) -> Result<Option<String>, Error> {
    let mut query = conn.prepare_cached("SELECT value FROM \"instance$note\" WHERE key = ?1")?;
    Ok(query.query_row([key], |row| row.get(0)).optional()?)
}

/// Writes a note in the caller's transaction.
pub(crate) fn set(conn: &Connection, key: &str, value: &str) -> Result<(), Error> {
    conn.prepare_cached("INSERT OR REPLACE INTO \"instance$note\" (key, value) VALUES (?1, ?2)")?
        .execute([key, value])?;
    Ok(())
}

pub(super) fn remove(conn: &Connection, key: &str) -> Result<(), Error> {
    conn.execute("DELETE FROM \"instance$note\" WHERE key = ?1", [key])?;
    Ok(())
}
