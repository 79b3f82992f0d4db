//! The rules that people have written as rows: access rules and business rules, read together with the dictionary and
//! kept in memory with it. What a write or a read does with them lies in [`crate::session`] and [`crate::records`].
//!
//! Scripts are never run: a rule acts by its roles, its condition, its template and its abort flag.

mod acl;
mod script;

use std::collections::HashMap;

use rusqlite::Connection;

pub(crate) use acl::{Acl, Grant, Operation};
pub(crate) use script::{Action, Script, When};

use crate::schema::{Schema, Table};

/// Every active rule.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Rulebook {
    /// By what they guard (`incident`, `incident.state`, `*`) and from what.
    acls: HashMap<(String, Operation), Vec<Acl>>,
    /// By the table they watch, in their order.
    scripts: HashMap<String, Vec<Script>>,
}

impl Rulebook {
    /// Reads the rows. Files of older versions may lack a table: they have no such rules.
    pub(crate) fn read(connection: &Connection, schema: &Schema) -> rusqlite::Result<Self> {
        Ok(Rulebook { acls: acl::read(connection, schema)?, scripts: script::read(connection, schema)? })
    }

    /// Whether nobody has written an access rule.
    pub(crate) fn is_open(&self) -> bool {
        self.acls.is_empty()
    }

    /// The access rules of a table: those of the nearest class that has any, else those of all tables.
    pub(crate) fn of_table(&self, schema: &Schema, table: &Table, operation: Operation) -> Option<&[Acl]> {
        if self.is_open() {
            return None;
        }
        let named = line(schema, table).find_map(|name| self.acls.get(&(name.to_owned(), operation)));
        named.or_else(|| self.acls.get(&("*".to_owned(), operation))).map(Vec::as_slice)
    }

    /// The access rules of a field, the most particular ones that there are.
    pub(crate) fn of_field(
        &self,
        schema: &Schema,
        table: &Table,
        element: &str,
        operation: Operation,
    ) -> Option<&[Acl]> {
        if self.is_open() {
            return None;
        }
        let of = |table: &str, element: &str| self.acls.get(&(format!("{table}.{element}"), operation));
        line(schema, table)
            .find_map(|name| of(name, element))
            .or_else(|| of("*", element))
            .or_else(|| line(schema, table).find_map(|name| of(name, "*")))
            .or_else(|| of("*", "*"))
            .map(Vec::as_slice)
    }

    /// The business rules that watch a table or one that it extends, in their order.
    pub(crate) fn scripts(&self, schema: &Schema, table: &Table) -> Vec<&Script> {
        if self.scripts.is_empty() {
            return Vec::new();
        }
        let watching = line(schema, table).filter_map(|name| self.scripts.get(name));
        let mut scripts: Vec<_> = watching.flatten().collect();
        scripts.sort_by(|left, right| (left.order, &left.sys_id).cmp(&(right.order, &right.sys_id)));
        scripts
    }
}

/// A table and those it extends, nearest first.
fn line<'a>(schema: &'a Schema, table: &'a Table) -> impl Iterator<Item = &'a str> {
    std::iter::successors(Some(table), |table| {
        schema.table(table.super_class.as_deref()?).map(|parent| &**parent)
    })
    .map(|table| table.name.as_str())
}

#[cfg(test)]
mod tests {
    use crate::store::{Error, Store};

    /// Instances that were made before there were access rules are opened all the same.
    #[test]
    fn a_file_without_the_tables_has_no_rules() {
        let store = Store::open(None).unwrap();
        store
            .write(|transaction| {
                transaction.execute_batch(
                    "DELETE FROM sys_metadata WHERE sys_class_name = 'sys_db_object' \
                     AND name IN ('sys_security_acl', 'sys_security_acl_role'); \
                     ALTER TABLE sys_metadata DROP COLUMN sys_security_acl; \
                     ALTER TABLE sys_metadata DROP COLUMN admin_overrides;",
                )?;
                Ok::<_, Error>(())
            })
            .unwrap();
        let schema = store.reload_schema().unwrap();
        assert!(schema.table("sys_security_acl").is_none());
        assert!(schema.rulebook.is_open());
    }
}
