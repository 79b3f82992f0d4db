//! DeleteRecords.

use std::pin::Pin;

use futures::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use super::by_query::{Asked, ByQuery};
use crate::access::Operation;
use crate::batch::Kind;
use crate::grpc::{Gateway, request};
use crate::pb::{DeleteRecordsRequest, DeleteRecordsResponse};

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<DeleteRecordsResponse, Status>> + Send>>;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<DeleteRecordsRequest>,
) -> Result<Response<Responses>, Status> {
    let caller = request::caller(&request)?;
    let (metadata, _, message) = request.into_parts();
    let DeleteRecordsRequest { instance, table, query, max_records, dry_run } = message;
    let asked = Asked { instance, table, query, max_records };
    let by_query = ByQuery::new(gateway, &metadata, caller, asked, Operation::Delete, &[]).await?;
    // One that is gone meanwhile is what was asked for.
    let delete = |sys_id| Kind::Delete { sys_id, allow_missing: true };
    let parts = by_query.run(dry_run, delete).await?;
    let response = |(matched, results)| DeleteRecordsResponse { matched, results };
    Ok(Response::new(parts.map(move |part| part.map(response).map_err(Status::from)).boxed()))
}
