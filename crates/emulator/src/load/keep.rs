//! Reads the file once, row by row; a load keeps one row per record: its final state.

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

/// A row of the file.
pub(super) struct Row<'r> {
    pub(super) header: &'r StringRecord,
    pub(super) line: u64,
    /// The number of its version; 0 where the map names none.
    pub(super) version: i64,
    pub(super) fields: &'r StringRecord,
}

/// Gives each row of the file to `take`; the result is the header and the number of rows.
pub(super) fn rows(
    reader: &mut dyn Read,
    map: &Map,
    progress: &mut dyn FnMut(Progress),
    take: &mut dyn FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<(StringRecord, u64), Error> {
    let since = Rc::new(Cell::new(0));
    let metered = Metered { inner: reader, since: since.clone() };
    let mut csv = ReaderBuilder::new().from_reader(metered);
    let header = csv.headers().map_err(|error| row_error(1, error))?.clone();
    check_header(&header, map)?;
    let version = map.version.as_ref().and_then(|name| place(&header, name));
    let mut read = 0;
    let mut fields = StringRecord::new();
    while csv.read_record(&mut fields).map_err(|error| row_error(csv_line(&error, read + 2), error))? {
        since.set(0);
        read += 1;
        let line = fields.position().map_or(read + 1, csv::Position::line);
        let version = version_of(&fields, version, &header, line)?;
        take(&Row { header: &header, line, version, fields: &fields })?;
        if read.is_multiple_of(REPORT) {
            progress(Progress::Read(read));
        }
    }
    progress(Progress::Read(read));
    Ok((header, read))
}

/// Keeps the final row of each record.
pub(super) fn final_rows(
    reader: &mut dyn Read,
    map: &Map,
    progress: &mut dyn FnMut(Progress),
) -> Result<Kept, Error> {
    let mut kept: Vec<FinalRow> = Vec::new();
    let mut known: HashMap<String, (usize, i64)> = HashMap::new();
    let (header, read) = rows(reader, map, progress, &mut |row| {
        let key = map.key.as_ref().and_then(|name| place(row.header, name));
        let row_kept = || FinalRow { line: row.line, fields: row.fields.clone() };
        match key.and_then(|at| known.get_mut(&row.fields[at])) {
            Some((_, highest)) if row.version < *highest => {}
            Some((at, highest)) => {
                *highest = row.version;
                kept[*at] = row_kept();
            }
            None => {
                if kept.len() == MOST_RECORDS {
                    let problem = format!("more than {MOST_RECORDS} records");
                    return Err(Error::Row { line: row.line, problem });
                }
                if let Some(at) = key {
                    let text = &row.fields[at];
                    if map.is_missing(text.trim()) {
                        return Err(Error::value(row.line, &row.header[at], text, "is no key"));
                    }
                    known.insert(text.to_owned(), (kept.len(), row.version));
                }
                kept.push(row_kept());
            }
        }
        Ok(())
    })?;
    Ok(Kept { header, rows: kept, read })
}

fn place(header: &StringRecord, name: &str) -> Option<usize> {
    header.iter().position(|column| column == name)
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
