//! `sncgate query`.

use anyhow::Result;
use futures::TryStreamExt;

use super::args;
use super::columns::Columns;
use super::connect::Session;
use super::progress;

pub(crate) async fn run(session: &Session, arguments: args::Query) -> Result<()> {
    let table = &arguments.rows.table;
    let mut columns = Columns::of(session, table, &arguments.fields, arguments.display).await?;
    let mut pages = session.client.pages(table, to_query(&arguments, columns.fields.clone()));
    let mut page = pages.try_next().await?;
    columns.complete(page.as_ref().map_or(&[], |page| page.records.as_slice()));
    let mut out = session.rows(columns.to_columns());
    let bar = progress::rows();
    while let Some(found) = page {
        let rows: Vec<_> = found.records.into_iter().map(|record| columns.row(record)).collect();
        out.write(&rows)?;
        bar.inc(rows.len() as u64);
        page = pages.try_next().await?;
    }
    bar.finish_and_clear();
    Ok(out.finish()?)
}

fn to_query(arguments: &args::Query, fields: Vec<String>) -> sncgate_client::Query {
    let mut query = arguments.rows.to_query().fields(fields).display(arguments.display.into());
    for key in &arguments.order {
        query = match key.strip_prefix('-') {
            Some(field) => query.order_by_desc(field),
            None => query.order_by(key),
        };
    }
    query
        .limit(arguments.limit.unwrap_or(0))
        .page_size(arguments.page_size.unwrap_or(0))
        .resume_from(arguments.resume.clone().unwrap_or_default())
}
