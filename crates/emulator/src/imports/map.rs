//! Transform maps as they are read.

use rusqlite::{Connection, OptionalExtension};

use crate::error::Error;

/// A transform map.
pub(super) struct Map {
    pub(super) sys_id: String,
    pub(super) name: String,
    /// The table it leads to.
    pub(super) target: String,
    pub(super) entries: Vec<Entry>,
}

/// One of its fields.
pub(super) struct Entry {
    pub(super) source: String,
    pub(super) target: String,
    /// A row with the same value is the one to change.
    pub(super) coalesce: bool,
}

/// The active maps of a staging table, in their order.
pub(super) fn of(connection: &Connection, table: &str) -> Result<Vec<Map>, Error> {
    const MAPS: &str = "SELECT sys_id, name, target_table FROM sys_metadata \
                        WHERE sys_class_name = 'sys_transform_map' AND source_table = ?1 AND active = 1 \
                        ORDER BY \"order\", name, sys_id";
    let mut statement = connection.prepare_cached(MAPS)?;
    let text =
        |row: &rusqlite::Row<'_>, at: usize| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
    let maps = statement.query_map([table], |row| {
        Ok(Map { sys_id: text(row, 0)?, name: text(row, 1)?, target: text(row, 2)?, entries: Vec::new() })
    })?;
    let mut maps = maps.collect::<Result<Vec<_>, _>>()?;
    for map in &mut maps {
        map.entries = entries(connection, &map.sys_id)?;
    }
    Ok(maps)
}

fn entries(connection: &Connection, map: &str) -> Result<Vec<Entry>, Error> {
    const ENTRIES: &str = "SELECT source_field, target_field, coalesce(\"coalesce\", 0) FROM sys_metadata \
                           WHERE sys_class_name = 'sys_transform_entry' AND map = ?1 \
                           AND source_field IS NOT NULL AND target_field IS NOT NULL ORDER BY sys_id";
    let mut statement = connection.prepare_cached(ENTRIES)?;
    let entries = statement.query_map([map], |row| {
        Ok(Entry { source: row.get(0)?, target: row.get(1)?, coalesce: row.get::<_, i64>(2)? != 0 })
    })?;
    Ok(entries.collect::<Result<_, _>>()?)
}

/// A map's name.
pub(super) fn name(connection: &Connection, sys_id: &str) -> Result<String, Error> {
    let sql = "SELECT name FROM sys_metadata WHERE sys_id = ?1";
    let name = connection.prepare_cached(sql)?.query_row([sys_id], |row| row.get::<_, Option<String>>(0));
    Ok(name.optional()?.flatten().unwrap_or_default())
}
