//! ApiKeyService: a table of contents.

mod encode;
mod make;
mod manage;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::api_key_service_server::{ApiKeyService, ApiKeyServiceServer};
use crate::pb::{
    CreateApiKeyRequest, CreateApiKeyResponse, DeleteApiKeyRequest, DeleteApiKeyResponse, ListApiKeysRequest,
    ListApiKeysResponse, RotateApiKeyRequest, RotateApiKeyResponse,
};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> ApiKeyServiceServer<impl ApiKeyService> {
    ApiKeyServiceServer::new(ApiKeys(gateway)).max_decoding_message_size(max_message_bytes)
}

struct ApiKeys(Gateway);

#[tonic::async_trait]
impl ApiKeyService for ApiKeys {
    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        manage::list(&self.0, request).await
    }

    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreateApiKeyResponse>, Status> {
        make::create(&self.0, request).await
    }

    async fn rotate_api_key(
        &self,
        request: Request<RotateApiKeyRequest>,
    ) -> Result<Response<RotateApiKeyResponse>, Status> {
        make::rotate(&self.0, request).await
    }

    async fn delete_api_key(
        &self,
        request: Request<DeleteApiKeyRequest>,
    ) -> Result<Response<DeleteApiKeyResponse>, Status> {
        manage::delete(&self.0, request).await
    }
}
