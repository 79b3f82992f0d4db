//! DeleteRecord.

use tonic::{Request, Response, Status};

use crate::access::Operation;
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
    let caller = request::caller(&request)?;
    let mut message = request.into_inner();
    let table = request::table(&message.table)?;
    let sys_id = request::sys_id(&message.sys_id)?;
    let request_id = request::request_id(&std::mem::take(&mut message.request_id))?;
    let guard = gateway.guard(&caller, &message.instance, &table, Operation::Delete);
    let guard = request::until(deadline, guard).await?;
    caller.about(sys_id.as_str());
    let repeatable = request_id.map(|id| Repeatable::new("DeleteRecord", &guard.scope(), &id, &message));
    let allow_missing = message.allow_missing;
    let etag = Some(message.etag.as_str()).filter(|etag| !etag.is_empty());

    let write = gateway.request_ids.once(repeatable, |earlier| async move {
        match records::delete(&guard, sys_id.as_str(), etag).await {
            // An earlier attempt may be what removed it.
            Err(Error::RecordUnknown { .. }) if allow_missing || earlier.is_some() => {}
            done => done?,
        }
        Ok(DeleteRecordResponse {})
    });
    Ok(Response::new(request::until(deadline, write).await?))
}
