//! A row of aggregates as text.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::compile::{Part, Plan};
use super::{GroupValue, StatsRequest, StatsRow};
use crate::error::Error;
use crate::schema::Kind;
use crate::value::display::{Displays, Shown};
use crate::value::{duration, number, raw};

type Named = (String, String);

pub(crate) fn read(
    row: &Row<'_>,
    plan: &Plan,
    request: &StatsRequest,
    displays: &mut Displays<'_>,
) -> Result<StatsRow, Error> {
    let count = plan.count.map(|at| row.get::<_, i64>(at)).transpose()?.map(|count| count.to_string());
    let mut groups = Vec::new();
    for part in &plan.groups {
        groups.push(group(row, part, request, displays)?);
    }
    Ok(StatsRow {
        count,
        sum: numbers(row, &plan.sum, |sum| number::plain((sum * 1e6).round() / 1e6))?,
        avg: numbers(row, &plan.avg, |average| format!("{average:.4}"))?,
        min: values(row, &plan.min)?,
        max: values(row, &plan.max)?,
        groups,
    })
}

fn group(
    row: &Row<'_>,
    part: &Part,
    request: &StatsRequest,
    displays: &mut Displays<'_>,
) -> Result<GroupValue, Error> {
    let field = &part.field;
    let mut value = String::new();
    raw::push(field.column.kind, row.get_ref(part.at)?, field.walked, &mut value);
    let mut display = None;
    if request.display.shows() {
        let shown =
            Shown { table: &field.table, column: &field.column, value: &value, record: "", companion: "" };
        // The group of rows that have no value shows none, whatever a single row would.
        display = Some(if value.is_empty() { String::new() } else { displays.display(&shown)? });
    }
    Ok(GroupValue { field: part.name.clone(), value, display })
}

/// Sums and averages. Those of durations are durations.
fn numbers(row: &Row<'_>, parts: &[Part], text: fn(f64) -> String) -> Result<Vec<Named>, Error> {
    let mut found = Vec::new();
    for part in parts {
        let number = match row.get_ref(part.at)? {
            ValueRef::Integer(number) if part.field.column.kind != Kind::Duration => {
                // Exact where it can be.
                found.push((part.name.clone(), number.to_string()));
                continue;
            }
            ValueRef::Integer(number) => number as f64,
            ValueRef::Real(number) => number,
            _ => continue,
        };
        let shown = match part.field.column.kind {
            Kind::Duration => duration::stored(number.round() as i64).unwrap_or_else(|| text(number)),
            _ => text(number),
        };
        found.push((part.name.clone(), shown));
    }
    Ok(found)
}

fn values(row: &Row<'_>, parts: &[Part]) -> Result<Vec<Named>, Error> {
    let mut found = Vec::new();
    for part in parts {
        let value = row.get_ref(part.at)?;
        if value != ValueRef::Null {
            let mut text = String::new();
            raw::push(part.field.column.kind, value, true, &mut text);
            found.push((part.name.clone(), text));
        }
    }
    Ok(found)
}
