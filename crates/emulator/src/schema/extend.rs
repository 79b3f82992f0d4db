//! A column added while the instance runs: what inserting into `sys_dictionary` does to storage.

use rusqlite::Connection;

use super::{Error, Kind, Schema, types};

/// Longest column name.
const LONGEST: usize = 80;

impl Schema {
    /// Makes room for a new column of `table`. The caller writes the `sys_dictionary` row in the same transaction
    /// and reloads the dictionary after it.
    ///
    /// Refuses an unknown table or type, a name that is not `[a-z][a-z0-9_]*`, and a column that the table, an
    /// ancestor or a class that extends it already has.
    pub fn add_column(
        &self,
        conn: &Connection,
        table: &str,
        element: &str,
        internal_type: &str,
    ) -> Result<(), Error> {
        let target = self.table(table).ok_or_else(|| Error::UnknownTable(table.to_owned()))?;
        if !is_element(element) {
            return Err(Error::BadElement(element.to_owned()));
        }
        types::find(internal_type).ok_or_else(|| Error::UnknownType(internal_type.to_owned()))?;
        let taken = target
            .classes
            .iter()
            .find(|class| self.table(class).is_some_and(|one| one.column(element).is_some()));
        if let Some(class) = taken {
            return Err(Error::Duplicate { table: class.clone(), element: element.to_owned() });
        }
        let kind = Kind::of(internal_type);
        let Some(declaration) = kind.storage().declaration(kind.collation()) else {
            return Ok(());
        };
        match declared(conn, &target.storage, element)? {
            Some(form) if kind.storage().fits(&form) => Ok(()),
            Some(_) => Err(Error::Storage { table: table.to_owned(), element: element.to_owned() }),
            None => {
                let sql =
                    format!("ALTER TABLE \"{}\" ADD COLUMN \"{element}\" {declaration}", target.storage);
                Ok(conn.execute_batch(&sql)?)
            }
        }
    }
}

/// The type of a physical column, which a sibling class or an earlier dictionary entry may have left.
fn declared(conn: &Connection, storage: &str, element: &str) -> Result<Option<String>, Error> {
    let mut query = conn.prepare_cached("SELECT type FROM pragma_table_info(?1) WHERE name = ?2")?;
    let mut rows = query.query([storage, element])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

fn is_element(name: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
