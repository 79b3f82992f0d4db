//! Records as JSON, NDJSON and CSV.
//!
//! Fields keep their order. Which columns there are is decided from all records at once: a record that lacks a
//! field has `null` there, and nothing in CSV.

mod columns;
mod json;

use std::io;

use crate::{Error, Record};
use columns::Column;

/// Which faces of a field are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// Stored values.
    #[default]
    Value,
    /// What a person sees, and the stored value where that did not come.
    Display,
    /// Both: `{"value", "display_value"}` in JSON, `NAME__value` and `NAME__display` in CSV.
    Both,
    /// Both only for fields in which they differ in some record, as `NAME__value` and `NAME__display`; other
    /// fields under their own name.
    Smart,
}

/// What of records is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Serialization {
    /// Which faces.
    pub face: Face,
    /// Which fields, in that order; empty for all that any record has.
    pub fields: Vec<String>,
    /// Writes the links of references too.
    pub links: bool,
    /// Names for the columns in place of their own, one for each; empty for their own.
    pub names: Vec<String>,
}

/// A column's name and its values from top to bottom.
pub type NamedValues = (String, Vec<Option<String>>);

impl Serialization {
    /// One JSON array of objects.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the names do not fit the columns; [`Error::Sink`] if the writer fails. The same
    /// goes for all of these.
    pub fn write_json<'r>(
        &self,
        records: impl IntoIterator<Item = &'r Record>,
        writer: impl io::Write,
    ) -> Result<(), Error> {
        let records: Vec<&Record> = records.into_iter().collect();
        let columns = self.columns(&records)?;
        let rows: Vec<_> = records.iter().map(|record| json::Object { record, columns: &columns }).collect();
        serde_json::to_writer(writer, &rows).map_err(|error| Error::Sink(error.to_string()))
    }

    /// One JSON object a line.
    ///
    /// # Errors
    /// See [`Serialization::write_json`].
    pub fn write_ndjson<'r>(
        &self,
        records: impl IntoIterator<Item = &'r Record>,
        mut writer: impl io::Write,
    ) -> Result<(), Error> {
        let records: Vec<&Record> = records.into_iter().collect();
        let columns = self.columns(&records)?;
        for record in records {
            let object = json::Object { record, columns: &columns };
            serde_json::to_writer(&mut writer, &object).map_err(|error| Error::Sink(error.to_string()))?;
            writer.write_all(b"\n").map_err(|error| Error::Sink(error.to_string()))?;
        }
        Ok(())
    }

    /// A line of names, then a line for each record.
    ///
    /// # Errors
    /// See [`Serialization::write_json`].
    pub fn write_csv<'r>(
        &self,
        records: impl IntoIterator<Item = &'r Record>,
        writer: impl io::Write,
    ) -> Result<(), Error> {
        let sink = |error: csv::Error| Error::Sink(error.to_string());
        let records: Vec<&Record> = records.into_iter().collect();
        let columns: Vec<Column> = self.columns(&records)?.into_iter().flat_map(Column::flat).collect();
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(columns.iter().map(|column| &column.name)).map_err(sink)?;
        for record in records {
            csv.write_record(columns.iter().map(|column| column.text(record).unwrap_or_default()))
                .map_err(sink)?;
        }
        csv.flush().map_err(|error| Error::Sink(error.to_string()))
    }

    /// The columns with their values from top to bottom, as data frames are made of.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the names do not fit the columns.
    pub fn columnar<'r>(
        &self,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> Result<Vec<NamedValues>, Error> {
        let records: Vec<&Record> = records.into_iter().collect();
        let columns = self.columns(&records)?.into_iter().flat_map(Column::flat);
        let values = |column: &Column| {
            records.iter().map(|record| column.text(record).map(str::to_owned)).collect::<Vec<_>>()
        };
        Ok(columns.map(|column| (column.name.clone(), values(&column))).collect())
    }

    /// One record as a JSON value.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the names do not fit the columns.
    pub fn value(&self, record: &Record) -> Result<serde_json::Value, Error> {
        let columns = self.columns(&[record])?;
        let object = json::Object { record, columns: &columns };
        serde_json::to_value(object).map_err(|error| Error::InvalidInput(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
