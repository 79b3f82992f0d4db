//! Rows of a file: CSV with a line of column names, or a JSON object in each line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::cli::args::RowFormat;
use crate::cli::exit::Usage;
use crate::cli::{changes, ndjson};

/// Values by column.
pub(crate) type Row = HashMap<String, String>;

/// A file of rows, or stdin.
pub(crate) struct Source {
    path: PathBuf,
    format: RowFormat,
}

impl Source {
    pub(crate) fn new(path: PathBuf, format: Option<RowFormat>) -> Result<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let format = match (format, ending.to_ascii_lowercase().as_str()) {
            (Some(format), _) => format,
            (None, "csv") => RowFormat::Csv,
            (None, "ndjson" | "jsonl") => RowFormat::Ndjson,
            (None, _) if is_stdin(&path) => RowFormat::Ndjson,
            (None, _) => {
                let text = format!("{} ends neither in .csv nor in .ndjson: say --format", path.display());
                return Err(Usage(text).into());
            }
        };
        Ok(Self { path, format })
    }

    /// How many rows there are; unknown for what can be read only once. Fails where one cannot be read.
    pub(crate) fn count(&self) -> Result<Option<u64>> {
        if is_stdin(&self.path) || !std::fs::metadata(&self.path).is_ok_and(|metadata| metadata.is_file()) {
            return Ok(None);
        }
        let mut rows = 0;
        for row in self.rows()? {
            row?;
            rows += 1;
        }
        Ok(Some(rows))
    }

    pub(crate) fn rows(&self) -> Result<Box<dyn Iterator<Item = Result<Row>>>> {
        let input: Box<dyn Read> = if is_stdin(&self.path) {
            Box::new(std::io::stdin())
        } else {
            let file = File::open(&self.path);
            Box::new(file.with_context(|| format!("cannot read {}", self.path.display()))?)
        };
        match self.format {
            RowFormat::Csv => csv_rows(input),
            RowFormat::Ndjson => Ok(Box::new(json_rows(BufReader::new(input)))),
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn csv_rows(input: impl Read + 'static) -> Result<Box<dyn Iterator<Item = Result<Row>>>> {
    let mut reader = csv::Reader::from_reader(input);
    let names = reader.headers().map_err(|error| broken(&error))?.clone();
    if let Some(name) = names.iter().find(|name| name.trim().is_empty()) {
        return Err(Usage(format!("the first line holds a column without a name: {name:?}")).into());
    }
    let rows = reader.into_records().map(move |record| {
        let record = record.map_err(|error| broken(&error))?;
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(names.iter().zip(&record).map(pair).collect())
    });
    Ok(Box::new(rows))
}

fn json_rows(input: impl BufRead + 'static) -> impl Iterator<Item = Result<Row>> {
    let lines = input.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    lines.map(|(index, line)| {
        let number = index + 1;
        let line = line.with_context(|| format!("cannot read line {number}"))?;
        let object: Map<String, Value> = ndjson::parse(number, &line)?;
        let mut row = Row::new();
        for (name, value) in object {
            let Some(text) = changes::as_text(value) else {
                let text = format!("line {number}: {name} is not a text, a number, true, false or null");
                return Err(Usage(text).into());
            };
            row.insert(name, text);
        }
        Ok(row)
    })
}

/// The reader says where.
fn broken(error: &csv::Error) -> anyhow::Error {
    match error.kind() {
        csv::ErrorKind::Io(_) => anyhow::anyhow!("cannot read the rows: {error}"),
        _ => Usage(error.to_string()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: impl Iterator<Item = Result<Row>>) -> Result<Vec<Vec<(String, String)>>> {
        rows.map(|row| {
            let mut pairs: Vec<_> = row?.into_iter().collect();
            pairs.sort();
            Ok(pairs)
        })
        .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn both_formats_hold_the_same_rows() {
        let csv = "a,b\n1,\"x\n\"\"y\"\"\"\n,true\n";
        let json = "{\"a\": 1, \"b\": \"x\\n\\\"y\\\"\"}\n\n{\"a\": null, \"b\": true}\n";
        let expected = [pairs(&[("a", "1"), ("b", "x\n\"y\"")]), pairs(&[("a", ""), ("b", "true")])];
        assert_eq!(read(csv_rows(csv.as_bytes()).unwrap()).unwrap(), expected);
        assert_eq!(read(json_rows(json.as_bytes())).unwrap(), expected);
        assert!(read(csv_rows(&b""[..]).unwrap()).unwrap().is_empty());
    }

    #[test]
    fn what_is_broken_says_where() {
        let csv = |text: &'static str| csv_rows(text.as_bytes()).and_then(read).unwrap_err().to_string();
        assert!(csv("a,b\n1,2\n3\n").contains("line: 3"), "{}", csv("a,b\n1,2\n3\n"));
        assert!(csv("a,\n1,2\n").contains("without a name"));
        let json = |text: &'static str| read(json_rows(text.as_bytes())).unwrap_err().to_string();
        for (text, told) in [("{}\n[1]\n", "line 2"), ("{\"a\": {}}", "line 1: a is not"), ("x", "line 1")] {
            assert!(json(text).contains(told), "{text}: {}", json(text));
        }
    }

    #[test]
    fn the_ending_says_the_format_unless_it_is_given() {
        for (path, given, expected) in [
            ("a.csv", None, Some(RowFormat::Csv)),
            ("a.CSV", None, Some(RowFormat::Csv)),
            ("a.ndjson", None, Some(RowFormat::Ndjson)),
            ("-", None, Some(RowFormat::Ndjson)),
            ("-", Some(RowFormat::Csv), Some(RowFormat::Csv)),
            ("a.txt", Some(RowFormat::Csv), Some(RowFormat::Csv)),
            ("a.txt", None, None),
            ("csv", None, None),
        ] {
            assert_eq!(Source::new(path.into(), given).ok().map(|source| source.format), expected, "{path}");
        }
    }
}
