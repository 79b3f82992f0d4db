//! AccessService: a table of contents.

mod test_permission;

use tonic::{Request, Response, Status};

use super::{Gateway, MethodPermissions};
use crate::pb::access_service_server::{AccessService, AccessServiceServer};
use crate::pb::{TestPermissionRequest, TestPermissionResponse};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> AccessServiceServer<impl AccessService> {
    let methods = MethodPermissions::read().expect("the server has read them before");
    AccessServiceServer::new(Decisions { gateway, methods }).max_decoding_message_size(max_message_bytes)
}

struct Decisions {
    gateway: Gateway,
    methods: MethodPermissions,
}

#[tonic::async_trait]
impl AccessService for Decisions {
    async fn test_permission(
        &self,
        request: Request<TestPermissionRequest>,
    ) -> Result<Response<TestPermissionResponse>, Status> {
        test_permission::handle(&self.gateway, &self.methods, request).await
    }
}
