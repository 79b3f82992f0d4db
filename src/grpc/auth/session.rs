//! ListSessions, RevokeSession.

use tonic::{Request, Response, Status};

use super::encode;
use crate::access::Credential;
use crate::grpc::{Gateway, request};
use crate::pb::{ListSessionsRequest, ListSessionsResponse, RevokeSessionRequest, RevokeSessionResponse};

pub(super) async fn list(
    gateway: &Gateway,
    request: Request<ListSessionsRequest>,
) -> Result<Response<ListSessionsResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let principal = caller.principal()?;
    let message = request.into_inner();
    let list = gateway.access.sessions(principal, &message.username);
    let (user, sessions) = request::until(deadline, list).await?;
    let current = match &principal.credential {
        Credential::Session(id) => Some(id.as_str()),
        _ => None,
    };
    let encode = |session| encode::session(session, &user.username, current);
    Ok(Response::new(ListSessionsResponse { sessions: sessions.into_iter().map(encode).collect() }))
}

pub(super) async fn revoke(
    gateway: &Gateway,
    request: Request<RevokeSessionRequest>,
) -> Result<Response<RevokeSessionResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    caller.about(&message.session_id);
    let revoke = gateway.access.revoke_session(caller.principal()?, &message.session_id);
    request::until(deadline, revoke).await?;
    Ok(Response::new(RevokeSessionResponse {}))
}
