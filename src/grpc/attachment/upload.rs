//! UploadAttachment.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use super::{encode, header};
use crate::access::{Guard, Operation};
use crate::attachments;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::inbound::Until;
use crate::pb::upload_attachment_request::Part;
use crate::pb::{UploadAttachmentRequest, UploadAttachmentResponse, UploadHeader};

/// Longest chunk that is taken.
const MAX_CHUNK: usize = 1024 * 1024;
/// A caller that is silent for longer is given up: it holds a connection of the instance. Shorter than what an instance
/// waits for, so that the silence is told as the caller's.
const SILENCE: Duration = Duration::from_secs(30);

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<Streaming<UploadAttachmentRequest>>,
) -> Result<Response<UploadAttachmentResponse>, Status> {
    let first_deadline = request::deadline(request.metadata(), gateway.deadlines);
    let deadline = request::stream_deadline(request.metadata());
    let caller = request::caller(&request)?;
    let mut messages = request.into_inner();
    let header = request::until(first_deadline, first(&mut messages)).await?;
    let instance = gateway.instance(&caller, &header.instance).await?;
    let new = header::parse(header)?;
    let guard = Guard::open(&caller, &instance, &new.table, Operation::Update);
    let guard = request::until(first_deadline, guard).await?;
    caller.about(&new.record_sys_id);

    let until = Until { drain: gateway.drain.clone(), deadline, silence: Some(SILENCE) };
    let content = until.read(chunks(messages));
    let attachment = attachments::upload(guard, new, content, deadline).await?;
    Ok(Response::new(UploadAttachmentResponse { attachment: Some(encode::attachment(&attachment)) }))
}

async fn first(messages: &mut Streaming<UploadAttachmentRequest>) -> Result<UploadHeader, Error> {
    match messages.next().await {
        Some(message) => match message.map_err(request::unreadable)?.part {
            Some(Part::Header(header)) => Ok(header),
            _ => Err(Error::invalid("part", "the first message must be the header")),
        },
        None => Err(Error::invalid("part", "the stream is empty; its first message must be the header")),
    }
}

fn chunks(
    messages: Streaming<UploadAttachmentRequest>,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    messages.map(|message| match message.map_err(request::unreadable)?.part {
        Some(Part::Chunk(chunk)) if chunk.len() > MAX_CHUNK => {
            Err(Error::invalid("chunk", format!("has {} bytes; at most 1 MiB fits a message", chunk.len())))
        }
        Some(Part::Chunk(chunk)) => Ok(chunk),
        Some(Part::Header(_)) => Err(Error::invalid("part", "a header came after the first message")),
        None => Err(Error::invalid("part", "a message without a chunk came")),
    })
}
