//! BatchService.

mod execute;
mod operation;
mod result;

use tonic::{Request, Response, Status, Streaming};

use super::Gateway;
use crate::pb::ExecuteBatchRequest;
use crate::pb::batch_service_server::{BatchService, BatchServiceServer};

pub(in crate::grpc) use result::result;

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> BatchServiceServer<impl BatchService> {
    BatchServiceServer::new(Batches(gateway))
        .max_decoding_message_size(max_message_bytes)
        .max_encoding_message_size(usize::MAX) // bounded by how many results go into a message
}

struct Batches(Gateway);

#[tonic::async_trait]
impl BatchService for Batches {
    type ExecuteBatchStream = execute::Responses;

    async fn execute_batch(
        &self,
        request: Request<Streaming<ExecuteBatchRequest>>,
    ) -> Result<Response<execute::Responses>, Status> {
        execute::handle(&self.0, request).await
    }
}
