//! Login, Refresh, Logout.

use tonic::{Request, Response, Status};

use super::encode;
use crate::access::SignIn;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{
    LoginRequest, LoginResponse, LogoutRequest, LogoutResponse, RefreshRequest, RefreshResponse,
};

pub(super) async fn login(
    gateway: &Gateway,
    request: Request<LoginRequest>,
) -> Result<Response<LoginResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    if message.username.is_empty() {
        return Err(Error::invalid("username", "is required").into());
    }
    let sign_in = SignIn {
        username: message.username,
        password: message.password.into(),
        device: message.device,
        device_token: message.device_token,
    };
    let opened = request::until(deadline, gateway.access.login(&caller, sign_in)).await?;
    caller.about(&opened.session.id);
    let current = opened.session.id.clone();
    Ok(Response::new(LoginResponse {
        tokens: Some(encode::tokens(opened.tokens)),
        session: Some(encode::session(opened.session, &opened.user.username, Some(&current))),
        password_change_required: opened.user.must_change_password,
        device_token: opened.device_token,
    }))
}

pub(super) async fn refresh(
    gateway: &Gateway,
    request: Request<RefreshRequest>,
) -> Result<Response<RefreshResponse>, Status> {
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    // Without a deadline of its own: an answer that is given up halfway would use up the token.
    let tokens = gateway.access.refresh(&caller, &message.refresh_token).await?;
    Ok(Response::new(RefreshResponse { tokens: Some(encode::tokens(tokens)) }))
}

pub(super) async fn logout(
    gateway: &Gateway,
    request: Request<LogoutRequest>,
) -> Result<Response<LogoutResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let all = request.into_inner().all_sessions;
    let ended = request::until(deadline, gateway.access.logout(caller.principal()?, all)).await?;
    Ok(Response::new(LogoutResponse { ended: i32::try_from(ended).unwrap_or(i32::MAX) }))
}
