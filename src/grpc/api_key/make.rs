//! CreateApiKey, RotateApiKey.

use std::time::Duration;

use tonic::{Request, Response, Status};

use super::encode;
use crate::access::NewKey;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{CreateApiKeyRequest, CreateApiKeyResponse, RotateApiKeyRequest, RotateApiKeyResponse};

const DEFAULT_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) async fn create(
    gateway: &Gateway,
    request: Request<CreateApiKeyRequest>,
) -> Result<Response<CreateApiKeyResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let key = request.into_inner().api_key.ok_or_else(|| Error::invalid("api_key", "is required"))?;
    let set = [
        ("api_key.id", !key.id.is_empty()),
        ("api_key.prefix", !key.prefix.is_empty()),
        ("api_key.create_time", key.create_time.is_some()),
        ("api_key.last_use_time", key.last_use_time.is_some()),
    ];
    if let Some((field, _)) = set.into_iter().find(|(_, is_set)| *is_set) {
        return Err(Error::invalid(field, "is for the gateway to set; leave it out").into());
    }
    let expires = key.expire_time.ok_or_else(|| Error::invalid("api_key.expire_time", "is required"))?;
    let new = NewKey {
        username: key.username,
        name: key.name,
        expires_at: request::millis(&expires),
        tables: key.tables,
        operations: key.operations,
    };
    let made = request::until(deadline, gateway.access.create_api_key(caller.principal()?, new)).await?;
    caller.about(&made.key.id);
    let api_key = Some(encode::api_key(made.key, &made.username));
    Ok(Response::new(CreateApiKeyResponse { api_key, secret: made.secret }))
}

pub(super) async fn rotate(
    gateway: &Gateway,
    request: Request<RotateApiKeyRequest>,
) -> Result<Response<RotateApiKeyResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    caller.about(&message.id);
    let overlap = match message.overlap {
        None => DEFAULT_OVERLAP,
        Some(overlap) => overlap.try_into().map_err(|_| Error::invalid("overlap", "must not be negative"))?,
    };
    let rotate = gateway.access.rotate_api_key(caller.principal()?, &message.id, overlap);
    let made = request::until(deadline, rotate).await?;
    let api_key = Some(encode::api_key(made.key, &made.username));
    Ok(Response::new(RotateApiKeyResponse { api_key, secret: made.secret }))
}
