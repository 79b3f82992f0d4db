//! UpdateRecords.

use std::pin::Pin;

use futures::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use super::by_query::{Asked, ByQuery};
use crate::access::Operation;
use crate::batch::Kind;
use crate::grpc::{Gateway, request};
use crate::pb::{UpdateRecordsRequest, UpdateRecordsResponse};
use crate::records::{self, Change};

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<UpdateRecordsResponse, Status>> + Send>>;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<UpdateRecordsRequest>,
) -> Result<Response<Responses>, Status> {
    let caller = request::caller(&request)?;
    let (metadata, _, message) = request.into_parts();
    let UpdateRecordsRequest { instance, table, query, fields, input_display_value, max_records, dry_run } =
        message;
    records::check_set(&fields)?;
    let asked = Asked { instance, table, query, max_records };
    let written: Vec<&str> = fields.keys().map(String::as_str).collect();
    let by_query = ByQuery::new(gateway, &metadata, caller, asked, Operation::Update, &written).await?;
    let fields = fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
    let change = Change { fields, input_display_value, display: by_query.display() };
    let update = move |sys_id| Kind::Update { sys_id, change: change.clone() };
    let parts = by_query.run(dry_run, update).await?;
    let response = |(matched, results)| UpdateRecordsResponse { matched, results };
    Ok(Response::new(parts.map(move |part| part.map(response).map_err(Status::from)).boxed()))
}
