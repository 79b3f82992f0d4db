//! `sncgate tables`.

use anyhow::Result;
use futures::TryStreamExt;

use super::args;
use super::connect::Session;
use super::output::{Cell, Column};

pub(crate) async fn run(session: &Session, arguments: args::Tables) -> Result<()> {
    let tables: Vec<_> = session.client.tables(arguments.text.unwrap_or_default()).try_collect().await?;
    let row = |table: sncgate_client::pb::TableSummary| {
        vec![Cell::Text(table.name), Cell::Text(table.label), Cell::Text(table.extends)]
    };
    let rows: Vec<_> = tables.into_iter().map(row).collect();
    session.write_all(Column::all(&["name", "label", "extends"]), &rows)
}
