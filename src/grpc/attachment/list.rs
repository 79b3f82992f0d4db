//! ListAttachments.

use prost::Message;
use tonic::{Request, Response, Status};

use super::encode;
use crate::attachments::{self, Place};
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{ListAttachmentsRequest, ListAttachmentsResponse};
use crate::records::{Fingerprint, PageToken};

const DEFAULT_PAGE_SIZE: u64 = 100;
const MAX_PAGE_SIZE: u64 = 1000;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<ListAttachmentsRequest>,
) -> Result<Response<ListAttachmentsResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let fingerprint = fingerprint(&message);
    let instance = gateway.instance(&caller, &message.instance).await?;
    let place = place(&message)?;
    let page_size = request::page_size_up_to(message.page_size, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)?;
    let offset = PageToken::offset(&message.page_token, &fingerprint)?;

    let list = attachments::list(&caller, &instance, &place, page_size, offset);
    let page = request::until(deadline, list).await?;
    let next = page.next_offset.map(|offset| PageToken::encode(&fingerprint, offset));
    Ok(Response::new(ListAttachmentsResponse {
        attachments: page.attachments.iter().map(encode::attachment).collect(),
        next_page_token: next.unwrap_or_default(),
    }))
}

fn place(message: &ListAttachmentsRequest) -> Result<Place, Error> {
    if message.table.is_empty() && !message.record_sys_id.is_empty() {
        return Err(Error::invalid("table", "is required beside a record_sys_id"));
    }
    let mut place = Place::default();
    if !message.table.is_empty() {
        place.table = Some(request::table(&message.table)?.to_string());
    }
    if !message.record_sys_id.is_empty() {
        place.record_sys_id = Some(request::sys_id(&message.record_sys_id)?.to_string());
    }
    Ok(place)
}

/// Of everything but the place in the list.
fn fingerprint(message: &ListAttachmentsRequest) -> Fingerprint {
    let bound = ListAttachmentsRequest { page_size: 0, page_token: String::new(), ..message.clone() };
    Fingerprint::of(&bound.encode_to_vec())
}
