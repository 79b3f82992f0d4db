//! StreamAuditEvents.

use std::pin::Pin;

use async_stream::try_stream;
use futures::Stream;
use tonic::{Request, Response, Status};

use super::encode;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::inbound::Until;
use crate::pb::{StreamAuditEventsRequest, StreamAuditEventsResponse};

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<StreamAuditEventsResponse, Status>> + Send>>;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<StreamAuditEventsRequest>,
) -> Result<Response<Responses>, Status> {
    let deadline = request::stream_deadline(request.metadata());
    let access = gateway.access.clone();
    let until = Until { drain: gateway.drain.clone(), deadline, silence: None };
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
            let waited = until.stopped_or(changes.changed()).await;
            waited.and_then(|changed| changed.map_err(|_| Error::Draining)).map_err(Status::from)?;
        }
    };
    Ok(Response::new(Box::pin(stream)))
}
