//! `sncgate explain`.

mod meaning;
mod tree;

use anyhow::Result;
use sncgate_client::pb::Order;

use super::args;
use super::connect::Session;
use super::output::{Cell, Column};

pub(crate) async fn run(session: &Session, arguments: args::Explain) -> Result<()> {
    let (table, query) = arguments.table_and_query();
    let answer = session.client.explain(table, query).await?;
    let filter = answer.tree.unwrap_or_default();
    let order = |key: Order| if key.descending { format!("-{}", key.field) } else { key.field };
    let columns = vec![
        Column::new("encoded"),
        Column::new("meaning"),
        Column::new("order"),
        Column::new("url"),
        Column::new("unknown_fields"),
        Column::new("invalid_terms"),
        Column::nested("tree"),
    ];
    let cells = vec![
        Cell::Text(answer.encoded),
        Cell::Text(meaning::of(&filter)),
        Cell::List(answer.order_by.into_iter().map(order).collect()),
        Cell::Text(answer.url),
        Cell::List(answer.unknown_fields),
        Cell::List(answer.invalid_terms),
        Cell::Nested(tree::of(&filter)),
    ];
    session.write_one(columns, cells)
}
