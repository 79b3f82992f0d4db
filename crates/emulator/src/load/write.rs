//! From kept rows to records, in the caller's transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use csv::StringRecord;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};

use crate::schema::{Column, Kind, Schema, Table, sys_id};
use crate::store;

use super::choices::{self, Labels};
use super::keep::{FinalRow, Kept};
use super::map::{Map, Rule};
use super::references::{self, Names, Problem};
use super::{Error, Progress, Summary, cell, columns};

/// Records between two reports.
const REPORT: u64 = 2_000;

/// A mapped column, resolved against the header and the dictionary.
pub(super) struct Target<'a> {
    foreign: &'a str,
    pub(super) at: usize,
    pub(super) otherwise: Option<usize>,
    rule: &'a Rule,
    pub(super) columns: Vec<Arc<Column>>,
    pub(super) labels: Option<Labels>,
    pub(super) is_key: bool,
}

pub(super) fn write(
    connection: &Connection,
    table: &str,
    map: &Map,
    kept: &Kept,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, Error> {
    let before = Schema::read(connection)?;
    let made = columns::make(connection, &before, table, map)?;
    let schema = if made > 0 { Schema::read(connection)? } else { before };
    let table = schema.table(table).ok_or_else(|| Error::UnknownTable(table.to_owned()))?;
    let mut loader = Loader::new(connection, &schema, table, map)?;
    let mut targets = targets(&schema, table, map, &kept.header)?;
    let total = kept.rows.len() as u64;
    for (row, written) in kept.rows.iter().zip(1..) {
        loader.record(row, &mut targets)?;
        if written % REPORT == 0 || written == total {
            progress(Progress::Written(written, total));
        }
    }
    let mut new_choices = 0;
    for target in &targets {
        let Some(labels) = &target.labels else { continue };
        for column in &target.columns {
            new_choices += choices::write(connection, &schema, table, &column.element, &labels.new)?;
        }
    }
    store::settle_counters(connection, &schema)?;
    Ok(Summary {
        rows: kept.read,
        records: total,
        referred: loader.names.made,
        choices: new_choices,
        columns: made,
        kept: false,
    })
}

/// The element that the key becomes.
fn key(table: &Table, map: &Map) -> Result<Option<Arc<Column>>, Error> {
    let Some(key) = &map.key else { return Ok(None) };
    let entry = map.columns.iter().find(|entry| entry.foreign == *key);
    let column = entry.and_then(|entry| table.column(&entry.rule.element[0]));
    match column.filter(|column| column.kind == Kind::Text) {
        Some(column) => Ok(Some(column.clone())),
        None => Err(Error::column(key, "is the key but does not become a text")),
    }
}

/// The mapped columns, in the order of the map.
pub(super) fn targets<'a>(
    schema: &Schema,
    table: &Table,
    map: &'a Map,
    header: &StringRecord,
) -> Result<Vec<Target<'a>>, Error> {
    let place = |name: &str| header.iter().position(|column| column == name);
    let mut targets = Vec::with_capacity(map.columns.len());
    for entry in &map.columns {
        let missing = || Error::column(&entry.foreign, "is not in the file");
        let columns = entry
            .rule
            .element
            .iter()
            .filter_map(|element| table.column(element).cloned())
            .collect::<Vec<_>>();
        let first = columns.first().ok_or_else(|| Error::column(&entry.foreign, "has no column to go to"))?;
        let listed = first.choice || !entry.rule.values.is_empty();
        let labels =
            (listed && first.kind != Kind::Boolean).then(|| Labels::of(schema, table, first, &entry.rule));
        targets.push(Target {
            foreign: &entry.foreign,
            at: place(&entry.foreign).ok_or_else(missing)?,
            otherwise: entry.rule.otherwise.as_deref().and_then(place),
            rule: &entry.rule,
            columns,
            labels,
            is_key: map.key.as_ref() == Some(&entry.foreign),
        });
    }
    Ok(targets)
}

/// What texts become values with.
pub(super) struct Loader<'a> {
    connection: &'a Connection,
    schema: &'a Schema,
    pub(super) table: &'a Table,
    pub(super) map: &'a Map,
    key: Option<Arc<Column>>,
    names: Names,
    pub(super) defaults: BTreeMap<&'a str, Value>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        schema: &'a Schema,
        table: &'a Table,
        map: &'a Map,
    ) -> Result<Self, Error> {
        let (names, defaults) = (Names::default(), cell::defaults(table));
        Ok(Loader { connection, schema, table, map, key: key(table, map)?, names, defaults })
    }
}

impl Loader<'_> {
    fn record(&mut self, row: &FinalRow, targets: &mut [Target<'_>]) -> Result<(), Error> {
        let mut values: HashMap<String, Value> = HashMap::new();
        for target in targets {
            let value = self.value(row, target)?;
            for column in &target.columns {
                values.insert(column.element.clone(), value.clone());
            }
        }
        let id = self.sys_id(&values, row.line)?;
        let mut record = self.defaults.clone();
        // A mapped column that is empty in the file is empty, whatever its default.
        record.extend(values.iter().map(|(element, value)| (element.as_str(), value.clone())));
        record.insert("sys_id", Value::Text(id));
        Ok(references::insert(self.connection, self.table, record)?)
    }

    fn value(&mut self, row: &FinalRow, target: &mut Target<'_>) -> Result<Value, Error> {
        let mut text = row.fields[target.at].trim();
        if self.map.is_missing(text) {
            text = target.otherwise.map_or("", |at| row.fields[at].trim());
        }
        if self.map.is_missing(text) {
            return Ok(Value::Null);
        }
        self.value_of(text, row.line, target)
    }

    /// The value of a text that is not missing.
    pub(super) fn value_of(
        &mut self,
        text: &str,
        line: u64,
        target: &mut Target<'_>,
    ) -> Result<Value, Error> {
        let refuse = |problem: &str| Error::value(line, target.foreign, text, problem);
        let column = &target.columns[0];
        if column.kind == Kind::Reference {
            let found = self.names.find(self.connection, self.schema, column, text, &target.rule.fill);
            return match found {
                Ok(id) => Ok(Value::Text(id)),
                Err(Problem::Sqlite(error)) => Err(error.into()),
                Err(Problem::NoTable) => Err(refuse("refers to a table that does not exist")),
                Err(Problem::TooMany) => Err(refuse("is one name too many")),
                Err(Problem::NoColumn(element)) => Err(refuse(&format!("cannot be filled into {element}"))),
            };
        }
        let Some(labels) = &mut target.labels else {
            return cell::value(column.kind, text, self.map).map_err(refuse);
        };
        let value =
            labels.value(text).ok_or_else(|| refuse("is not a known label; name its number in the map"))?;
        cell::value(column.kind, &value, self.map).map_err(refuse)
    }

    /// The sys_id of the record with this key: the one it has, after taking it out, or one that follows from the key.
    fn sys_id(&self, values: &HashMap<String, Value>, line: u64) -> Result<String, Error> {
        let Some(key) = &self.key else {
            return Ok(sys_id(&["load", &self.table.name, "line", &line.to_string()]));
        };
        let Some(Value::Text(text)) = values.get(&key.element) else {
            return Err(Error::Row { line, problem: "it has no key".to_owned() });
        };
        let Some(id) = self.existing(text)? else {
            return Ok(sys_id(&["load", &self.table.name, "key", text]));
        };
        let delete = format!("DELETE FROM \"{}\" WHERE sys_id = ?1", self.table.storage);
        self.connection.prepare_cached(&delete)?.execute([&id])?;
        Ok(id)
    }

    /// The sys_id of the record with this key, if there is one.
    pub(super) fn existing(&self, text: &str) -> Result<Option<String>, Error> {
        let Some(key) = &self.key else { return Ok(None) };
        let storage = &self.table.storage;
        let class = if self.table.has_class { " AND sys_class_name = ?2" } else { " AND ?2 IS NOT NULL" };
        let find = format!("SELECT sys_id FROM \"{storage}\" WHERE \"{}\" = ?1{class}", key.element);
        let mut statement = self.connection.prepare_cached(&find)?;
        Ok(statement.query_row([text, &self.table.name], |row| row.get(0)).optional()?)
    }
}
