//! SystemService: a table of contents; each method is in its own file.

mod get_info;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::system_service_server::{SystemService, SystemServiceServer};
use crate::pb::{GetInfoRequest, GetInfoResponse};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> SystemServiceServer<impl SystemService> {
    SystemServiceServer::new(System(gateway)).max_decoding_message_size(max_message_bytes)
}

struct System(Gateway);

#[tonic::async_trait]
impl SystemService for System {
    async fn get_info(&self, request: Request<GetInfoRequest>) -> Result<Response<GetInfoResponse>, Status> {
        get_info::handle(&self.0, request).await
    }
}
