//! Rows of a file at a destination: CSV with a line of column names, or a JSON object in each line.
//!
//! What lies in a store is brought to this machine first, into a file without a name. Rows are read as they are taken, by a
//! thread of its own. The first row that cannot be read is the end.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};

use dataset::Place;
use futures::StreamExt;
use serde_json::{Map, Value};
use servicenow::Fields;
use tokio::sync::mpsc;

use crate::error::{Error, SinkError};
use crate::export::{Destinations, failed};

/// The largest file.
const MOST_BYTES: u64 = 4 << 30;
/// The longest row, bytes.
const MOST_ROW: u64 = 16 << 20;
/// Rows that are read ahead.
const AHEAD: usize = 400;

/// A file of rows.
pub(super) struct Source {
    place: Place,
    name: String,
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Ndjson,
}

/// Rows as they are read.
pub(super) struct Rows(mpsc::Receiver<Result<Fields, Error>>);

impl Rows {
    pub(super) async fn next(&mut self) -> Option<Result<Fields, Error>> {
        self.0.recv().await
    }
}

impl Source {
    pub(super) fn new(destinations: &Destinations, destination: &str, path: &str) -> Result<Self, Error> {
        if path.is_empty() {
            return Err(Error::invalid("path", "is required: the file below the destination"));
        }
        let format = format(path)?;
        let (place, name) = destinations.file(destination, path)?;
        Ok(Source { place, name, format })
    }

    /// Those after the first `skipped` ones.
    pub(super) async fn rows(self, skipped: u64) -> Result<Rows, Error> {
        let file = self.bring().await?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        let format = self.format;
        tokio::task::spawn_blocking(move || {
            let rows = match format {
                Format::Csv => csv_rows(file),
                Format::Ndjson => Ok(Box::new(json_rows(file)) as Box<dyn Iterator<Item = _>>),
            };
            let rows = match rows {
                Ok(rows) => rows,
                Err(error) => return drop(sender.blocking_send(Err(error))),
            };
            for row in rows.skip(skipped) {
                let is_end = row.is_err();
                // Nobody listens any more where the attempt has ended.
                if sender.blocking_send(row).is_err() || is_end {
                    return;
                }
            }
        });
        Ok(Rows(receiver))
    }

    async fn bring(&self) -> Result<File, Error> {
        let told = |error| failed(&self.place, error);
        let missing = || SinkError::Failed {
            place: self.place.shown().to_owned(),
            problem: format!("holds no file {}", self.name),
            passing: false,
            source: Box::new(dataset::Error::Address("there is no such file".to_owned())),
        };
        let size = self.place.size(&self.name).await.map_err(told)?.ok_or_else(missing)?;
        if size > MOST_BYTES {
            let problem = format!("has {size} bytes; at most {MOST_BYTES}: split the file");
            return Err(Error::invalid("path", problem));
        }
        if let Some(path) = self.place.file(&self.name) {
            return File::open(path).map_err(Error::internal);
        }
        let mut content = self.place.read(&self.name).await.map_err(told)?.ok_or_else(missing)?;
        let mut file = tempfile::tempfile().map_err(Error::internal)?;
        while let Some(chunk) = content.next().await {
            file.write_all(&chunk.map_err(told)?).map_err(Error::internal)?;
        }
        file.rewind().map_err(Error::internal)?;
        Ok(file)
    }
}

fn format(path: &str) -> Result<Format, Error> {
    match path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "csv" => Ok(Format::Csv),
        "ndjson" | "jsonl" => Ok(Format::Ndjson),
        _ => Err(Error::invalid("path", "must end in .csv or .ndjson")),
    }
}

fn csv_rows(input: impl Read + 'static) -> Result<Box<dyn Iterator<Item = Result<Fields, Error>>>, Error> {
    let broken = |error: csv::Error| Error::invalid("path", error.to_string());
    let mut reader = csv::Reader::from_reader(input);
    let names = reader.headers().map_err(broken)?.clone();
    if names.iter().any(|name| name.trim().is_empty()) {
        return Err(Error::invalid("path", "the file's first line holds a column without a name"));
    }
    let rows = reader.into_records().map(move |record| {
        let record = record.map_err(broken)?;
        let pair = |(name, value): (&str, &str)| (name.to_owned(), Some(value.to_owned()));
        Ok(names.iter().zip(&record).map(pair).collect())
    });
    Ok(Box::new(rows))
}

fn json_rows(input: impl Read) -> impl Iterator<Item = Result<Fields, Error>> {
    let mut input = BufReader::new(input);
    let lines = std::iter::from_fn(move || {
        let mut line = Vec::new();
        match input.by_ref().take(MOST_ROW).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(Ok(line)),
            Err(error) => Some(Err(error)),
        }
    });
    lines.enumerate().filter_map(|(index, line)| match line {
        Ok(line) if line.trim_ascii().is_empty() => None,
        Ok(line) => Some(json_row(index + 1, &line)),
        Err(error) => Some(Err(Error::invalid("path", format!("line {}: {error}", index + 1)))),
    })
}

fn json_row(number: usize, line: &[u8]) -> Result<Fields, Error> {
    let wrong = |problem: String| Error::invalid("path", format!("line {number}: {problem}"));
    let object: Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| wrong(format!("is no JSON object: {error}")))?;
    let mut fields = Fields::new();
    for (name, value) in object {
        let text = match value {
            Value::Null => String::new(),
            Value::Bool(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
            Value::String(value) => value,
            Value::Array(_) | Value::Object(_) => {
                return Err(wrong(format!("{name} is not a text, a number, true, false or null")));
            }
        };
        fields.insert(name, Some(text));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_hold_the_same_rows() {
        let csv = "a,b\n1,\"x\n\"\"y\"\"\"\n,true\n";
        let json = "{\"a\": 1, \"b\": \"x\\n\\\"y\\\"\"}\n\n{\"a\": null, \"b\": true}\n";
        let row = |a: &str, b: &str| {
            Fields::from([("a".to_owned(), Some(a.to_owned())), ("b".to_owned(), Some(b.to_owned()))])
        };
        let expected = [row("1", "x\n\"y\""), row("", "true")];
        let read: Result<Vec<Fields>, Error> = csv_rows(csv.as_bytes()).unwrap().collect();
        assert_eq!(read.unwrap(), expected);
        let read: Result<Vec<Fields>, Error> = json_rows(json.as_bytes()).collect();
        assert_eq!(read.unwrap(), expected);
    }

    #[test]
    fn what_is_broken_says_where() {
        for (text, told) in [("{}\n[1]\n", "line 2"), ("{\"a\": {}}", "line 1: a is not"), ("x", "line 1")] {
            let error = json_rows(text.as_bytes()).find_map(Result::err).unwrap().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
        assert!(csv_rows(&b"a,\n1,2\n"[..]).is_err());
        assert!(csv_rows(&b"a,b\n1\n"[..]).unwrap().any(|row| row.is_err()));
        assert!(format("x.txt").is_err() && format("x.CSV").is_ok());
    }
}
