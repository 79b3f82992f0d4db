//! ListRecords.

use prost::Message;
use tonic::{Request, Response, Status};

use crate::access::Operation;
use crate::grpc::query::Parsed;
use crate::grpc::{Gateway, request};
use crate::pb::{ListRecordsRequest, ListRecordsResponse};
use crate::records::{self, Fingerprint, List, PageToken};

const DEFAULT_PAGE_SIZE: u64 = 100;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<ListRecordsRequest>,
) -> Result<Response<ListRecordsResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let fingerprint = fingerprint(&message);
    let table = request::table(&message.table)?;
    let page_size = request::page_size(message.page_size, DEFAULT_PAGE_SIZE)?;
    let offset = match message.page_token.as_str() {
        "" => 0,
        text => PageToken::decode(text, &fingerprint)?.offset,
    };
    let parsed = Parsed::new(message.query.unwrap_or_default())?;

    let read = async {
        let guard = gateway.guard(&caller, &message.instance, &table, Operation::Read).await?;
        let selection = parsed.selection();
        records::check_selection(&guard, &selection).await?;
        records::list(&guard, List { selection, page_size, offset }).await
    };
    let listed = request::until(deadline, read).await?;
    Ok(Response::new(ListRecordsResponse {
        records: listed.records,
        next_page_token: listed
            .next_offset
            .map_or_else(String::new, |at| PageToken::encode(&fingerprint, at)),
        total_size: i64::try_from(listed.total).unwrap_or(i64::MAX),
    }))
}

/// Of everything but the place in the list.
fn fingerprint(message: &ListRecordsRequest) -> Fingerprint {
    let bound = ListRecordsRequest { page_size: 0, page_token: String::new(), ..message.clone() };
    Fingerprint::of(&bound.encode_to_vec())
}
