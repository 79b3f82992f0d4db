//! `sncgate schema`.

use anyhow::Result;
use sncgate_client::pb;

use super::args::{self, Format};
use super::connect::Session;
use super::output::{Cell, Column};

/// A table for people has what fits a line; the other formats have all.
const BRIEF: usize = 5;
const ALL: [&str; 11] = [
    "name",
    "type",
    "label",
    "reference",
    "choices",
    "max_length",
    "mandatory",
    "read_only",
    "display",
    "default_value",
    "defined_on",
];

pub(crate) async fn run(session: &Session, arguments: args::Schema) -> Result<()> {
    let table = session.client.schema(arguments.table).await?;
    let width = if session.format() == Format::Table { BRIEF } else { ALL.len() };
    let mut rows: Vec<_> = table.columns.into_iter().map(row).collect();
    for row in &mut rows {
        row.truncate(width);
    }
    session.write_all(Column::all(&ALL[..width]), &rows)
}

fn row(column: pb::Column) -> Vec<Cell> {
    let choices = column.choices.into_iter().map(|choice| (choice.value, choice.label)).collect();
    vec![
        Cell::Text(column.name),
        Cell::Text(column.r#type),
        Cell::Text(column.label),
        Cell::Text(column.reference),
        Cell::Choices(choices),
        Cell::Number(column.max_length.into()),
        Cell::Flag(column.mandatory),
        Cell::Flag(column.read_only),
        Cell::Flag(column.display),
        Cell::Text(column.default_value),
        Cell::Text(column.defined_on),
    ]
}
