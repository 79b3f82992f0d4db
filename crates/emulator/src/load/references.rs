//! From names to references: a record with that display value, or a new one.

use std::collections::{BTreeMap, HashMap};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::schema::{Column, Schema, Table, sys_id};

use super::cell;

/// Distinct names of one file.
const MOST_NAMES: usize = 2_000_000;

/// The names met so far, per referred table.
#[derive(Default)]
pub(super) struct Names {
    known: HashMap<(String, String), String>,
    pub(super) made: u64,
}

impl Names {
    /// The key of the record of that name in the table that the column refers to.
    pub(super) fn find(
        &mut self,
        connection: &Connection,
        schema: &Schema,
        column: &Column,
        name: &str,
        fill: &BTreeMap<String, String>,
    ) -> Result<String, Problem> {
        let target =
            column.reference.as_deref().and_then(|table| schema.table(table)).ok_or(Problem::NoTable)?;
        if column.reference_key.is_some() {
            // Its value is a word, such as a table's name.
            return Ok(name.to_owned());
        }
        let known = (target.name.clone(), name.to_lowercase());
        if let Some(id) = self.known.get(&known) {
            return Ok(id.clone());
        }
        if self.known.len() == MOST_NAMES {
            return Err(Problem::TooMany);
        }
        let id = match existing(connection, target, name)? {
            Some(id) => id,
            None => {
                self.made += 1;
                make(connection, target, name, fill)?
            }
        };
        self.known.insert(known, id.clone());
        Ok(id)
    }
}

/// Why a name has no record.
pub(super) enum Problem {
    NoTable,
    TooMany,
    NoColumn(String),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Problem::Sqlite(error)
    }
}

fn existing(connection: &Connection, table: &Table, name: &str) -> Result<Option<String>, rusqlite::Error> {
    let class = if table.has_class { classes(table) } else { String::new() };
    let sql = format!(
        "SELECT sys_id FROM \"{}\" WHERE \"{}\" = ?1{class} ORDER BY sys_id LIMIT 1",
        table.storage, table.display
    );
    connection.prepare_cached(&sql)?.query_row([name], |row| row.get(0)).optional()
}

/// Class names come from the dictionary, which admits letters, digits and underscores only.
fn classes(table: &Table) -> String {
    let names: Vec<String> =
        table.classes.iter().map(|class| format!("'{}'", class.replace('\'', "''"))).collect();
    format!(" AND sys_class_name IN ({})", names.join(","))
}

fn make(
    connection: &Connection,
    table: &Table,
    name: &str,
    fill: &BTreeMap<String, String>,
) -> Result<String, Problem> {
    let id = sys_id(&["load", &table.name, &name.to_lowercase()]);
    let mut values: BTreeMap<&str, Value> = cell::defaults(table);
    for (element, template) in fill {
        let text = template.replace("{slug}", &slug(name)).replace("{}", name);
        let column = table.column(element);
        let value = column.and_then(|column| Some((column, cell::plain(column.kind, &text)?)));
        let (column, value) = value.ok_or_else(|| Problem::NoColumn(element.clone()))?;
        values.insert(&column.element, value);
    }
    values.insert(&table.display, Value::Text(name.to_owned()));
    values.insert("sys_id", Value::Text(id.clone()));
    insert(connection, table, values)?;
    Ok(id)
}

pub(super) fn insert(
    connection: &Connection,
    table: &Table,
    values: BTreeMap<&str, Value>,
) -> Result<(), rusqlite::Error> {
    let names: Vec<String> = values.keys().map(|element| format!("\"{element}\"")).collect();
    let marks = vec!["?"; names.len()].join(",");
    let sql = format!("INSERT INTO \"{}\" ({}) VALUES ({marks})", table.storage, names.join(","));
    connection.prepare_cached(&sql)?.execute(params_from_iter(values.into_values()))?;
    Ok(())
}

/// `Opened by  8` → `opened.by.8`
fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_user_names() {
        for (name, expected) in
            [("Caller 2403", "caller.2403"), ("Opened by  8", "opened.by.8"), ("Zoë!", "zoë"), ("?", "")]
        {
            assert_eq!(slug(name), expected);
        }
    }
}
