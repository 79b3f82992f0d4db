//! CreateRecord.

use tonic::{Request, Response, Status};

use crate::access::Operation;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{CreateRecordRequest, CreateRecordResponse};
use crate::records::{self, Change};
use crate::store::Repeatable;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<CreateRecordRequest>,
) -> Result<Response<CreateRecordResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let mut message = request.into_inner();
    let table = request::table(&message.table)?;
    let request_id = request::request_id(&std::mem::take(&mut message.request_id))?;
    // The id chooses the sys_id, so the fields must not.
    if request_id.is_some() && message.fields.contains_key("sys_id") {
        let problem = "cannot stand beside a sys_id; a sys_id makes the call idempotent by itself";
        return Err(Error::invalid("request_id", problem).into());
    }
    let guard = gateway.guard(&caller, &message.instance, &table, Operation::Create);
    let guard = request::until(deadline, guard).await?;
    let repeatable =
        request_id.as_deref().map(|id| Repeatable::new("CreateRecord", &guard.scope(), id, &message));
    let change = Change {
        fields: message.fields.into_iter().map(|(name, value)| (name, Some(value))).collect(),
        input_display_value: message.input_display_value,
        display: request::display(message.display)?,
    };

    // Whether there was an earlier attempt does not matter: it made the same record.
    let write = gateway.request_ids.once(repeatable, |_| async {
        records::check_change(&guard, &change).await?;
        let record = records::create(&guard, change, request_id.as_deref()).await?;
        caller.about(&record.sys_id);
        Ok(CreateRecordResponse { record: Some(record) })
    });
    Ok(Response::new(request::until(deadline, write).await?))
}
