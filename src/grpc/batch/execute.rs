//! ExecuteBatch.

use std::pin::Pin;

use async_stream::try_stream;
use futures::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

use super::operation;
use super::result::result;
use crate::batch::{self, Bounds, Incoming};
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{ExecuteBatchRequest, ExecuteBatchResponse};

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<ExecuteBatchResponse, Status>> + Send>>;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<Streaming<ExecuteBatchRequest>>,
) -> Result<Response<Responses>, Status> {
    let bounds =
        Bounds { deadline: request::stream_deadline(request.metadata()), drain: gateway.drain.clone() };
    let gateway = gateway.clone();
    let caller = request::caller(&request)?;
    let mut messages = request.into_inner();
    // The head of the answer goes out at once: a caller may wait for it before it sends anything.
    let responses = try_stream! {
        let Some(first) = first(&mut messages, &bounds).await? else { return };
        let instance = gateway.instance(&caller, &first.instance).await?;
        let mut reports = batch::execute(caller, instance, operations(first, messages), bounds);
        while let Some(handful) = reports.next().await {
            yield ExecuteBatchResponse { results: handful?.into_iter().map(result).collect() };
        }
    };
    Ok(Response::new(responses.boxed()))
}

async fn first(
    messages: &mut Streaming<ExecuteBatchRequest>,
    bounds: &Bounds,
) -> Result<Option<ExecuteBatchRequest>, Error> {
    tokio::select! {
        first = messages.message() => first.map_err(unreadable),
        () = bounds.drain.cancelled() => Err(Error::Draining),
    }
}

/// The operations of all messages, parsed one by one as they are taken.
fn operations(
    first: ExecuteBatchRequest,
    mut messages: Streaming<ExecuteBatchRequest>,
) -> impl Stream<Item = Result<Incoming, Error>> + Send {
    try_stream! {
        let mut message = Some(first);
        while let Some(ExecuteBatchRequest { operations, .. }) = message {
            for operation in operations {
                yield operation::parse(operation);
            }
            message = messages.message().await.map_err(unreadable)?;
        }
    }
}

/// A message that is too large or none, or a caller who broke off, to whom nothing can be told any more.
fn unreadable(status: Status) -> Error {
    Error::invalid("operations", format!("a message cannot be read: {}", status.message()))
}
