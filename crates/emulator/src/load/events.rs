//! The whole file as a story: every row is an event in the life of its record.
//!
//! The rows of a record follow each other by their version, equals by their place in the file, so that the last one is
//! the state that [`super::file`] would load. Records take turns by the times of their updates; where a later version
//! has an earlier time, it happens when the one before it did. People, groups and choices that the file names are made
//! ahead. Memory: each distinct text once, and four bytes for each field of each row.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDateTime;
use csv::StringRecord;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::keep;
use super::map::Map;
use super::write::{self, Loader, Target};
use super::{Error, Load, Progress, archive, choices, columns};
use crate::schema::{Schema, Table, sys_id};
use crate::store::{self, Store};
use crate::value::literal;

/// Rows of one file.
const MOST_ROWS: usize = 2_000_000;

/// The events of a file, ready to happen.
pub(crate) struct Events {
    pub(crate) table: Arc<Table>,
    /// What a new record begins with.
    pub(crate) defaults: Vec<(String, Value)>,
    /// The column that each value of an event is for, by its place.
    pub(crate) elements: Vec<String>,
    /// One for each record.
    pub(crate) ids: Vec<String>,
    pub(crate) events: Vec<Event>,
    values: Vec<Value>,
}

/// A row of the file.
pub(crate) struct Event {
    /// When, in seconds since 1970.
    pub(crate) at: i64,
    /// Whose, as a place among the ids.
    pub(crate) record: u32,
    values: Box<[u32]>,
}

impl Events {
    /// What the columns are after the event.
    pub(crate) fn values<'e>(&'e self, event: &'e Event) -> Vec<(&'e str, &'e Value)> {
        let values = event.values.iter().map(|&at| &self.values[at as usize]);
        self.elements.iter().map(String::as_str).zip(values).collect()
    }
}

/// Reads the file, and makes what its rows refer to.
pub(crate) fn read(store: &Store, load: &Load, progress: &mut dyn FnMut(Progress)) -> Result<Events, Error> {
    let map = Map::read(&load.map)?;
    if map.key.is_none() {
        return Err(map_error(&load.map, "a replay needs its key: without it no two rows are of one record"));
    }
    // Every name is looked up by its display value.
    store.build_indexes()?;
    let rows = archive::read(&load.file, |reader| {
        let mut rows = Rows::default();
        let (header, _) = keep::rows(reader, &map, progress, &mut |row| rows.keep(row))?;
        rows.header = header;
        Ok(rows)
    })?;
    let events = store.write(|transaction| told(transaction, load, &map, &rows))?;
    store.reload_schema()?;
    store.build_indexes()?;
    Ok(events)
}

#[derive(Default)]
struct Rows {
    header: StringRecord,
    texts: Texts,
    kept: Vec<Row>,
}

struct Row {
    line: u64,
    version: i64,
    fields: Box<[u32]>,
}

/// Texts by number.
#[derive(Default)]
struct Texts {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Rows {
    fn keep(&mut self, row: &keep::Row<'_>) -> Result<(), Error> {
        if self.kept.len() == MOST_ROWS {
            let problem = format!("more than {MOST_ROWS} rows");
            return Err(Error::Row { line: row.line, problem });
        }
        let fields = row.fields.iter().map(|text| self.texts.number(text.trim())).collect();
        self.kept.push(Row { line: row.line, version: row.version, fields });
        Ok(())
    }
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        // Rows are bounded, and so are their columns: there are fewer texts than numbers.
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }
}

fn told(connection: &Connection, load: &Load, map: &Map, rows: &Rows) -> Result<Events, Error> {
    let before = Schema::read(connection)?;
    let made = columns::make(connection, &before, &load.table, map)?;
    let schema = if made > 0 { Schema::read(connection)? } else { before };
    let table = schema.table(&load.table).ok_or_else(|| Error::UnknownTable(load.table.clone()))?;
    let mut loader = Loader::new(connection, &schema, table, map)?;
    let mut targets = write::targets(&schema, table, map, &rows.header)?;
    let mut reading = Reading::new(&targets, &load.map)?;
    for row in &rows.kept {
        reading.row(&mut loader, &mut targets, &rows.texts, row)?;
    }
    for target in &targets {
        let Some(labels) = &target.labels else { continue };
        for column in &target.columns {
            choices::write(connection, &schema, table, &column.element, &labels.new)?;
        }
    }
    store::settle_counters(connection, &schema)?;
    let defaults = loader.defaults.iter().map(|(element, value)| ((*element).to_owned(), value.clone()));
    let defaults = defaults.collect();
    let events = in_order(reading.rows, reading.ids.len());
    Ok(Events {
        table: Arc::clone(table),
        defaults,
        elements: reading.elements,
        ids: reading.ids,
        events,
        values: reading.values,
    })
}

/// The conversion from texts to values, each text of a column once.
struct Reading {
    elements: Vec<String>,
    /// The places of the key and of the time among the values of an event.
    key: usize,
    time: usize,
    records: HashMap<String, u32>,
    ids: Vec<String>,
    values: Vec<Value>,
    known: HashMap<(usize, u32), u32>,
    rows: Vec<(i64, Event)>,
}

impl Reading {
    fn new(targets: &[Target<'_>], map_file: &Path) -> Result<Self, Error> {
        let elements: Vec<String> = targets
            .iter()
            .flat_map(|target| target.columns.iter().map(|column| column.element.clone()))
            .collect();
        let place = |target: &Target<'_>| {
            elements.iter().position(|element| *element == target.columns[0].element).unwrap_or_default()
        };
        let key = targets.iter().find(|target| target.is_key);
        let key = key.ok_or_else(|| map_error(map_file, "the key is not one of its columns"))?;
        let time = elements.iter().position(|element| element == "sys_updated_on");
        let time = time.ok_or_else(|| map_error(map_file, "a replay needs a column for sys_updated_on"))?;
        Ok(Reading {
            key: place(key),
            time,
            elements,
            records: HashMap::new(),
            ids: Vec::new(),
            values: vec![Value::Null],
            known: HashMap::new(),
            rows: Vec::new(),
        })
    }

    fn row(
        &mut self,
        loader: &mut Loader<'_>,
        targets: &mut [Target<'_>],
        texts: &Texts,
        row: &Row,
    ) -> Result<(), Error> {
        let mut values = Vec::with_capacity(self.elements.len());
        for (at, target) in targets.iter_mut().enumerate() {
            let text = match row.fields[target.at] {
                missing if loader.map.is_missing(texts.text(missing)) => {
                    let otherwise = target.otherwise.map(|at| row.fields[at]);
                    otherwise.filter(|&text| !loader.map.is_missing(texts.text(text)))
                }
                there => Some(there),
            };
            let value = match text {
                None => 0,
                Some(text) => self.value(loader, target, (at, text), texts.text(text), row.line)?,
            };
            values.extend(target.columns.iter().map(|_| value));
        }
        let record = self.record(loader, &values, row.line)?;
        let at = match &self.values[values[self.time] as usize] {
            Value::Text(text) => NaiveDateTime::parse_from_str(text, literal::DATE_TIME)
                .map_or(i64::MIN, |time| time.and_utc().timestamp()),
            _ => i64::MIN,
        };
        self.rows.push((row.version, Event { at, record, values: values.into() }));
        Ok(())
    }

    fn value(
        &mut self,
        loader: &mut Loader<'_>,
        target: &mut Target<'_>,
        key: (usize, u32),
        text: &str,
        line: u64,
    ) -> Result<u32, Error> {
        if let Some(&known) = self.known.get(&key) {
            return Ok(known);
        }
        let value = loader.value_of(text, line, target)?;
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value);
        self.known.insert(key, number);
        Ok(number)
    }

    /// The record of that key: the one the instance has, or one that follows from the key.
    fn record(&mut self, loader: &Loader<'_>, values: &[u32], line: u64) -> Result<u32, Error> {
        let Value::Text(key) = &self.values[values[self.key] as usize] else {
            return Err(Error::Row { line, problem: "it has no key".to_owned() });
        };
        if let Some(&known) = self.records.get(key) {
            return Ok(known);
        }
        let id = match loader.existing(key)? {
            Some(id) => id,
            None => sys_id(&["load", &loader.table.name, "key", key]),
        };
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.records.insert(key.clone(), number);
        self.ids.push(id);
        Ok(number)
    }
}

/// The events as they happen, from rows in the order of the file with their versions.
fn in_order(rows: Vec<(i64, Event)>, records: usize) -> Vec<Event> {
    let mut lives: Vec<Vec<(i64, Event)>> = Vec::new();
    lives.resize_with(records, Vec::new);
    for (version, event) in rows {
        lives[event.record as usize].push((version, event));
    }
    let mut events = Vec::new();
    for mut life in lives {
        life.sort_by_key(|(version, _)| *version);
        // A row without a time happens with the one before it; the first of all with the one after it.
        let first = life.iter().map(|(_, event)| event.at).find(|at| *at > i64::MIN).unwrap_or_default();
        let mut last = first;
        for (_, mut event) in life {
            last = last.max(event.at);
            event.at = last;
            events.push(event);
        }
    }
    events.sort_by_key(|event| event.at);
    events
}

fn map_error(path: &Path, problem: &str) -> Error {
    Error::Map { path: path.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_take_turns_and_each_keeps_its_order() {
        // (version, time, record, mark)
        let rows = [
            (0, 100, 0, 'a'),
            (2, 50, 0, 'c'),
            (1, 120, 0, 'b'),
            (0, i64::MIN, 1, 'd'),
            (1, 110, 1, 'e'),
            (1, 110, 1, 'f'),
        ];
        let rows = rows.map(|(version, at, record, mark)| {
            (version, Event { at, record, values: Box::new([mark as u32]) })
        });
        let events = in_order(rows.into(), 2);
        let told: Vec<_> =
            events.iter().map(|event| (event.at, char::from_u32(event.values[0]).unwrap())).collect();
        assert_eq!(told, [(100, 'a'), (110, 'd'), (110, 'e'), (110, 'f'), (120, 'b'), (120, 'c')]);
    }
}
