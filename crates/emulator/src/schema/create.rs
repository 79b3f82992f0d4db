//! The physical tables of a dictionary.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rusqlite::Connection;

use super::kind::Collation;
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

type Columns<'a> = BTreeMap<&'a str, (StorageClass, Collation)>;

/// Per hierarchy the union of its classes' columns.
fn physical(schema: &Schema) -> BTreeMap<&str, Columns<'_>> {
    let mut storages: BTreeMap<&str, Columns<'_>> = BTreeMap::new();
    for table in schema.tables.values() {
        let columns = storages.entry(&table.storage).or_default();
        for column in &table.columns {
            let (class, collation) = (column.kind.storage(), column.kind.collation());
            let (_, shared) = columns.entry(&column.element).or_insert((class, collation));
            *shared = shared.and(collation);
        }
    }
    storages
}

fn create_table(storage: &str, columns: &Columns<'_>) -> String {
    let mut sql = format!("CREATE TABLE \"{storage}\" (\"sys_id\" TEXT NOT NULL COLLATE NOCASE PRIMARY KEY");
    for (element, (class, collation)) in columns.iter().filter(|(element, _)| **element != "sys_id") {
        if let Some(declaration) = class.declaration(*collation) {
            write!(sql, ", \"{element}\" {declaration}").expect("writing to a string cannot fail");
        }
    }
    sql.push_str(") WITHOUT ROWID");
    sql
}
