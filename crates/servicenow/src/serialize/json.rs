//! One record as a JSON object, its fields in order.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::columns::{Column, Content};
use crate::{FieldValue, Record};

pub(super) struct Object<'a> {
    pub(super) record: &'a Record,
    pub(super) columns: &'a [Column],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for column in self.columns {
            match (column.content, self.record.get(&column.field)) {
                (Content::Object { value, display, link }, Some(field)) => {
                    map.serialize_entry(&column.name, &Faces { field, value, display, link })?;
                }
                (Content::Object { .. }, None) => map.serialize_entry(&column.name, &())?,
                _ => map.serialize_entry(&column.name, &column.text(self.record))?,
            }
        }
        map.end()
    }
}

struct Faces<'a> {
    field: &'a FieldValue,
    value: bool,
    display: bool,
    link: bool,
}

impl Serialize for Faces<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.value {
            map.serialize_entry("value", &Content::Value.text(self.field))?;
        }
        if self.display {
            map.serialize_entry("display_value", &Content::Display.text(self.field))?;
        }
        if let Some(link) = self.field.link.as_deref().filter(|_| self.link) {
            map.serialize_entry("link", link)?;
        }
        map.end()
    }
}
