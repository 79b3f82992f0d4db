//! From the rows of the dictionary back to the dictionary in memory.
//!
//! A row that describes something without storage (a table nobody made, a column nobody added) is a row and no
//! more: it never becomes part of the dictionary, so a stray insert cannot break the instance.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, Row};

use super::definition::{Definition, Number, Override};
use super::{Choice, Column, Error, Kind, Schema, StorageClass, assemble};
use crate::rulebook::Rulebook;

type Labels = HashMap<(String, String), (String, String)>;

impl Schema {
    /// Reads the dictionary that the rows describe. Inside a transaction it sees the transaction's rows, so a
    /// writer can refuse a change that leaves no dictionary.
    pub fn read(conn: &Connection) -> Result<Schema, Error> {
        let labels = labels(conn)?;
        let mut tables = tables(conn, &labels)?;
        drop_unstored(conn, &mut tables)?;
        columns(conn, &labels, &mut tables)?;
        overrides(conn, &labels, &mut tables)?;
        numbers(conn, &mut tables)?;
        choices(conn, &mut tables)?;
        let mut schema = assemble::assemble(tables.into_values().collect())?;
        schema.rulebook = Rulebook::read(conn, &schema)?;
        Ok(schema)
    }
}

fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    Ok(row.get::<_, Option<String>>(at)?.unwrap_or_default())
}

/// `boolean` columns are 1, 0 or empty.
fn flag(row: &Row<'_>, at: usize) -> rusqlite::Result<bool> {
    Ok(row.get::<_, Option<i64>>(at)?.is_some_and(|value| value != 0))
}

fn labels(conn: &Connection) -> Result<Labels, Error> {
    let mut query = conn.prepare_cached(
        "SELECT name, element, label, plural FROM sys_metadata
         WHERE sys_class_name = 'sys_documentation' AND language = 'en' AND label IS NOT NULL",
    )?;
    let rows =
        query.query_map([], |row| Ok(((text(row, 0)?, text(row, 1)?), (text(row, 2)?, text(row, 3)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn tables(conn: &Connection, labels: &Labels) -> Result<BTreeMap<String, Definition>, Error> {
    let mut query = conn.prepare_cached(
        "SELECT own.name, own.label, own.sys_id, parent.name,
                (SELECT audit FROM sys_metadata AS entry WHERE entry.sys_class_name = 'sys_dictionary'
                 AND entry.name = own.name AND entry.internal_type = 'collection')
         FROM sys_metadata AS own LEFT JOIN sys_metadata AS parent ON parent.sys_id = own.super_class
         WHERE own.sys_class_name = 'sys_db_object' AND own.name IS NOT NULL",
    )?;
    let rows = query.query_map([], |row| {
        let name = text(row, 0)?;
        let label = text(row, 1)?;
        let plural = labels.get(&(name.clone(), String::new())).map(|(_, plural)| plural.clone());
        Ok(Definition {
            sys_id: text(row, 2)?,
            extends: row.get(3)?,
            audit: flag(row, 4)?,
            plural: plural.unwrap_or_else(|| label.clone()),
            label,
            name,
            ..Definition::default()
        })
    })?;
    let mut tables = BTreeMap::new();
    for table in rows {
        let table = table?;
        tables.insert(table.name.clone(), table);
    }
    Ok(tables)
}

/// Keeps the tables whose root has a physical table.
fn drop_unstored(conn: &Connection, tables: &mut BTreeMap<String, Definition>) -> Result<(), Error> {
    let mut query = conn.prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let stored: HashSet<String> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    loop {
        let has_root = |one: &Definition| match &one.extends {
            Some(parent) => tables.contains_key(parent),
            None => stored.contains(&one.name),
        };
        let lost: Vec<String> =
            tables.values().filter(|one| !has_root(one)).map(|one| one.name.clone()).collect();
        if lost.is_empty() {
            return Ok(());
        }
        tables.retain(|name, _| !lost.contains(name));
    }
}

fn columns(
    conn: &Connection,
    labels: &Labels,
    tables: &mut BTreeMap<String, Definition>,
) -> Result<(), Error> {
    let physical = physical(conn)?;
    let mut query = conn.prepare_cached(
        "SELECT name, element, internal_type, column_label, max_length, reference, reference_key, choice,
                default_value, mandatory, read_only, dependent, display
         FROM sys_metadata WHERE sys_class_name = 'sys_dictionary' AND element IS NOT NULL AND active = 1",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let column = column(row, labels)?;
        let storage = root(tables, &column.defined_on).to_owned();
        let stored = column.kind.storage() == StorageClass::None
            || physical
                .get(&(storage, column.element.clone()))
                .is_some_and(|declared| column.kind.storage().fits(declared));
        if let Some(table) = tables.get_mut(&column.defined_on).filter(|_| stored) {
            table.columns.push(column);
        }
    }
    Ok(())
}

fn column(row: &Row<'_>, labels: &Labels) -> rusqlite::Result<Column> {
    let defined_on = text(row, 0)?;
    let element = text(row, 1)?;
    let internal_type = text(row, 2)?;
    let label = match labels.get(&(defined_on.clone(), element.clone())) {
        Some((label, _)) => label.clone(),
        None => text(row, 3)?,
    };
    Ok(Column {
        kind: Kind::of(&internal_type),
        max_length: row.get::<_, Option<i64>>(4)?.and_then(|length| u32::try_from(length).ok()).unwrap_or(40),
        reference: row.get(5)?,
        reference_key: row.get(6)?,
        choice: row.get::<_, Option<i64>>(7)?.is_some_and(|choice| choice != 0),
        default_value: row.get(8)?,
        mandatory: flag(row, 9)?,
        read_only: flag(row, 10)?,
        dependent: row.get(11)?,
        display: flag(row, 12)?,
        label,
        element,
        internal_type,
        defined_on,
    })
}

/// (physical table, column) → declared type.
fn physical(conn: &Connection) -> Result<HashMap<(String, String), String>, Error> {
    let mut query = conn.prepare_cached(
        "SELECT own.name, info.name, info.type FROM sqlite_schema AS own, pragma_table_info(own.name) AS info
         WHERE own.type = 'table'",
    )?;
    let rows = query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The end of a table's line of inheritance, as far as it can be followed.
fn root<'a>(tables: &'a BTreeMap<String, Definition>, name: &'a str) -> &'a str {
    let mut at = name;
    for _ in 0..tables.len() {
        match tables.get(at).and_then(|table| table.extends.as_deref()) {
            Some(parent) => at = parent,
            None => break,
        }
    }
    at
}

/// Dictionary overrides, and labels that a class gives to a column it inherits.
fn overrides(
    conn: &Connection,
    labels: &Labels,
    tables: &mut BTreeMap<String, Definition>,
) -> Result<(), Error> {
    for ((name, element), (label, _)) in labels {
        let Some(table) = tables.get_mut(name) else { continue };
        if element.is_empty() || table.columns.iter().any(|column| column.element == *element) {
            continue;
        }
        table.overrides.push(Override {
            element: element.clone(),
            label: Some(label.clone()),
            ..Override::default()
        });
    }
    let mut query = conn.prepare_cached(
        "SELECT name, element, default_value_override, default_value, mandatory_override, mandatory,
                read_only_override, read_only
         FROM sys_metadata WHERE sys_class_name = 'sys_dictionary_override'",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let Some(table) = tables.get_mut(&text(row, 0)?) else { continue };
        table.overrides.push(Override {
            element: text(row, 1)?,
            label: None,
            default_value: if flag(row, 2)? { Some(text(row, 3)?) } else { None },
            mandatory: if flag(row, 4)? { Some(flag(row, 5)?) } else { None },
            read_only: if flag(row, 6)? { Some(flag(row, 7)?) } else { None },
        });
    }
    Ok(())
}

fn numbers(conn: &Connection, tables: &mut BTreeMap<String, Definition>) -> Result<(), Error> {
    let mut query = conn.prepare_cached(
        "SELECT category, prefix, maximum_digits FROM sys_metadata WHERE sys_class_name = 'sys_number'",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let digits = row.get::<_, Option<i64>>(2)?.and_then(|digits| u32::try_from(digits).ok()).unwrap_or(7);
        if let Some(table) = tables.get_mut(&text(row, 0)?) {
            table.number = Some(Number { prefix: text(row, 1)?, digits: digits.clamp(1, 15) });
        }
    }
    Ok(())
}

fn choices(conn: &Connection, tables: &mut BTreeMap<String, Definition>) -> Result<(), Error> {
    let mut query = conn.prepare_cached(
        "SELECT name, element, value, label, dependent_value FROM sys_choice
         WHERE (language = 'en' OR language IS NULL) AND (inactive = 0 OR inactive IS NULL)
         ORDER BY name, element, sequence, label, sys_id",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let Some(table) = tables.get_mut(&text(row, 0)?) else { continue };
        let element = text(row, 1)?;
        let choice = Choice { value: text(row, 2)?, label: text(row, 3)?, dependent_value: row.get(4)? };
        match table.choices.last_mut().filter(|(last, _)| *last == element) {
            Some((_, list)) => list.push(choice),
            None => table.choices.push((element, vec![choice])),
        }
    }
    Ok(())
}
