//! ListRoles, GetRole.

use tonic::{Request, Response, Status};

use crate::grpc::{Gateway, request};
use crate::pb::{GetRoleRequest, GetRoleResponse, ListRolesRequest, ListRolesResponse};

pub(super) async fn list(
    gateway: &Gateway,
    request: Request<ListRolesRequest>,
) -> Result<Response<ListRolesResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let roles = request::until(deadline, gateway.access.roles()).await?;
    Ok(Response::new(ListRolesResponse { roles }))
}

pub(super) async fn get(
    gateway: &Gateway,
    request: Request<GetRoleRequest>,
) -> Result<Response<GetRoleResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let message = request.into_inner();
    let role = request::until(deadline, gateway.access.role(&message.name)).await?;
    Ok(Response::new(GetRoleResponse { role: Some(role) }))
}
