//! The dictionary: which tables exist, how they inherit, what their columns are.
//!
//! The built-in definitions are the files under `schema/tables/`. When an instance is first made they
//! become physical tables plus rows of `sys_db_object`, `sys_dictionary`, `sys_choice`, `sys_glide_object`
//! and `sys_documentation`; from then on those rows are the truth and [`Schema`] is read back from them, so a
//! column added by inserting into `sys_dictionary` is a column like any other.

mod assemble;
mod builtin;
mod create;
mod definition;
mod error;
mod extend;
mod fill;
mod kind;
mod read;
#[cfg(test)]
mod tests;
mod types;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use error::Error;
pub(crate) use fill::sys_id;
pub(crate) use kind::StorageClass;

use crate::rulebook::Rulebook;

/// The dictionary in memory: immutable, replaced as a whole when it changes.
#[derive(Debug, Default, PartialEq)]
pub struct Schema {
    /// By table name.
    pub tables: BTreeMap<String, Arc<Table>>,
    /// By (table, element), in sequence order.
    pub choices: HashMap<(String, String), Vec<Choice>>,
    /// What people have written besides: they change as the dictionary does, by writes to rows.
    pub(crate) rulebook: Rulebook,
}

/// A table, with the columns it inherits.
#[derive(Debug, PartialEq)]
pub struct Table {
    /// `incident`
    pub name: String,
    /// `Incident`
    pub label: String,
    /// `Incidents`
    pub plural: String,
    /// The sys_id of its `sys_db_object` row.
    pub sys_id: String,
    /// The table it extends.
    pub super_class: Option<String>,
    /// The physical table that holds its rows: the root of its hierarchy. Every class of a hierarchy shares one
    /// physical table whose columns are the union of all classes' columns.
    pub storage: String,
    /// This table and every table that extends it, by name. `sys_class_name IN` these selects its rows.
    pub classes: Vec<String>,
    /// Whether the hierarchy has `sys_class_name` (it has more than one class).
    pub has_class: bool,
    /// Own and inherited, `sys_id` included, by element name.
    pub columns: Vec<Arc<Column>>,
    /// Position in `columns` by element name.
    pub by_name: HashMap<String, usize>,
    /// The column whose value names a row: see [`Table::display`].
    pub display: String,
    /// `sys_number`: prefix of automatic numbers, as `INC`.
    pub number_prefix: Option<String>,
    /// `sys_number.maximum_digits`: digits of automatic numbers.
    pub number_digits: u32,
    /// Whether changes and deletions are recorded in `sys_audit` and `sys_audit_delete`.
    pub audit: bool,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// `caller_id`
    pub element: String,
    /// `Caller`
    pub label: String,
    /// `internal_type` as the dictionary names it: `glide_date_time`.
    pub internal_type: String,
    /// What the type means to storage, comparison and display.
    pub kind: Kind,
    /// The table a reference or list points to.
    pub reference: Option<String>,
    /// The column of the referred table that holds the value, where it is not `sys_id`
    /// (`sys_dictionary.internal_type` refers to `sys_glide_object` by `name`).
    pub reference_key: Option<String>,
    /// Characters.
    pub max_length: u32,
    /// Whether values come from `sys_choice`.
    pub choice: bool,
    /// Applied on insert.
    pub default_value: Option<String>,
    /// Mandatory in forms; not enforced for REST.
    pub mandatory: bool,
    /// Read-only in forms; not enforced for REST.
    pub read_only: bool,
    /// The column whose value selects among the choices: `category` of `subcategory`.
    pub dependent: Option<String>,
    /// Whether the class that defines it shows it in place of a row.
    pub display: bool,
    /// The class that defines it.
    pub defined_on: String,
}

/// What a field type means to storage, comparison and display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text of any type without a rule of its own.
    Text,
    /// Stored 1 or 0.
    Boolean,
    /// Stored as an integer; displayed with grouping unless it has choices.
    Integer,
    /// Decimal, float, percentage.
    Decimal,
    /// Currency or price: a plain decimal in value, `$1,234.50` in display.
    Currency,
    /// UTC `YYYY-MM-DD HH:MM:SS`.
    DateTime,
    /// `YYYY-MM-DD`, no zone.
    Date,
    /// `HH:MM:SS`, no zone.
    Time,
    /// An offset from the epoch: `1970-01-02 04:23:17`.
    Duration,
    /// A sys_id (or another key) of one row.
    Reference,
    /// Comma-separated sys_ids.
    List,
    /// `work_notes`, `comments`: empty in value, the history in display; entries live in `sys_journal_field`.
    Journal,
    /// The two together: `comments_and_work_notes`.
    JournalList,
    /// A table name displayed as its label.
    ClassName,
    /// `sys_id`.
    Guid,
    /// A sys_id whose table another column names.
    DocumentId,
    /// Never shown.
    Password,
}

/// One row of `sys_choice`.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Stored.
    pub value: String,
    /// Shown.
    pub label: String,
    /// For lists that depend on another field.
    pub dependent_value: Option<String>,
}

impl Schema {
    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(name)
    }

    /// The choices of a column: those of the nearest class that has any.
    pub fn choices(&self, table: &Table, element: &str) -> &[Choice] {
        let mut class = Some(table.name.as_str());
        while let Some(name) = class {
            if let Some(choices) = self.choices.get(&(name.to_owned(), element.to_owned())) {
                return choices;
            }
            class = self.tables.get(name).and_then(|table| table.super_class.as_deref());
        }
        &[]
    }
}

impl Table {
    /// The column of that name, own or inherited.
    pub fn column(&self, element: &str) -> Option<&Arc<Column>> {
        self.by_name.get(element).map(|&at| &self.columns[at])
    }

    /// The column whose value names a row to people.
    pub fn display(&self) -> &Arc<Column> {
        self.column(&self.display).expect("the display column is chosen from the columns")
    }

    /// Whether this table is `ancestor` or extends it.
    pub fn extends(&self, ancestor: &Table) -> bool {
        ancestor.classes.contains(&self.name)
    }
}
