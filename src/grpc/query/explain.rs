//! ExplainQuery.

use tonic::{Request, Response, Status};

use super::{Parsed, to_tree};
use crate::access::Operation;
use crate::grpc::{Gateway, request};
use crate::pb::{ExplainQueryRequest, ExplainQueryResponse};
use crate::records;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<ExplainQueryRequest>,
) -> Result<Response<ExplainQueryResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    gateway.configured(&message.instance)?;
    let parsed = Parsed::lenient(message.query.unwrap_or_default())?;

    let (mut url, mut unknown_fields) = (String::new(), Vec::new());
    if !message.table.is_empty() {
        let table = request::table(&message.table)?;
        let guard = gateway.guard(&caller, &message.instance, &table, Operation::Read);
        let guard = request::until(deadline, guard).await?;
        url = records::list_url(&guard, &parsed.selection())?;
        let fields = parsed.all_fields().collect();
        unknown_fields = request::until(deadline, records::unknown_fields(&guard, fields)).await?;
    }
    Ok(Response::new(ExplainQueryResponse {
        encoded: parsed.query.to_string(),
        tree: Some(to_tree::filter(&parsed.query)),
        order_by: to_tree::order(&parsed.query),
        url,
        unknown_fields,
        invalid_terms: parsed.query.problems().iter().map(ToString::to_string).collect(),
    }))
}
