//! The physical tables of a dictionary.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rusqlite::Connection;

use super::{Error, Schema, StorageClass, assemble, builtin, fill};

impl Schema {
    /// The dictionary of a new instance, before anything is stored.
    pub fn builtin() -> Result<Schema, Error> {
        assemble::assemble(builtin::definitions()?)
    }

    /// Makes the physical tables of a new instance and the rows that describe them.
    pub fn create(conn: &Connection) -> Result<Schema, Error> {
        let definitions = builtin::definitions()?;
        let schema = assemble::assemble(definitions.clone())?;
        for (storage, columns) in physical(&schema) {
            conn.execute_batch(&create_table(storage, &columns))?;
        }
        fill::fill(conn, &definitions, &schema)?;
        Ok(schema)
    }
}

/// Per hierarchy the union of its classes' columns.
fn physical(schema: &Schema) -> BTreeMap<&str, BTreeMap<&str, StorageClass>> {
    let mut storages: BTreeMap<&str, BTreeMap<&str, StorageClass>> = BTreeMap::new();
    for table in schema.tables.values() {
        let columns = storages.entry(&table.storage).or_default();
        columns.extend(table.columns.iter().map(|one| (one.element.as_str(), one.kind.storage())));
    }
    storages
}

fn create_table(storage: &str, columns: &BTreeMap<&str, StorageClass>) -> String {
    let mut sql = format!("CREATE TABLE \"{storage}\" (\"sys_id\" TEXT NOT NULL COLLATE NOCASE PRIMARY KEY");
    for (element, class) in columns.iter().filter(|(element, _)| **element != "sys_id") {
        if let Some(declaration) = class.declaration() {
            write!(sql, ", \"{element}\" {declaration}").expect("writing to a string cannot fail");
        }
    }
    sql.push_str(") WITHOUT ROWID");
    sql
}
