//! WhoAmI, ChangePassword.

use tonic::{Request, Response, Status};

use super::encode;
use crate::access::Credential;
use crate::grpc::{Gateway, request};
use crate::pb::{ChangePasswordRequest, ChangePasswordResponse, WhoAmIRequest, WhoAmIResponse};

pub(super) async fn who_am_i(
    gateway: &Gateway,
    request: Request<WhoAmIRequest>,
) -> Result<Response<WhoAmIResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let principal = caller.principal()?;
    let (mut session, mut api_key_id) = (None, String::new());
    match &principal.credential {
        Credential::Session(id) => {
            let found = request::until(deadline, gateway.access.session(id)).await?;
            session = found.map(|session| encode::session(session, &principal.username, Some(id)));
        }
        Credential::Key(id) => api_key_id.clone_from(id),
        Credential::Certificate(_) | Credential::External(_) | Credential::None => {}
    }
    let mut permissions: Vec<i32> =
        principal.roles().iter().flat_map(|role| role.message.permissions.clone()).collect();
    permissions.sort_unstable();
    permissions.dedup();
    Ok(Response::new(WhoAmIResponse {
        username: principal.username.clone(),
        roles: principal.roles().iter().map(|role| role.name().to_owned()).collect(),
        permissions,
        session,
        api_key_id,
        password_change_required: principal.must_change_password,
        quota: caller.meter.left().map(encode::quota),
        table_rules: principal.roles().iter().flat_map(|role| role.message.table_rules.clone()).collect(),
    }))
}

pub(super) async fn change_password(
    gateway: &Gateway,
    request: Request<ChangePasswordRequest>,
) -> Result<Response<ChangePasswordResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let (current, new) = (message.current_password.into(), message.new_password.into());
    let change = gateway.access.change_password(&caller, current, new);
    let ended = request::until(deadline, change).await?;
    Ok(Response::new(ChangePasswordResponse { ended: i32::try_from(ended).unwrap_or(i32::MAX) }))
}
