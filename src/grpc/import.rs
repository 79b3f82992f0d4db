//! ImportService: a table of contents; its method is in its own file.

mod encode;
mod import_rows;

use tonic::{Request, Response, Status, Streaming};

use super::Gateway;
use crate::pb::ImportRowsRequest;
use crate::pb::import_service_server::{ImportService, ImportServiceServer};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> ImportServiceServer<impl ImportService> {
    ImportServiceServer::new(Imports(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Imports(Gateway);

#[tonic::async_trait]
impl ImportService for Imports {
    type ImportRowsStream = import_rows::Responses;

    async fn import_rows(
        &self,
        request: Request<Streaming<ImportRowsRequest>>,
    ) -> Result<Response<import_rows::Responses>, Status> {
        import_rows::handle(&self.0, request).await
    }
}
