//! CreateRecord.

use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{CreateRecordRequest, CreateRecordResponse};
use crate::records::{self, Change};

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<CreateRecordRequest>,
) -> Result<Response<CreateRecordResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let message = request.into_inner();
    let instance = gateway.instances.get(&message.instance)?;
    let table = request::table(&message.table)?;
    let request_id = request_id(&message)?;
    let change = Change {
        fields: message.fields.into_iter().map(|(name, value)| (name, Some(value))).collect(),
        input_display_value: message.input_display_value,
        display: request::display(message.display)?,
    };

    let write = async {
        records::check_fields(instance, table.as_str(), change.fields.keys().map(String::as_str)).await?;
        records::create(instance, table.as_str(), change, request_id.as_deref()).await
    };
    let record = request::until(deadline, write).await?;
    Ok(Response::new(CreateRecordResponse { record: Some(record) }))
}

/// The caller's id of this call, in one spelling. It chooses the sys_id, so the fields must not.
fn request_id(message: &CreateRecordRequest) -> Result<Option<String>, Error> {
    if message.request_id.is_empty() {
        return Ok(None);
    }
    if message.fields.contains_key("sys_id") {
        return Err(Error::invalid(
            "request_id",
            "cannot stand beside a sys_id; a sys_id makes the call idempotent by itself",
        ));
    }
    let id = uuid::Uuid::try_parse(&message.request_id)
        .map_err(|_| Error::invalid("request_id", "must be a UUID"))?;
    Ok(Some(id.to_string()))
}
