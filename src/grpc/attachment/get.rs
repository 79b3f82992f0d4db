//! GetAttachment.

use tonic::{Request, Response, Status};

use super::encode;
use crate::attachments;
use crate::grpc::{Gateway, request};
use crate::pb::{GetAttachmentRequest, GetAttachmentResponse};

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<GetAttachmentRequest>,
) -> Result<Response<GetAttachmentResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let instance = gateway.instance(&caller, &message.instance).await?;
    let sys_id = request::sys_id(&message.sys_id)?;
    caller.about(sys_id.as_str());

    let attachment = request::until(deadline, attachments::get(&caller, &instance, sys_id.as_str())).await?;
    Ok(Response::new(GetAttachmentResponse { attachment: Some(encode::attachment(&attachment)) }))
}
