//! A row of SQLite as cells.

use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::select::{Selected, Selection};
use super::{Cell, Projection};
use crate::error::Error;
use crate::schema::{Column, Kind};
use crate::value::display::{Displays, Shown};
use crate::value::raw;

/// Fills `cells` from a row, reusing their memory.
pub(crate) fn fill(
    row: &Row<'_>,
    selection: &Selection,
    projection: &Projection,
    displays: &mut Displays<'_>,
    cells: &mut Vec<Cell>,
) -> Result<(), Error> {
    cells.resize_with(selection.columns.len(), Cell::default);
    for (selected, cell) in selection.columns.iter().zip(cells) {
        value(row, selected, &mut cell.value)?;
        cell.display = match projection.display.shows() {
            true => Some(display(row, selected, &cell.value, displays)?),
            false => None,
        };
        let linked = !projection.exclude_reference_link && !cell.value.is_empty();
        cell.link = if linked { link(&selected.field.column, &cell.value) } else { None };
    }
    Ok(())
}

/// Whether the reader may see the row.
pub(crate) fn seen(row: &Row<'_>, at: Option<usize>) -> Result<bool, Error> {
    Ok(at.map_or(Ok(true), |at| row.get(at))?)
}

/// The cells that the reader may not see in this row, by position; `None` for the usual row, that hides nothing.
pub(crate) fn hidden(row: &Row<'_>, selection: &Selection) -> Result<Option<Vec<bool>>, Error> {
    if selection.columns.iter().all(|selected| selected.seen.is_none()) {
        return Ok(None);
    }
    let hidden = selection.columns.iter().map(|selected| Ok(!seen(row, selected.seen)?));
    Ok(Some(hidden.collect::<Result<_, Error>>()?))
}

/// The names and cells that are not hidden.
pub(crate) fn without(hidden: &[bool], names: &[Arc<str>], cells: &[Cell]) -> (Vec<Arc<str>>, Vec<Cell>) {
    let pairs = hidden.iter().zip(names.iter().zip(cells));
    pairs.filter(|(hidden, _)| !**hidden).map(|(_, (name, cell))| (Arc::clone(name), cell.clone())).unzip()
}

fn value(row: &Row<'_>, selected: &Selected, out: &mut String) -> Result<(), Error> {
    out.clear();
    let absent = match selected.record {
        Some(at) => row.get_ref(at)? == ValueRef::Null,
        None => false,
    };
    raw::push(selected.field.column.kind, row.get_ref(selected.at)?, absent, out);
    Ok(())
}

fn display(
    row: &Row<'_>,
    selected: &Selected,
    value: &str,
    displays: &mut Displays<'_>,
) -> Result<String, Error> {
    let text = |at: Option<usize>| match at.map(|at| row.get_ref(at)) {
        Some(Ok(ValueRef::Text(text))) => String::from_utf8_lossy(text),
        _ => "".into(),
    };
    displays.display(&Shown {
        table: &selected.field.table,
        column: &selected.field.column,
        value,
        record: &text(selected.record),
        companion: &text(selected.companion),
    })
}

/// `table/sys_user/{id}`, or `table/sys_glide_object?name=string` where the key is not a sys_id.
fn link(column: &Column, value: &str) -> Option<String> {
    if column.kind != Kind::Reference {
        return None;
    }
    let table = column.reference.as_deref()?;
    Some(match column.reference_key.as_deref() {
        Some(key) if key != "sys_id" => format!("table/{table}?{key}={value}"),
        _ => format!("table/{table}/{value}"),
    })
}
