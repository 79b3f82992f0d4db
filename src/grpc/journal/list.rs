//! ListJournal.

use prost::Message;
use tonic::{Request, Response, Status};

use crate::access::Operation;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::journal;
use crate::pb::{JournalKind, ListJournalRequest, ListJournalResponse};
use crate::records::{Fingerprint, PageToken};

const DEFAULT_PAGE_SIZE: u64 = 100;
const MAX_PAGE_SIZE: u64 = 1000;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<ListJournalRequest>,
) -> Result<Response<ListJournalResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let fingerprint = fingerprint(&message);
    let table = request::table(&message.table)?;
    let sys_id = request::sys_id(&message.sys_id)?;
    let kind = JournalKind::try_from(message.kind);
    let kind = kind.map_err(|_| Error::invalid("kind", format!("{} is no JournalKind", message.kind)))?;
    let page_size = request::page_size_up_to(message.page_size, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)?;
    let offset = PageToken::offset(&message.page_token, &fingerprint)?;

    let list = async {
        let guard = gateway.guard(&caller, &message.instance, &table, Operation::Read).await?;
        caller.about(sys_id.as_str());
        journal::list(&guard, sys_id.as_str(), kind, page_size, offset).await
    };
    let page = request::until(deadline, list).await?;
    let next = page.next_offset.map(|offset| PageToken::encode(&fingerprint, offset));
    Ok(Response::new(ListJournalResponse {
        entries: page.entries,
        next_page_token: next.unwrap_or_default(),
    }))
}

/// Of everything but the place in the list.
fn fingerprint(message: &ListJournalRequest) -> Fingerprint {
    let bound = ListJournalRequest { page_size: 0, page_token: String::new(), ..message.clone() };
    Fingerprint::of(&bound.encode_to_vec())
}
