//! ListUsers, GetUser.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tonic::{Request, Response, Status};

use super::encode;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{GetUserRequest, GetUserResponse, ListUsersRequest, ListUsersResponse};

const DEFAULT_PAGE_SIZE: u64 = 100;

pub(super) async fn list(
    gateway: &Gateway,
    request: Request<ListUsersRequest>,
) -> Result<Response<ListUsersResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let message = request.into_inner();
    let size = request::page_size(message.page_size, DEFAULT_PAGE_SIZE)?.min(1000);
    let after = last_name(&message.page_token)?;
    let mut users = request::until(deadline, gateway.access.users(&after, size + 1)).await?;
    let more = users.len() as u64 > size;
    users.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let next_page_token = match users.last() {
        Some(last) if more => URL_SAFE_NO_PAD.encode(&last.username),
        _ => String::new(),
    };
    Ok(Response::new(ListUsersResponse {
        users: users.into_iter().map(encode::user).collect(),
        next_page_token,
    }))
}

pub(super) async fn get(
    gateway: &Gateway,
    request: Request<GetUserRequest>,
) -> Result<Response<GetUserResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let message = request.into_inner();
    let user = request::until(deadline, gateway.access.user(&message.username)).await?;
    Ok(Response::new(GetUserResponse { user: Some(encode::user(user)) }))
}

/// A page token is the last name of the page before.
fn last_name(token: &str) -> Result<String, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() <= 64);
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(Error::PageTokenInvalid)
}
