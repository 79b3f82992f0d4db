//! One value of a row, and the column that it belongs to.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its cells are `Cell::Both`: a table and CSV give it two columns.
    pub(crate) both: bool,
    /// A structure that only JSON and YAML can show.
    pub(crate) nested: bool,
}

impl Column {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), both: false, nested: false }
    }

    pub(crate) fn both(name: impl Into<String>) -> Self {
        Self { both: true, ..Self::new(name) }
    }

    pub(crate) fn nested(name: impl Into<String>) -> Self {
        Self { nested: true, ..Self::new(name) }
    }

    /// Plain columns of these names.
    pub(crate) fn all(names: &[&str]) -> Vec<Self> {
        names.iter().map(|name| Self::new(*name)).collect()
    }
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// The row has no such value.
    Missing,
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<String>),
    /// A choice list: values with labels, in order.
    Choices(Vec<(String, String)>),
    Both {
        value: String,
        display_value: String,
        /// Empty where there is none.
        link: String,
    },
    Nested(serde_json::Value),
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Missing => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(list) => list.serialize(serializer),
            Self::Choices(choices) => {
                serializer.collect_seq(choices.iter().map(|(value, label)| Choice { value, label }))
            }
            Self::Both { value, display_value, link } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("value", value)?;
                map.serialize_entry("display_value", display_value)?;
                if !link.is_empty() {
                    map.serialize_entry("link", link)?;
                }
                map.end()
            }
            Self::Nested(value) => value.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
struct Choice<'a> {
    value: &'a str,
    label: &'a str,
}

/// A row with its columns' names, as an object.
pub(super) struct Object<'a> {
    pub(super) columns: &'a [Column],
    pub(super) cells: &'a [Cell],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().map(|column| &column.name).zip(self.cells))
    }
}
