//! Rows by the values of columns, in folders as Hive names them.

mod hive;
mod split;

use std::fmt;
use std::str::FromStr;

use arrow_schema::{DataType, SchemaRef};

use crate::Error;

pub(crate) use split::{Group, Split};

/// A column that names folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionBy {
    /// The column.
    pub column: String,
    /// What of its values.
    pub step: Step,
}

/// What of a value names a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The value itself. Its column is then in the folders' names only.
    Value,
    /// Its year, in UTC.
    Year,
    /// Its month, as `2024-03`.
    Month,
    /// Its day, as `2024-03-05`.
    Day,
}

impl PartitionBy {
    /// The name of folders' keys. A part of a value gets a name of its own, as its column stays in the files.
    pub fn key(&self) -> String {
        match self.step {
            Step::Value => self.column.clone(),
            Step::Year => format!("{}_year", self.column),
            Step::Month => format!("{}_month", self.column),
            Step::Day => format!("{}_day", self.column),
        }
    }

    /// Whether columns of this schema can be cut like that.
    fn check(&self, schema: &SchemaRef) -> Result<(), Error> {
        let column = &self.column;
        let Ok(field) = schema.field_with_name(column) else {
            return Err(Error::Partition(format!(
                "the export has no column {column} to partition by: add it to the fields, or choose another"
            )));
        };
        let moment = matches!(field.data_type(), DataType::Timestamp(_, _) | DataType::Date32);
        match self.step {
            Step::Year | Step::Month | Step::Day if !moment => Err(Error::Partition(format!(
                "{column} is neither a date nor a time: partition by {column} itself"
            ))),
            Step::Value if matches!(field.data_type(), DataType::Timestamp(_, _)) => {
                Err(Error::Partition(format!(
                    "{column} has a value of its own in nearly every row: partition by {column}:day, :month or :year"
                )))
            }
            Step::Value if !split::names(field.data_type()) => Err(Error::Partition(format!(
                "{column} is a {}: partition by a choice, a boolean, a whole number, a date or a reference",
                field.data_type()
            ))),
            Step::Value => Ok(()),
            _ if schema.field_with_name(&self.key()).is_ok() => {
                Err(Error::Partition(format!("the export has a column {} already", self.key())))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for PartitionBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Step::Value => "",
            Step::Year => ":year",
            Step::Month => ":month",
            Step::Day => ":day",
        };
        write!(f, "{}{step}", self.column)
    }
}

impl FromStr for PartitionBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (column, step) = match text.split_once(':') {
            None => (text, Step::Value),
            Some((column, "year")) => (column, Step::Year),
            Some((column, "month")) => (column, Step::Month),
            Some((column, "day")) => (column, Step::Day),
            Some((_, other)) => return Err(format!("{other:?} is not year, month or day")),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        if column.is_empty() || !column.chars().all(plain) {
            return Err(format!("{column:?} is no column; write as state or opened_at:month"));
        }
        Ok(Self { column: column.to_owned(), step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["state", "opened_at:year", "opened_at:month", "caller_id.name", "opened_at:day"] {
            assert_eq!(text.parse::<PartitionBy>().unwrap().to_string(), text);
        }
        for text in ["", ":day", "a b", "opened_at:hour", "a/b", "../x"] {
            assert!(text.parse::<PartitionBy>().is_err(), "{text}");
        }
    }
}
