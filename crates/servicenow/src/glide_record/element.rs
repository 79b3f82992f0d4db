//! One field of the row under the cursor.

use std::ops::Deref;

use super::GlideRecord;
use super::row::Row;
use crate::{Error, FieldValue};

/// A field, with the row around it. It reads as a [`FieldValue`]: text, and its typed readings.
#[derive(Clone, Copy, Debug)]
pub struct Element<'r> {
    name: &'r str,
    field: &'r FieldValue,
    row: &'r Row,
}

impl<'r> Element<'r> {
    /// The field's name.
    pub fn name(&self) -> &'r str {
        self.name
    }

    /// The URL of the row that a reference points to, if links are read.
    pub fn link(&self) -> Option<&'r str> {
        self.field.link.as_deref()
    }

    /// Whether it differs from what was read.
    pub fn changes(&self) -> bool {
        self.row.is_changed(self.name)
    }

    /// A field of the row that this one refers to, if it was read: `element("caller_id")?.walk("email")` is
    /// `element("caller_id.email")`.
    pub fn walk(&self, field: &str) -> Option<Element<'r>> {
        element(self.row, &format!("{}.{field}", self.name))
    }
}

impl Deref for Element<'_> {
    type Target = FieldValue;

    fn deref(&self) -> &FieldValue {
        self.field
    }
}

impl std::fmt::Display for Element<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.field.text())
    }
}

fn element<'r>(row: &'r Row, name: &str) -> Option<Element<'r>> {
    let (name, field) = row.record.fields.iter().find(|(field, _)| field == name)?;
    Some(Element { name, field, row })
}

impl GlideRecord {
    /// A field of the row under the cursor; `None` if it was not read.
    ///
    /// # Errors
    /// [`Error::NoRecord`]
    pub fn element(&self, name: &str) -> Result<Option<Element<'_>>, Error> {
        Ok(element(self.current()?, name))
    }
}
