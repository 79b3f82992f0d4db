//! DeleteRecord.

use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{DeleteRecordRequest, DeleteRecordResponse};
use crate::records;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<DeleteRecordRequest>,
) -> Result<Response<DeleteRecordResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let message = request.into_inner();
    let instance = gateway.instances.get(&message.instance)?;
    let table = request::table(&message.table)?;
    let sys_id = request::sys_id(&message.sys_id)?;
    let etag = Some(message.etag.as_str()).filter(|etag| !etag.is_empty());

    match request::until(deadline, records::delete(instance, table.as_str(), sys_id.as_str(), etag)).await {
        Ok(()) => {}
        Err(Error::RecordUnknown { .. }) if message.allow_missing => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Response::new(DeleteRecordResponse {}))
}
