//! `sncgate create`.

use anyhow::Result;
use sncgate_client::DisplayMode;
use sncgate_client::pb::CreateRecordRequest;

use super::connect::Session;
use super::{args, changes, create_from, get};

pub(crate) async fn run(session: &Session, arguments: args::Create) -> Result<()> {
    let args::Create { table, from, values } = arguments;
    if let Some(file) = from {
        return create_from::run(session, table, file, values.input_display).await;
    }
    let fields = changes::read(&values)?;
    let printed = changes::printed(&values, &fields);
    let request = CreateRecordRequest {
        table,
        fields,
        input_display_value: values.input_display,
        display: DisplayMode::from(values.display).into(),
        ..Default::default()
    };
    let record = session.client.create_record(request).await?;
    get::print(session, record, &printed, values.display)
}
