//! A table as one source describes it: the built-in files or the rows of the dictionary. No inheritance yet.

use super::{Choice, Column};

/// One table without what it inherits.
#[derive(Debug, Clone, Default)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) plural: String,
    pub(super) sys_id: String,
    pub(super) extends: Option<String>,
    pub(super) number: Option<Number>,
    pub(super) audit: bool,
    pub(super) columns: Vec<Column>,
    pub(super) overrides: Vec<Override>,
    /// Per element, in order.
    pub(super) choices: Vec<(String, Vec<Choice>)>,
}

/// How a table numbers its rows.
#[derive(Debug, Clone)]
pub(super) struct Number {
    pub(super) prefix: String,
    pub(super) digits: u32,
}

/// What a table changes of a column it inherits.
#[derive(Debug, Clone, Default)]
pub(super) struct Override {
    pub(super) element: String,
    pub(super) label: Option<String>,
    pub(super) default_value: Option<String>,
    pub(super) mandatory: Option<bool>,
    pub(super) read_only: Option<bool>,
}

impl Override {
    /// Changes a column that a table inherits.
    pub(super) fn apply(&self, column: &mut Column) {
        if let Some(label) = &self.label {
            column.label.clone_from(label);
        }
        if let Some(value) = &self.default_value {
            column.default_value = Some(value.clone()).filter(|value| !value.is_empty());
        }
        column.mandatory = self.mandatory.unwrap_or(column.mandatory);
        column.read_only = self.read_only.unwrap_or(column.read_only);
    }
}
