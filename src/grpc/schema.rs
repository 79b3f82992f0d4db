//! SchemaService: a table of contents; each method is in its own file.

mod get_table;
mod list_tables;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::schema_service_server::{SchemaService, SchemaServiceServer};
use crate::pb::{GetTableRequest, GetTableResponse, ListTablesRequest, ListTablesResponse};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> SchemaServiceServer<impl SchemaService> {
    SchemaServiceServer::new(Schemas(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Schemas(Gateway);

#[tonic::async_trait]
impl SchemaService for Schemas {
    async fn list_tables(
        &self,
        request: Request<ListTablesRequest>,
    ) -> Result<Response<ListTablesResponse>, Status> {
        list_tables::handle(&self.0, request).await
    }

    async fn get_table(
        &self,
        request: Request<GetTableRequest>,
    ) -> Result<Response<GetTableResponse>, Status> {
        get_table::handle(&self.0, request).await
    }
}
