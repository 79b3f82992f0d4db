//! From sources to the file: one thread makes rows, this one writes them, in the order of the physical table's key
//! so that the table grows at its end only.

use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rusqlite::{Connection, Statement};

use super::row::{Cell, Row};
use super::source::{Source, Storage};
use super::world::World;
use super::{Error, Progress};

/// Rows handed over at a time, and how many such batches may wait.
const BATCH: usize = 256;
const WAITING: usize = 8;
/// Rows per transaction.
const TRANSACTION: u64 = 100_000;

/// The place of a row in its physical table, and where it comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// The upper half of the sys_id: enough to sort by.
    prefix: u64,
    source: u8,
    /// Less than 2^40, in two parts to keep a key at 16 bytes.
    high: u8,
    low: u32,
}

/// Writes every storage; answers with the rows of each.
pub(super) fn write(
    connection: &Connection,
    world: &World,
    storages: &[Storage<'_>],
    progress: &mut dyn FnMut(Progress),
) -> Result<BTreeMap<String, u64>, Error> {
    let mut rows = BTreeMap::new();
    let mut report = Report { progress, done: 0, total: total(world, storages) };
    for storage in storages {
        report.step(storage.name);
        let before = report.done;
        let keys = keys(world, storage);
        let (send, receive) = sync_channel(WAITING);
        thread::scope(|scope| {
            scope.spawn(|| produce(world, storage, &keys, send));
            insert(connection, storage.name, receive, &mut report)
        })?;
        rows.insert(storage.name.to_owned(), report.done - before);
    }
    Ok(rows)
}

struct Report<'a> {
    progress: &'a mut dyn FnMut(Progress),
    done: u64,
    total: u64,
}

impl Report<'_> {
    fn step(&mut self, step: &'static str) {
        (self.progress)(Progress { rows: self.done, total: self.total, step });
    }
}

fn total(world: &World, storages: &[Storage<'_>]) -> u64 {
    let generated: usize =
        storages.iter().flat_map(|storage| &storage.sources).map(|source| source.indexes().count()).sum();
    (generated + world.demo.rows.len()) as u64
}

/// All keys of a storage, sorted; demo rows are the last source.
fn keys(world: &World, storage: &Storage<'_>) -> Vec<Key> {
    let mut keys = Vec::new();
    for (at, source) in storage.sources.iter().enumerate() {
        keys.extend(source.indexes().map(|index| key(source.id(index), at, index)));
    }
    for (index, demo) in world.demo.rows.iter().enumerate().filter(|(_, demo)| demo.storage == storage.name) {
        keys.push(key(demo.row.id, storage.sources.len(), index as u64));
    }
    keys.sort_unstable();
    keys
}

fn key(id: u128, source: usize, index: u64) -> Key {
    Key {
        prefix: u64::try_from(id >> 64).expect("the upper half fits"),
        source: u8::try_from(source).expect("a table has few sources"),
        high: u8::try_from(index >> 32).expect("a plan is checked to stay below 2^40 rows"),
        low: u32::try_from(index & 0xffff_ffff).expect("the lower half fits"),
    }
}

/// Makes the rows in order. It ends early when nobody listens.
fn produce(world: &World, storage: &Storage<'_>, keys: &[Key], send: SyncSender<Vec<Row>>) {
    for chunk in keys.chunks(BATCH) {
        let batch: Vec<Row> = chunk.iter().map(|key| row(world, &storage.sources, *key)).collect();
        if send.send(batch).is_err() {
            return;
        }
    }
}

fn row(world: &World, sources: &[Box<dyn Source + '_>], key: Key) -> Row {
    let index = u64::from(key.high) << 32 | u64::from(key.low);
    match sources.get(usize::from(key.source)) {
        Some(source) => {
            let mut row = Row::new(source.id(index));
            source.fill(index, &mut row);
            row
        }
        None => {
            let at = usize::try_from(index).expect("an index of a list");
            world.demo.rows[at].row.clone()
        }
    }
}

fn insert(
    connection: &Connection,
    storage: &'static str,
    batches: Receiver<Vec<Row>>,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let columns = columns(connection, storage)?;
    let mut names: Vec<(&String, &usize)> = columns.iter().collect();
    names.sort_unstable_by_key(|(_, at)| **at);
    let quoted: Vec<String> = names.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let marks = vec!["?"; quoted.len()].join(",");
    let sql = format!("INSERT INTO \"{storage}\" ({}) VALUES ({marks})", quoted.join(","));
    let mut statement = connection.prepare(&sql)?;
    let mut open = 0;
    connection.execute_batch("BEGIN")?;
    for batch in batches {
        open += batch.len() as u64;
        report.done += batch.len() as u64;
        for row in &batch {
            bind(&mut statement, &columns, row)?;
        }
        if open >= TRANSACTION {
            connection.execute_batch("COMMIT; BEGIN")?;
            open = 0;
            report.step(storage);
        }
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

/// Column name → parameter number.
fn columns(connection: &Connection, storage: &str) -> Result<HashMap<String, usize>, Error> {
    let mut query = connection.prepare("SELECT name, cid + 1 FROM pragma_table_info(?1)")?;
    let mut columns = HashMap::new();
    let mut rows = query.query([storage])?;
    while let Some(row) = rows.next()? {
        columns.insert(row.get(0)?, usize::from(row.get::<_, u16>(1)?));
    }
    Ok(columns)
}

fn bind(statement: &mut Statement<'_>, columns: &HashMap<String, usize>, row: &Row) -> Result<(), Error> {
    statement.clear_bindings();
    statement.raw_bind_parameter(columns["sys_id"], hex(row.id))?;
    for (name, cell) in &row.cells {
        let at = *columns.get(name.as_ref()).ok_or_else(|| Error::Demo(format!("no column {name}")))?;
        match cell {
            Cell::Number(value) => statement.raw_bind_parameter(at, value)?,
            Cell::Real(value) => statement.raw_bind_parameter(at, value)?,
            Cell::Text(value) => statement.raw_bind_parameter(at, value.as_ref())?,
            Cell::Id(value) => statement.raw_bind_parameter(at, hex(*value))?,
        }
    }
    statement.raw_execute()?;
    Ok(())
}

fn hex(id: u128) -> String {
    format!("{id:032x}")
}
