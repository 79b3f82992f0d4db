//! Records: reading them as cells, and writing them the way the platform does.

mod audit;
mod cells;
mod delete;
mod guard;
mod insert;
mod number;
mod read;
mod row;
mod rules;
mod select;
pub(crate) mod told;
mod touch;
mod update;

use std::ops::ControlFlow;
use std::sync::Arc;

use servicenow::query::Query;

use crate::changes::{Change, Operation};
use crate::engine::Engine;

pub(crate) use delete::delete;
pub(crate) use guard::covers;
pub(crate) use insert::{insert, new_sys_id, within as insert_within};
pub(crate) use read::{count, get, list};
pub(crate) use row::Record;
pub(crate) use update::{update, within as update_within};

/// Which of value and display value a caller wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DisplayMode {
    /// Stored values.
    #[default]
    Value,
    /// Display values.
    Display,
    /// The two together.
    Both,
}

impl DisplayMode {
    /// Whether display values are wanted at all.
    pub(crate) fn shows(self) -> bool {
        self != DisplayMode::Value
    }
}

/// Which columns of a row are wanted, and how.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    /// Columns, dot-walked where they have dots; empty means all. Unknown names are ignored.
    pub fields: Vec<String>,
    /// A form view. There are no forms here, so a view shows every column.
    pub view: Option<String>,
    /// Value, display value or both.
    pub display: DisplayMode,
    /// Leaves [`Cell::link`] out.
    pub exclude_reference_link: bool,
}

/// A list of rows.
#[derive(Clone, Debug, Default)]
pub struct ListRequest {
    /// The queried table.
    pub table: String,
    /// Which rows, in which order. Without an order they come by sys_id.
    pub query: Query,
    /// Which columns.
    pub projection: Projection,
    /// The most rows.
    pub limit: u64,
    /// Rows left out before the first.
    pub offset: u64,
}

/// One value of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// As stored: always a string, empty for nothing.
    pub value: String,
    /// For people; there if it was asked for.
    pub display: Option<String>,
    /// Where a reference leads, below `/api/now/`: `table/sys_user/{id}`. None for anything else, for an
    /// empty reference, and where links are excluded.
    pub link: Option<String>,
}

/// Takes the rows of a list, with the names of their cells; breaks when it has seen enough.
pub type RowSink<'a> = dyn FnMut(&[Arc<str>], &[Cell]) -> ControlFlow<()> + 'a;

/// How the fields of a write are to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteMode {
    /// `sysparm_input_display_value`: they are display values.
    pub input_display_value: bool,
    /// `sysparm_suppress_auto_sys_field`: created and updated are not stamped.
    pub suppress_auto_sys_field: bool,
}

/// Notes a change in the journal, once the transaction that makes it is committed. `record` is as it is afterwards.
fn note(engine: &Engine, record: &Record, operation: Operation) {
    note_at(engine, record, operation, record.text("sys_updated_on"));
}

fn note_at(engine: &Engine, record: &Record, operation: Operation, at: &str) {
    engine.changes().note(Change {
        seq: 0,
        table: record.table.name.clone(),
        sys_id: record.text("sys_id").to_owned(),
        operation,
        sys_updated_on: at.to_owned(),
        sys_mod_count: record.integer("sys_mod_count").unwrap_or(0),
    });
}
