//! A whole row in memory, between its reading and its writing.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::error::Error;
use crate::query::quoted;
use crate::schema::{Column, Kind, Schema, Table};
use crate::value::number;

/// The values of one row, by column of its class.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Its class.
    pub(crate) table: Arc<Table>,
    values: BTreeMap<String, Value>,
}

impl Record {
    /// A row with nothing in it.
    pub(crate) fn new(table: Arc<Table>) -> Self {
        Record { table, values: BTreeMap::new() }
    }

    /// The row of that sys_id, if it is of the table or of a class that extends it.
    pub(crate) fn load(
        connection: &Connection,
        schema: &Schema,
        table: &Arc<Table>,
        sys_id: &str,
    ) -> Result<Option<Record>, Error> {
        let sql = format!("SELECT * FROM {} WHERE {} = ?1", quoted(&table.storage), quoted("sys_id"));
        let mut statement = connection.prepare(&sql)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([sys_id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut values = BTreeMap::new();
        for (at, name) in names.into_iter().enumerate() {
            values.insert(name, row.get::<_, Value>(at)?);
        }
        let class = match values.get("sys_class_name") {
            Some(Value::Text(class)) if table.has_class => schema.table(class).cloned(),
            _ => None,
        };
        let class = class.unwrap_or_else(|| Arc::clone(table));
        if !class.extends(table) {
            return Ok(None);
        }
        // The storage holds the columns of all classes.
        values.retain(|name, _| class.column(name).is_some());
        Ok(Some(Record { table: class, values }))
    }

    pub(crate) fn get(&self, element: &str) -> &Value {
        self.values.get(element).unwrap_or(&Value::Null)
    }

    /// The text of a column; empty for anything else.
    pub(crate) fn text(&self, element: &str) -> &str {
        match self.get(element) {
            Value::Text(text) => text,
            _ => "",
        }
    }

    /// The number of a column, also where a text holds one.
    pub(crate) fn integer(&self, element: &str) -> Option<i64> {
        match self.get(element) {
            Value::Integer(number) => Some(*number),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn is_empty(&self, element: &str) -> bool {
        matches!(self.get(element), Value::Null)
    }

    /// Sets a column, if the class has it and stores it.
    pub(crate) fn set(&mut self, element: &str, value: impl Into<Value>) {
        if self.table.column(element).is_some_and(|column| is_stored(column)) {
            self.values.insert(element.to_owned(), value.into());
        }
    }

    /// As [`Record::set`], where nothing is set yet.
    pub(crate) fn set_if_empty(&mut self, element: &str, value: impl Into<Value>) {
        if self.is_empty(element) {
            self.set(element, value);
        }
    }

    /// The columns whose values differ.
    pub(crate) fn changes(&self, old: &Record) -> Vec<String> {
        let differs = |(name, value): &(&String, &Value)| !same(value, old.get(name));
        self.values.iter().filter(differs).map(|(name, _)| name.clone()).collect()
    }

    pub(crate) fn insert(&self, connection: &Connection) -> Result<(), Error> {
        let set: Vec<(&String, &Value)> =
            self.values.iter().filter(|(_, value)| **value != Value::Null).collect();
        let columns: Vec<String> = set.iter().map(|(name, _)| quoted(name)).collect();
        let places: Vec<String> = (1..=set.len()).map(|at| format!("?{at}")).collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            quoted(&self.table.storage),
            columns.join(", "),
            places.join(", ")
        );
        let values = params_from_iter(set.iter().map(|(_, value)| *value));
        match connection.prepare_cached(&sql)?.execute(values) {
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
                Err(Error::Conflict)
            }
            other => Ok(other.map(|_| ())?),
        }
    }

    /// Writes the columns that are named.
    pub(crate) fn update(&self, connection: &Connection, columns: &[String]) -> Result<(), Error> {
        if columns.is_empty() {
            return Ok(());
        }
        let sets: Vec<String> =
            columns.iter().enumerate().map(|(at, name)| format!("{} = ?{}", quoted(name), at + 2)).collect();
        let sql = format!(
            "UPDATE {} SET {} WHERE {} = ?1",
            quoted(&self.table.storage),
            sets.join(", "),
            quoted("sys_id")
        );
        let values = std::iter::once(self.get("sys_id")).chain(columns.iter().map(|name| self.get(name)));
        connection.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        Ok(())
    }
}

fn is_stored(column: &Column) -> bool {
    !matches!(column.kind, Kind::Journal | Kind::JournalList)
}

/// Whether two values are one to a reader: storage may hold a number as text.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Integer(left), Value::Real(right)) | (Value::Real(right), Value::Integer(left)) => {
            number::plain(*right) == left.to_string()
        }
        _ => left == right,
    }
}
