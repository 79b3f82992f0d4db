//! QueryService, and the parsing of queries for every method that takes one.

mod explain;
mod from_tree;
mod operator;
mod operators;
mod parsed;
mod to_tree;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::error::Error;
use crate::pb;
use crate::pb::query_service_server::{QueryService, QueryServiceServer};
use crate::pb::{ExplainQueryRequest, ExplainQueryResponse, ListOperatorsRequest, ListOperatorsResponse};
use crate::records::Selection;

pub(super) use operator::comparison;
pub(super) use parsed::Parsed;

/// Which rows and columns a query of the contract means; for whoever is asked things other than by a call.
pub(crate) fn selection(query: pb::Query) -> Result<Selection, Error> {
    Ok(Parsed::new(query)?.selection())
}

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> QueryServiceServer<impl QueryService> {
    QueryServiceServer::new(Queries(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Queries(Gateway);

#[tonic::async_trait]
impl QueryService for Queries {
    async fn explain_query(
        &self,
        request: Request<ExplainQueryRequest>,
    ) -> Result<Response<ExplainQueryResponse>, Status> {
        explain::handle(&self.0, request).await
    }

    async fn list_operators(
        &self,
        _: Request<ListOperatorsRequest>,
    ) -> Result<Response<ListOperatorsResponse>, Status> {
        Ok(Response::new(operators::list()))
    }
}
