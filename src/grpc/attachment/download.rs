//! DownloadAttachment.

use std::pin::Pin;

use futures::{Stream, StreamExt, stream};
use tonic::{Request, Response, Status};

use super::encode;
use crate::attachments;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::download_attachment_response::Part;
use crate::pb::{DownloadAttachmentRequest, DownloadAttachmentResponse};

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<DownloadAttachmentResponse, Status>> + Send>>;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<DownloadAttachmentRequest>,
) -> Result<Response<Responses>, Status> {
    let deadline = request::stream_deadline(request.metadata());
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let instance = gateway.instance(&caller, &message.instance).await?;
    let sys_id = request::sys_id(&message.sys_id)?;
    caller.about(sys_id.as_str());
    let offset = u64::try_from(message.offset);
    let offset = offset.map_err(|_| Error::invalid("offset", "must not be negative"))?;

    // Other transfers may go on for hours: only the caller says how long it waits for its turn.
    let open = attachments::download(&caller, instance, sys_id.as_str(), offset);
    let opened = request::until_some(deadline, open).await?;
    let known = Part::Attachment(encode::attachment(opened.attachment()));
    let chunks = opened.into_chunks(gateway.drain.clone(), deadline);
    let parts = stream::iter([Ok(known)]).chain(chunks.map(|chunk| chunk.map(Part::Chunk)));
    let responses = parts.map(|part| match part {
        Ok(part) => Ok(DownloadAttachmentResponse { part: Some(part) }),
        Err(error) => Err(Status::from(error)),
    });
    Ok(Response::new(Box::pin(responses)))
}
