//! Which columns records become.

use super::{Face, Serialization};
use crate::{Error, FieldValue, Record};

/// One column of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) field: String,
    pub(super) content: Content,
}

/// What a column holds of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Value,
    Display,
    Link,
    /// An object of several: stored value, what a person sees, link.
    Object {
        value: bool,
        display: bool,
        link: bool,
    },
}

impl Serialization {
    pub(super) fn columns(&self, records: &[&Record]) -> Result<Vec<Column>, Error> {
        let fields = if self.fields.is_empty() { all_fields(records) } else { self.fields.clone() };
        let mut columns: Vec<Column> =
            fields.iter().flat_map(|field| self.columns_of(field, records)).collect();
        if self.names.is_empty() {
            return Ok(columns);
        }
        if self.names.len() != columns.len() {
            let (names, columns) = (self.names.len(), columns.len());
            return Err(Error::InvalidInput(format!("there are {names} names for {columns} columns")));
        }
        for (column, name) in columns.iter_mut().zip(&self.names) {
            column.name.clone_from(name);
        }
        Ok(columns)
    }

    fn columns_of(&self, field: &str, records: &[&Record]) -> Vec<Column> {
        let column = |suffix: &str, content| Column {
            name: format!("{field}{suffix}"),
            field: field.to_owned(),
            content,
        };
        let fields = || records.iter().filter_map(|record| record.get(field));
        let link = self.links && fields().any(|value| value.link.is_some());
        match self.face {
            Face::Value if link => vec![column("", Content::Object { value: true, display: false, link })],
            Face::Display if link => vec![column("", Content::Object { value: false, display: true, link })],
            Face::Value => vec![column("", Content::Value)],
            Face::Display => vec![column("", Content::Display)],
            Face::Both => vec![column("", Content::Object { value: true, display: true, link })],
            Face::Smart => {
                let mut columns = if fields().any(|value| value.text() != value.display()) {
                    vec![column("__value", Content::Value), column("__display", Content::Display)]
                } else {
                    vec![column("", Content::Value)]
                };
                columns.extend(link.then(|| column("__link", Content::Link)));
                columns
            }
        }
    }
}

/// The fields of all records, in the order in which they first come.
fn all_fields(records: &[&Record]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let names = records.iter().flat_map(|record| &record.fields).map(|(name, _)| name.as_str());
    names.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
}

impl Column {
    /// What the column holds of a record, for columns that are no objects.
    pub(super) fn text<'r>(&self, record: &'r Record) -> Option<&'r str> {
        let field = record.get(&self.field)?;
        self.content.text(field)
    }

    /// An object as columns of their own, where there are no objects.
    pub(super) fn flat(self) -> Vec<Column> {
        let Content::Object { value, display, link } = self.content else { return vec![self] };
        let column = |suffix: &str, content| Column {
            name: format!("{}{suffix}", self.name),
            field: self.field.clone(),
            content,
        };
        let both = value && display;
        let mut columns = Vec::new();
        columns.extend(value.then(|| column(if both { "__value" } else { "" }, Content::Value)));
        columns.extend(display.then(|| column(if both { "__display" } else { "" }, Content::Display)));
        columns.extend(link.then(|| column("__link", Content::Link)));
        columns
    }
}

impl Content {
    pub(super) fn text(self, field: &FieldValue) -> Option<&str> {
        let either = field.value.is_some() || field.display_value.is_some();
        match self {
            Content::Value => either.then(|| field.text()),
            Content::Display => either.then(|| field.display()),
            Content::Link => field.link.as_deref(),
            Content::Object { .. } => None,
        }
    }
}
