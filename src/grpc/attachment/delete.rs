//! DeleteAttachment.

use tonic::{Request, Response, Status};

use crate::attachments;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{DeleteAttachmentRequest, DeleteAttachmentResponse};

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<DeleteAttachmentRequest>,
) -> Result<Response<DeleteAttachmentResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let instance = gateway.instance(&caller, &message.instance).await?;
    let sys_id = request::sys_id(&message.sys_id)?;
    caller.about(sys_id.as_str());

    match request::until(deadline, attachments::delete(&caller, &instance, sys_id.as_str())).await {
        Ok(()) => {}
        Err(Error::AttachmentUnknown { .. }) if message.allow_missing => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Response::new(DeleteAttachmentResponse {}))
}
