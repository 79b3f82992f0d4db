//! `sncgate update`.

use anyhow::Result;
use sncgate_client::DisplayMode;
use sncgate_client::pb::{UpdateRecordRequest, UpdateRecordsRequest};

use super::by_query::Write;
use super::connect::Session;
use super::{args, by_query, changes, get};

pub(crate) async fn run(session: &Session, arguments: args::Update) -> Result<()> {
    let args::Update { table, sys_id, values, sets, matching, etag } = arguments;
    let mut fields = changes::read(&values)?;
    let Some(sys_id) = sys_id else {
        fields.extend(sets.into_iter().map(|pair| (pair.field, pair.value)));
        let request = UpdateRecordsRequest {
            fields,
            input_display_value: values.input_display,
            ..UpdateRecordsRequest::default()
        };
        return by_query::run(session, table, matching, Write::Update(request)).await;
    };
    by_query::refuse_flags(&matching, &sets)?;
    let printed = changes::printed(&values, &fields);
    let request = UpdateRecordRequest {
        table,
        sys_id,
        fields,
        etag: etag.unwrap_or_default(),
        input_display_value: values.input_display,
        display: DisplayMode::from(values.display).into(),
        ..Default::default()
    };
    let record = session.client.update_record(request).await?;
    get::print(session, record, &printed, values.display)
}
