//! Staging tables: what came in, and what is noted about it.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::{Fields, ImportResult, ImportRow, ImportSet, ImportStatus, map, transform};
use crate::engine::{Engine, find};
use crate::error::Error;
use crate::records::{self, Record, WriteMode};
use crate::rulebook::{Grant, Operation};
use crate::schema::{Schema, Table};
use crate::session::{Reading, Session};

/// Rows of an import set.
const MOST: usize = 100_000;

/// The staging table of that name, if the caller may load it.
fn table<'s>(schema: &'s Schema, session: &Session, name: &str) -> Result<&'s Arc<Table>, Error> {
    let table = find(schema, name)?;
    let row = schema.table("sys_import_set_row").filter(|row| row.name != name && table.extends(row));
    row.ok_or_else(|| Error::NotStaging(name.to_owned()))?;
    if session.may_write(schema, table, Operation::Create) == Grant::Closed {
        return Err(Error::WriteForbidden { operation: "Insert" });
    }
    Ok(table)
}

/// Makes an import set of some rows, in one transaction.
pub(crate) fn load(
    engine: &Engine,
    session: &Session,
    name: &str,
    rows: Vec<Fields>,
) -> Result<ImportSet, Error> {
    let schema = engine.schema();
    let table = table(&schema, session, name)?;
    if rows.len() > MOST {
        return Err(Error::TooComplex("rows"));
    }
    let sets = find(&schema, "sys_import_set")?;
    let mode = WriteMode::default();
    let mode_of_set = if rows.len() == 1 { "synchronous" } else { "asynchronous" };
    engine.write(|transaction| {
        let insert = |table: &Arc<Table>, fields: &Fields| {
            records::insert_within(transaction, engine, &schema, session, table, fields, &mode)
        };
        let set = [("table_name", name), ("state", "loaded"), ("mode", mode_of_set)];
        let set = set.map(|(field, value)| (field.to_owned(), Some(value.to_owned()))).to_vec();
        let set = insert(sets, &set)?;
        let mut ids = Vec::with_capacity(rows.len());
        for (at, fields) in rows.into_iter().enumerate() {
            let mut fields = named(table, fields);
            fields.push(("sys_import_set".to_owned(), Some(set.clone())));
            fields.push(("sys_import_row".to_owned(), Some((at + 1).to_string())));
            ids.push(insert(table, &fields)?);
        }
        let number = number(transaction, &set)?;
        Ok(ImportSet { sys_id: set, number, table: Arc::clone(table), rows: ids })
    })
}

/// The fields by column: a caller may leave `u_` out, or use labels. What the platform notes is not the caller's.
fn named(table: &Table, fields: Fields) -> Fields {
    let columns = || table.columns.iter().filter(|column| !column.element.starts_with("sys_"));
    let column = |name: &str| {
        let named = |element: &str| columns().find(|column| column.element == element);
        let labelled = || columns().find(|column| column.label.eq_ignore_ascii_case(name));
        named(name).or_else(|| named(&format!("u_{name}"))).or_else(labelled)
    };
    let own = |(name, value): (String, Option<String>)| Some((column(&name)?.element.clone(), value));
    fields.into_iter().filter_map(own).collect()
}

fn number(connection: &Connection, set: &str) -> Result<String, Error> {
    let sql = "SELECT number FROM sys_import_set WHERE sys_id = ?1";
    let number = connection.prepare_cached(sql)?.query_row([set], |row| row.get::<_, Option<String>>(0));
    Ok(number.optional()?.flatten().unwrap_or_default())
}

/// Notes that a set is done.
pub(super) fn processed(engine: &Engine, set: &ImportSet) -> Result<(), Error> {
    engine.write(|transaction| {
        let sql = "UPDATE sys_import_set SET state = 'processed' WHERE sys_id = ?1";
        transaction.prepare_cached(sql)?.execute([&set.sys_id])?;
        Ok(())
    })
}

/// Notes on a row what a map did with it.
pub(super) fn note(
    engine: &Engine,
    row: &mut Record,
    map: &map::Map,
    result: &ImportResult,
) -> Result<(), Error> {
    row.set("sys_import_state", result.status.as_str().to_owned());
    row.set("sys_import_state_comment", result.error.clone());
    row.set("sys_transform_map", map.sys_id.clone());
    row.set("sys_target_table", result.table.clone());
    row.set("sys_target_sys_id", result.target.as_ref().map(|target| target.sys_id.clone()));
    let noted = [
        "sys_import_state",
        "sys_import_state_comment",
        "sys_transform_map",
        "sys_target_table",
        "sys_target_sys_id",
    ];
    engine.write(|transaction| row.update(transaction, &noted.map(str::to_owned)))
}

/// What became of a row, as noted on it.
pub(crate) fn imported(
    engine: &Engine,
    session: &Session,
    name: &str,
    sys_id: &str,
) -> Result<ImportRow, Error> {
    let schema = engine.schema();
    let table = table(&schema, session, name)?;
    if matches!(session.reading(&schema, table), Reading::Nothing | Reading::Refused) {
        return Err(Error::NotFound);
    }
    engine.read(|connection| {
        let row = Record::load(connection, &schema, table, sys_id)?.ok_or(Error::NotFound)?;
        let mut results = Vec::new();
        if let Some(status) = ImportStatus::parse(row.text("sys_import_state")) {
            let target = schema.table(row.text("sys_target_table"));
            let target = target
                .map(|target| transform::target(connection, &schema, target, row.text("sys_target_sys_id")));
            results.push(ImportResult {
                map: map::name(connection, row.text("sys_transform_map"))?,
                table: row.text("sys_target_table").to_owned(),
                status,
                target: target.transpose()?.flatten(),
                error: Some(row.text("sys_import_state_comment").to_owned()).filter(|text| !text.is_empty()),
            });
        }
        Ok(ImportRow {
            import_set: number(connection, row.text("sys_import_set"))?,
            staging_table: table.name.clone(),
            sys_id: row.text("sys_id").to_owned(),
            results,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_in_three_ways() {
        let schema = Schema::builtin().unwrap();
        let table = schema.table("u_imp_incident").unwrap();
        for (name, expected) in [
            ("u_number", Some("u_number")),
            ("number", Some("u_number")),
            ("Short description", Some("u_short_description")),
            ("short description", Some("u_short_description")),
            ("sys_import_state", None),
            ("State", Some("u_state")),
            ("nothing", None),
        ] {
            let got = named(table, vec![(name.to_owned(), None)]);
            assert_eq!(got.first().map(|(name, _)| name.as_str()), expected, "{name}");
        }
    }
}
