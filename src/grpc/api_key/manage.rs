//! ListApiKeys, DeleteApiKey.

use tonic::{Request, Response, Status};

use super::encode;
use crate::grpc::{Gateway, request};
use crate::pb::{DeleteApiKeyRequest, DeleteApiKeyResponse, ListApiKeysRequest, ListApiKeysResponse};

pub(super) async fn list(
    gateway: &Gateway,
    request: Request<ListApiKeysRequest>,
) -> Result<Response<ListApiKeysResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let list = gateway.access.api_keys(caller.principal()?, &message.username);
    let (user, keys) = request::until(deadline, list).await?;
    let api_keys = keys.into_iter().map(|key| encode::api_key(key, &user.username)).collect();
    Ok(Response::new(ListApiKeysResponse { api_keys }))
}

pub(super) async fn delete(
    gateway: &Gateway,
    request: Request<DeleteApiKeyRequest>,
) -> Result<Response<DeleteApiKeyResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    caller.about(&message.id);
    request::until(deadline, gateway.access.delete_api_key(caller.principal()?, &message.id)).await?;
    Ok(Response::new(DeleteApiKeyResponse {}))
}
