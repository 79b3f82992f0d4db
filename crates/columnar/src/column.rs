//! Which columns a table becomes.

mod kind;

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use servicenow::{ColumnInfo, DisplayMode};

pub use kind::{Kind, Types};

/// Ends the name of a column that holds what a person sees.
pub const DISPLAY_SUFFIX: &str = "__display";

/// Which of a field's two faces a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// The stored value.
    Value,
    /// What a person sees.
    Display,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in batches and files.
    pub name: String,
    /// The field it is read from; dot-walked where it has dots.
    pub field: String,
    /// Which of the field's faces.
    pub face: Face,
    /// Its type.
    pub kind: Kind,
}

/// The columns of an export, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    all: Vec<Column>,
    fields: Vec<String>,
    display: DisplayMode,
    schema: SchemaRef,
}

impl Columns {
    /// Columns for these fields. A field of which the dictionary says nothing (it may not be read, or the field is
    /// dot-walked into a table that cannot be read) is text.
    pub fn new(fields: &[(String, Option<&ColumnInfo>)], display: DisplayMode, types: Types) -> Self {
        let mut all = Vec::new();
        for (field, info) in fields {
            if display != DisplayMode::Display {
                let kind = Kind::of_value(*info, types);
                all.push(Column { name: field.clone(), field: field.clone(), face: Face::Value, kind });
            }
            if display != DisplayMode::Value {
                let suffix = if display == DisplayMode::Both { DISPLAY_SUFFIX } else { "" };
                let (name, kind) = (format!("{field}{suffix}"), Kind::of_display(*info, types));
                all.push(Column { name, field: field.clone(), face: Face::Display, kind });
            }
        }
        let arrow = |column: &Column| Field::new(&column.name, column.kind.data_type(), true);
        let schema = Arc::new(Schema::new(all.iter().map(arrow).collect::<Vec<_>>()));
        let mut fields: Vec<String> = fields.iter().map(|(field, _)| field.clone()).collect();
        if !fields.iter().any(|field| field == "sys_id") {
            fields.push("sys_id".to_owned());
        }
        Self { all, fields, display, schema }
    }

    /// The columns in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Column> {
        self.all.iter()
    }

    /// The fields to ask the instance for. `sys_id` is among them, whether it is a column or not: reading goes by it.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// How to ask for values.
    pub fn display(&self) -> DisplayMode {
        self.display
    }

    /// The schema of batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_make_two_columns_and_the_key_always_comes() {
        let info = ColumnInfo { internal_type: "reference".to_owned(), ..ColumnInfo::default() };
        let fields = [("caller_id".to_owned(), Some(&info)), ("caller_id.name".to_owned(), None)];
        let columns = Columns::new(&fields, DisplayMode::Both, Types::Typed);
        let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["caller_id", "caller_id__display", "caller_id.name", "caller_id.name__display"]);
        assert_eq!(columns.fields(), ["caller_id", "caller_id.name", "sys_id"]);

        let shown = Columns::new(&fields, DisplayMode::Display, Types::Typed);
        assert_eq!(
            shown.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
            ["caller_id", "caller_id.name"]
        );
    }
}
