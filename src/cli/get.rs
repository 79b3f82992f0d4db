//! `sncgate get`.

use anyhow::Result;
use sncgate_client::pb::GetRecordRequest;
use sncgate_client::{DisplayMode, Record};

use super::args::{self, Shown};
use super::columns::Columns;
use super::connect::Session;

pub(crate) async fn run(session: &Session, arguments: args::Get) -> Result<()> {
    let args::Get { table, sys_id, fields, display } = arguments;
    let request = GetRecordRequest {
        table,
        sys_id,
        fields: fields.clone(),
        display: DisplayMode::from(display).into(),
        ..Default::default()
    };
    let record = session.client.get_record(request).await?;
    print(session, record, &fields, display)
}

/// Prints one record: these columns, or all that it has.
pub(crate) fn print(session: &Session, record: Record, fields: &[String], display: Shown) -> Result<()> {
    let mut columns = Columns::named(fields, display);
    columns.complete(std::slice::from_ref(&record));
    session.write_one(columns.to_columns(), columns.row(record))
}
