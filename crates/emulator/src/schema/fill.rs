//! The dictionary's own rows in a new instance. Their sys_ids are a hash of what they describe, so every instance
//! agrees on them.

mod rows;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use sha2::{Digest, Sha256};

use super::definition::Definition;
use super::{Error, Schema};

/// When the built-in rows say they were made.
const MADE: &str = "2016-08-31 07:00:00";

/// A sys_id that depends on nothing but these parts.
pub(crate) fn sys_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Describes every table, column, choice, type and number format.
pub(super) fn fill(conn: &Connection, definitions: &[Definition], schema: &Schema) -> Result<(), Error> {
    rows::scope(conn)?;
    rows::types(conn)?;
    for definition in definitions {
        rows::table(conn, definition)?;
        for column in &definition.columns {
            rows::column(conn, definition, column, schema)?;
        }
        for change in &definition.overrides {
            rows::change(conn, definition, change, schema)?;
        }
        for (element, choices) in &definition.choices {
            rows::choices(conn, &definition.name, element, choices)?;
        }
    }
    Ok(())
}

/// A row under construction: column and value pairs.
struct Row {
    storage: &'static str,
    columns: Vec<&'static str>,
    values: Vec<Value>,
}

impl Row {
    /// A row with the columns that every table has.
    fn new(storage: &'static str, sys_id: String) -> Self {
        Row { storage, columns: Vec::new(), values: Vec::new() }
            .text("sys_id", &sys_id)
            .text("sys_created_on", MADE)
            .text("sys_created_by", "system")
            .text("sys_updated_on", MADE)
            .text("sys_updated_by", "system")
            .number("sys_mod_count", 0)
    }

    /// A row of a class that extends `sys_metadata`.
    fn metadata(class: &'static str, parts: &[&str], name: &str) -> Self {
        let mut hashed = vec![class];
        hashed.extend_from_slice(parts);
        let id = sys_id(&hashed);
        let update_name = format!("{class}_{id}");
        Row::new("sys_metadata", id)
            .text("sys_class_name", class)
            .text("sys_name", name)
            .text("sys_update_name", &update_name)
            .text("sys_scope", "global")
            .text("sys_package", "global")
    }

    fn text(self, column: &'static str, value: &str) -> Self {
        if value.is_empty() {
            return self;
        }
        self.set(column, Value::Text(value.to_owned()))
    }

    fn some(self, column: &'static str, value: Option<&str>) -> Self {
        self.text(column, value.unwrap_or_default())
    }

    fn number(self, column: &'static str, value: i64) -> Self {
        self.set(column, Value::Integer(value))
    }

    fn flag(self, column: &'static str, value: bool) -> Self {
        self.number(column, i64::from(value))
    }

    fn set(mut self, column: &'static str, value: Value) -> Self {
        self.columns.push(column);
        self.values.push(value);
        self
    }

    fn insert(self, conn: &Connection) -> Result<(), Error> {
        let names: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        let marks = vec!["?"; self.values.len()].join(",");
        let sql = format!("INSERT INTO \"{}\" ({}) VALUES ({marks})", self.storage, names.join(","));
        conn.prepare_cached(&sql)?.execute(params_from_iter(self.values))?;
        Ok(())
    }
}
