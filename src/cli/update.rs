//! `sncgate update`.

use anyhow::Result;
use sncgate_client::DisplayMode;
use sncgate_client::pb::UpdateRecordRequest;

use super::connect::Session;
use super::{args, changes, get};

pub(crate) async fn run(session: &Session, arguments: args::Update) -> Result<()> {
    let args::Update { table, sys_id, values, etag } = arguments;
    let fields = changes::read(&values)?;
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
