//! Reads the file once and keeps one row per record: its final state.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord};

use super::map::Map;
use super::{Error, Progress};

/// Records of one file.
const MOST_RECORDS: usize = 5_000_000;
/// Bytes of one row; more means a quote that is never closed.
const LONGEST_ROW: usize = 4 << 20;
/// Rows between two reports.
const REPORT: u64 = 10_000;

/// The rows that count, in the order their records first appeared.
pub(super) struct Kept {
    pub(super) header: StringRecord,
    pub(super) rows: Vec<FinalRow>,
    /// Rows of the file.
    pub(super) read: u64,
}

/// A row and where it stood.
pub(super) struct FinalRow {
    pub(super) line: u64,
    pub(super) fields: StringRecord,
}

/// Reads all rows.
pub(super) fn final_rows(
    reader: &mut dyn Read,
    map: &Map,
    progress: &mut dyn FnMut(Progress),
) -> Result<Kept, Error> {
    let since = Rc::new(Cell::new(0));
    let metered = Metered { inner: reader, since: since.clone() };
    let mut csv = ReaderBuilder::new().from_reader(metered);
    let header = csv.headers().map_err(|error| row_error(1, error))?.clone();
    check_header(&header, map)?;
    let place = |name: &String| header.iter().position(|column| column == name);
    let key = map.key.as_ref().and_then(place);
    let version = map.version.as_ref().and_then(place);
    let mut kept = Kept { header: header.clone(), rows: Vec::new(), read: 0 };
    let mut known: HashMap<String, (usize, i64)> = HashMap::new();
    let mut row = StringRecord::new();
    while csv.read_record(&mut row).map_err(|error| row_error(csv_line(&error, kept.read + 2), error))? {
        since.set(0);
        kept.read += 1;
        let line = row.position().map_or(kept.read + 1, csv::Position::line);
        let version = version_of(&row, version, &header, line)?;
        let found = key.and_then(|at| known.get_mut(&row[at]));
        match found {
            Some((_, highest)) if version < *highest => {}
            Some((at, highest)) => {
                *highest = version;
                kept.rows[*at] = FinalRow { line, fields: row.clone() };
            }
            None => {
                if kept.rows.len() == MOST_RECORDS {
                    return Err(Error::Row { line, problem: format!("more than {MOST_RECORDS} records") });
                }
                if let Some(at) = key {
                    if map.is_missing(row[at].trim()) {
                        return Err(Error::value(line, &header[at], &row[at], "is no key"));
                    }
                    known.insert(row[at].to_owned(), (kept.rows.len(), version));
                }
                kept.rows.push(FinalRow { line, fields: row.clone() });
            }
        }
        if kept.read.is_multiple_of(REPORT) {
            progress(Progress::Read(kept.read));
        }
    }
    progress(Progress::Read(kept.read));
    Ok(kept)
}

/// Every mapped column is in the file, and every column of the file is mapped or ignored.
fn check_header(header: &StringRecord, map: &Map) -> Result<(), Error> {
    let in_file = |name: &str| header.iter().any(|column| column == name);
    let mapped = map.columns.iter().map(|entry| &entry.foreign);
    for name in mapped.chain(&map.version).chain(&map.ignore) {
        if !in_file(name) {
            return Err(Error::column(name, "is in the map but not in the file"));
        }
    }
    let known = |name: &str| {
        map.ignore.iter().chain(&map.version).any(|other| other == name)
            || map.columns.iter().any(|entry| entry.foreign == name)
    };
    match header.iter().find(|name| !known(name)) {
        Some(name) => Err(Error::column(name, "is in the file but neither mapped nor ignored")),
        None => Ok(()),
    }
}

fn version_of(row: &StringRecord, at: Option<usize>, header: &StringRecord, line: u64) -> Result<i64, Error> {
    let Some(at) = at else { return Ok(0) };
    row[at].trim().parse().map_err(|_| Error::value(line, &header[at], &row[at], "is not a whole number"))
}

fn csv_line(error: &csv::Error, guess: u64) -> u64 {
    error.position().map_or(guess, csv::Position::line)
}

fn row_error(line: u64, error: csv::Error) -> Error {
    Error::Row { line, problem: error.to_string() }
}

/// Stops a row that does not end before it fills the memory.
struct Metered<'a> {
    inner: &'a mut dyn Read,
    since: Rc<Cell<usize>>,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since.get() > LONGEST_ROW {
            return Err(io::Error::other(format!("the row is longer than {LONGEST_ROW} bytes")));
        }
        let read = self.inner.read(buffer)?;
        self.since.set(self.since.get() + read);
        Ok(read)
    }
}
