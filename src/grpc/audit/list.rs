//! ListAuditEvents.

use prost::Message;
use tonic::{Request, Response, Status};

use super::encode;
use crate::grpc::{Gateway, request};
use crate::pb::{ListAuditEventsRequest, ListAuditEventsResponse};
use crate::records::{Fingerprint, PageToken};
use crate::store::AuditFilter;

const DEFAULT_PAGE_SIZE: u64 = 100;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<ListAuditEventsRequest>,
) -> Result<Response<ListAuditEventsResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let message = request.into_inner();
    let bound = ListAuditEventsRequest { page_size: 0, page_token: String::new(), ..message.clone() };
    let fingerprint = Fingerprint::of(&bound.encode_to_vec());
    let size = request::page_size(message.page_size, DEFAULT_PAGE_SIZE)?.min(1000);
    let before = match message.page_token.as_str() {
        "" => i64::MAX,
        text => i64::try_from(PageToken::decode(text, &fingerprint)?.offset).unwrap_or(i64::MAX),
    };
    let filter = AuditFilter {
        username: message.username,
        method: message.method,
        from: message.start_time.as_ref().map(request::millis),
        until: message.end_time.as_ref().map(request::millis),
    };
    let list = gateway.access.audit().list(&filter, before, size);
    let entries = request::until(deadline, list).await?;
    let last = entries.last().filter(|_| entries.len() as u64 == size).map(|entry| entry.sequence);
    Ok(Response::new(ListAuditEventsResponse {
        next_page_token: last
            .filter(|sequence| *sequence > 1)
            .map_or_else(String::new, |sequence| PageToken::encode(&fingerprint, sequence.unsigned_abs())),
        events: entries.into_iter().map(encode::event).collect(),
    }))
}
