//! Typed columns back to the text that an instance stores: what a [`Decoder`](crate::Decoder) reads, the other way round.
//!
//! Times are UTC. What an instance would cut off or take for something else is refused: fractions of a second, numbers that
//! are none, spans below zero. Null is no text.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, DecimalType, Float32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, TimeUnit};
use chrono::{DateTime, NaiveDate};

/// The values of a batch as text.
#[derive(Clone, Debug)]
pub struct Texts {
    columns: Vec<(String, Column)>,
    rows: usize,
}

/// A column of a type that has no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column} is of type {data_type}; cast it to text, a number, a boolean, a date or a time")]
pub struct Unwritable {
    /// The column.
    pub column: String,
    /// In Arrow's words.
    pub data_type: String,
}

/// A value that an instance would not store as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct Unfit {
    /// The column.
    pub column: String,
    /// What is wrong, and what would be right.
    pub problem: &'static str,
}

#[derive(Clone, Debug)]
struct Column {
    kind: Kind,
    values: ArrayRef,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Nothing,
    Boolean,
    Integer,
    Float32,
    Float64,
    Decimal,
    Date,
    /// Units in a second.
    Moment(i64),
    Duration(i64),
    Text,
}

impl Texts {
    /// Makes ready to read the values of a batch.
    ///
    /// # Errors
    /// A column of a type that has no text.
    pub fn new(batch: &RecordBatch) -> Result<Self, Unwritable> {
        let mut columns = Vec::with_capacity(batch.num_columns());
        for (field, values) in batch.schema().fields().iter().zip(batch.columns()) {
            columns.push((field.name().clone(), Column::new(field.name(), values)?));
        }
        Ok(Texts { columns, rows: batch.num_rows() })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The values of a row, with the names of their columns; none for null.
    ///
    /// # Errors
    /// A value that an instance would not store as it is.
    pub fn row(&self, row: usize) -> Result<Vec<(&str, Option<String>)>, Unfit> {
        let text = |(name, column): &'_ (String, Column)| {
            column.text(row).map_err(|problem| (name.clone(), problem))
        };
        let mut values = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let value = text(column).map_err(|(column, problem)| Unfit { column, problem })?;
            values.push((column.0.as_str(), value));
        }
        Ok(values)
    }
}

/// Whether columns of the type have text, and how they are read.
fn kind(data_type: &DataType) -> Option<(Kind, DataType)> {
    Some(match data_type {
        DataType::Null => (Kind::Nothing, DataType::Null),
        DataType::Boolean => (Kind::Boolean, DataType::Boolean),
        DataType::Float16 | DataType::Float32 => (Kind::Float32, DataType::Float32),
        DataType::Float64 => (Kind::Float64, DataType::Float64),
        DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) | DataType::Decimal128(_, scale) => {
            (Kind::Decimal, DataType::Decimal128(crate::Kind::PRECISION, *scale))
        }
        DataType::Date32 => (Kind::Date, DataType::Date32),
        DataType::Timestamp(unit, _) => (Kind::Moment(units(*unit)), DataType::Int64),
        DataType::Duration(unit) => (Kind::Duration(units(*unit)), DataType::Int64),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => (Kind::Text, DataType::Utf8),
        DataType::Dictionary(_, values) => kind(values)?,
        whole if whole.is_integer() => (Kind::Integer, DataType::Int64),
        _ => return None,
    })
}

fn units(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

impl Column {
    fn new(name: &str, values: &ArrayRef) -> Result<Self, Unwritable> {
        let unwritable = || Unwritable { column: name.to_owned(), data_type: values.data_type().to_string() };
        let (kind, plain) = kind(values.data_type()).ok_or_else(unwritable)?;
        let values = match values.data_type() {
            same if *same == plain => Arc::clone(values),
            // A value that does not fit fails the batch: null would look like one that is empty.
            _ => {
                let options = CastOptions { safe: false, ..CastOptions::default() };
                cast_with_options(values, &plain, &options).map_err(|_| unwritable())?
            }
        };
        Ok(Column { kind, values })
    }

    fn text(&self, row: usize) -> Result<Option<String>, &'static str> {
        if self.values.is_null(row) || matches!(self.kind, Kind::Nothing) {
            return Ok(None);
        }
        Ok(Some(match self.kind {
            Kind::Nothing => return Ok(None),
            Kind::Boolean => self.values.as_boolean().value(row).to_string(),
            Kind::Integer => self.whole(row).to_string(),
            Kind::Float32 => {
                let number = self.values.as_primitive::<Float32Type>().value(row);
                finite(number.is_finite(), || number.to_string())?
            }
            Kind::Float64 => {
                let number = self.values.as_primitive::<Float64Type>().value(row);
                finite(number.is_finite(), || number.to_string())?
            }
            Kind::Decimal => self.decimal(row),
            Kind::Date => date(self.values.as_primitive::<Date32Type>().value(row))?,
            Kind::Moment(units) => moment(self.whole(row), units)?,
            Kind::Duration(units) => {
                let span = self.whole(row);
                if span < 0 {
                    return Err("a span of time cannot be below zero");
                }
                moment(span, units)?
            }
            Kind::Text => self.values.as_string::<i32>().value(row).to_owned(),
        }))
    }

    fn whole(&self, row: usize) -> i64 {
        self.values.as_primitive::<Int64Type>().value(row)
    }

    /// Without the zeros that only fill it up.
    fn decimal(&self, row: usize) -> String {
        let numbers = self.values.as_primitive::<Decimal128Type>();
        let text = Decimal128Type::format_decimal(numbers.value(row), numbers.precision(), numbers.scale());
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    }
}

fn finite(is_finite: bool, text: impl Fn() -> String) -> Result<String, &'static str> {
    if is_finite { Ok(text()) } else { Err("a number must be finite; make it null where there is none") }
}

fn date(days: i32) -> Result<String, &'static str> {
    const EPOCH: i32 = 719_163;
    let date = days.checked_add(EPOCH).and_then(NaiveDate::from_num_days_from_ce_opt);
    let date = date.filter(|date| in_years(date.format("%Y").to_string().as_str()));
    Ok(date.ok_or("a date must lie in the years 0 to 9999")?.format("%Y-%m-%d").to_string())
}

fn moment(value: i64, units: i64) -> Result<String, &'static str> {
    if value.rem_euclid(units) != 0 {
        return Err("an instance stores whole seconds: round the column to them");
    }
    let moment = DateTime::from_timestamp(value.div_euclid(units), 0);
    let moment = moment.filter(|moment| in_years(moment.format("%Y").to_string().as_str()));
    let moment = moment.ok_or("a time must lie in the years 0 to 9999")?;
    Ok(moment.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// Years of four digits, as instances write them; others have a sign.
fn in_years(year: &str) -> bool {
    year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
