//! DeleteRecord.

use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{DeleteRecordRequest, DeleteRecordResponse};
use crate::records;
use crate::store::Repeatable;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<DeleteRecordRequest>,
) -> Result<Response<DeleteRecordResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let mut message = request.into_inner();
    let instance = gateway.instances.get(&message.instance)?;
    let table = request::table(&message.table)?;
    let sys_id = request::sys_id(&message.sys_id)?;
    let request_id = request::request_id(&std::mem::take(&mut message.request_id))?;
    let repeatable = request_id.map(|id| Repeatable::new("DeleteRecord", instance.name(), &id, &message));
    let allow_missing = message.allow_missing;
    let etag = Some(message.etag.as_str()).filter(|etag| !etag.is_empty());

    let write = gateway.request_ids.once(repeatable, |earlier| async move {
        match records::delete(instance, table.as_str(), sys_id.as_str(), etag).await {
            // An earlier attempt may be what removed it.
            Err(Error::RecordUnknown { .. }) if allow_missing || earlier.is_some() => {}
            done => done?,
        }
        Ok(DeleteRecordResponse {})
    });
    Ok(Response::new(request::until(deadline, write).await?))
}
