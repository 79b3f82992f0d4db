//! `sncgate count`.

use std::io::Write;

use anyhow::Result;
use sncgate_client::pb::AggregateRecordsRequest;

use super::connect::Session;
use super::{aggregate, args};

pub(crate) async fn run(session: &Session, arguments: args::Count) -> Result<()> {
    let query = arguments.rows.to_query();
    if arguments.group_by.is_empty() {
        let count = session.client.count(&arguments.rows.table, query).await?;
        return Ok(writeln!(std::io::stdout(), "{count}")?);
    }
    let request = AggregateRecordsRequest {
        table: arguments.rows.table.clone(),
        query: Some(query.display(arguments.display.into()).into_message()),
        count: true,
        group_by: arguments.group_by,
        ..Default::default()
    };
    aggregate::print(session, request, arguments.display).await
}
