//! What tables an instance has, and what columns: `sys_db_object`, `sys_dictionary`, `sys_choice`.
//!
//! A table's columns are its own and those of the tables it extends; the nearest definition wins. The
//! overrides of `sys_dictionary_override` (defaults, mandatory) are not looked at.

mod cache;
mod load;

use std::sync::Arc;

use crate::{Client, Error, TableName};

pub(crate) use cache::Schemas;

/// A table by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableInfo {
    /// The name.
    pub name: String,
    /// What a person sees.
    pub label: String,
    /// The name of the table it extends.
    pub super_class: Option<String>,
    /// The row of `sys_db_object`.
    pub sys_id: String,
}

/// A table with its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableSchema {
    /// The name.
    pub name: String,
    /// What a person sees.
    pub label: String,
    /// The tables it extends, the nearest first.
    pub extends: Vec<String>,
    /// Its columns by name, inherited ones included.
    pub columns: Vec<ColumnInfo>,
}

impl TableSchema {
    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&ColumnInfo> {
        let found = self.columns.binary_search_by(|column| column.name.as_str().cmp(name));
        found.ok().map(|index| &self.columns[index])
    }
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnInfo {
    /// The name.
    pub name: String,
    /// What a person sees.
    pub label: String,
    /// ServiceNow's type: `string`, `reference`, `glide_date_time`.
    pub internal_type: String,
    /// The table that a reference points to.
    pub reference: Option<String>,
    /// The longest text it holds.
    pub max_length: Option<u32>,
    /// Whether forms demand it.
    pub mandatory: bool,
    /// Whether forms forbid changing it.
    pub read_only: bool,
    /// Whether its value stands for the row where others refer to it.
    pub display: bool,
    /// What a new row gets; may be a script.
    pub default_value: Option<String>,
    /// Whether it has choices.
    pub choice_mode: ChoiceMode,
    /// The table whose dictionary defines it.
    pub defined_on: String,
    /// Its choices, in their order; empty also if the caller may not read them.
    pub choices: Vec<ChoiceInfo>,
}

/// How a column's choices are offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChoiceMode {
    /// No choices.
    #[default]
    None,
    /// A list with an empty entry.
    DropdownWithNone,
    /// Suggestions; other values are fine.
    Suggestion,
    /// A list without an empty entry.
    Dropdown,
}

/// One choice of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChoiceInfo {
    /// What is stored.
    pub value: String,
    /// What a person sees.
    pub label: String,
    /// The value of the column's `dependent` field for which it is offered.
    pub dependent_value: Option<String>,
    /// Its place in the list.
    pub sequence: i64,
}

impl Client {
    /// Every table that the caller may see, by name.
    pub async fn tables(&self) -> Result<Vec<TableInfo>, Error> {
        load::tables(self).await
    }

    /// A table's schema, from the cache if it is fresh. Concurrent calls for one table load it once.
    ///
    /// # Errors
    /// [`Error::InvalidTable`] if the instance has no such table or does not show it; [`Error::Forbidden`] if
    /// its dictionary cannot be read.
    pub async fn table_schema(&self, table: &str) -> Result<Arc<TableSchema>, Error> {
        let table: TableName = table.parse()?;
        self.schemas().get(&table, || load::schema(self, &table)).await
    }

    /// A table's schema if the cache holds a fresh one. Nothing is asked of the instance.
    pub fn cached_schema(&self, table: &str) -> Option<Arc<TableSchema>> {
        self.schemas().peek(&table.parse().ok()?)
    }

    /// Forgets a table's schema: the next call loads it anew.
    pub fn forget_schema(&self, table: &str) {
        if let Ok(table) = table.parse() {
            self.schemas().forget(&table);
        }
    }
}
