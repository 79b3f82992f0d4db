//! StreamAuditEvents.

use std::pin::Pin;

use async_stream::try_stream;
use futures::Stream;
use tonic::{Request, Response, Status};

use super::encode;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{StreamAuditEventsRequest, StreamAuditEventsResponse};

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<StreamAuditEventsResponse, Status>> + Send>>;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<StreamAuditEventsRequest>,
) -> Result<Response<Responses>, Status> {
    let deadline = request::stream_deadline(request.metadata());
    let (access, drain) = (gateway.access.clone(), gateway.drain.clone());
    let mut changes = access.audit().changes();
    let mut after = match request.into_inner().after_sequence {
        -1 => access.audit().last().await?,
        after @ 0.. => after,
        _ => return Err(Error::invalid("after_sequence", "must be -1, 0 or a sequence").into()),
    };
    let stream = try_stream! {
        loop {
            changes.mark_unchanged(); // before the look: what comes after it is a change
            let entries = access.audit().after(after).await.map_err(Status::from)?;
            if let Some(last) = entries.last() {
                after = last.sequence;
                yield StreamAuditEventsResponse { events: entries.into_iter().map(encode::event).collect() };
                continue;
            }
            let timeout = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            let waited: Result<(), Error> = tokio::select! {
                biased;
                () = drain.cancelled() => Err(Error::Draining),
                () = timeout => Err(Error::DeadlineExceeded),
                changed = changes.changed() => changed.map_err(|_| Error::Draining),
            };
            waited.map_err(Status::from)?;
        }
    };
    Ok(Response::new(Box::pin(stream)))
}
