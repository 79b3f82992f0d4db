//! StreamRecords.

use std::pin::Pin;

use futures::{Stream, StreamExt};
use prost::Message;
use tonic::{Request, Response, Status};

use crate::access::Operation;
use crate::error::Error;
use crate::grpc::query::Parsed;
use crate::grpc::{Gateway, request};
use crate::pb::{StreamRecordsRequest, StreamRecordsResponse};
use crate::records::{self, Fingerprint, ResumeToken, Streamed, Streaming};

const DEFAULT_PAGE_SIZE: u64 = 1000;

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<StreamRecordsResponse, Status>> + Send>>;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<StreamRecordsRequest>,
) -> Result<Response<Responses>, Status> {
    let unary_deadline = request::deadline(request.metadata(), gateway.deadlines);
    let deadline = request::stream_deadline(request.metadata());
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let fingerprint = fingerprint(&message);
    let table = request::table(&message.table)?;
    let page_size = request::page_size(message.page_size, DEFAULT_PAGE_SIZE)?;
    let resume = match message.resume_token.as_str() {
        "" => None,
        text => Some(ResumeToken::decode(text, &fingerprint)?),
    };
    let parsed = Parsed::new(message.query.unwrap_or_default())?;
    if parsed.is_ordered() {
        let problem = "a stream always runs in sys_id order; use ListRecords for another one";
        return Err(Error::invalid("query.order_by", problem).into());
    }
    let selection = parsed.selection();
    let check = async {
        let guard = gateway.guard(&caller, &message.instance, &table, Operation::Read).await?;
        records::check_selection(&guard, &selection).await?;
        Ok(guard)
    };
    let guard = request::until(unary_deadline, check).await?;

    let streaming =
        Streaming { selection, page_size, fingerprint, resume, deadline, drain: gateway.drain.clone() };
    let pages = records::stream(guard, streaming);
    Ok(Response::new(Box::pin(pages.map(|page| page.map(response).map_err(Status::from)))))
}

fn response(page: Streamed) -> StreamRecordsResponse {
    StreamRecordsResponse {
        records: page.records,
        resume_token: page.resume_token,
        sent: i64::try_from(page.sent).unwrap_or(i64::MAX),
    }
}

/// Of everything but the place in the stream.
fn fingerprint(message: &StreamRecordsRequest) -> Fingerprint {
    let bound = StreamRecordsRequest { page_size: 0, resume_token: String::new(), ..message.clone() };
    Fingerprint::of(&bound.encode_to_vec())
}
