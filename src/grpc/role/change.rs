//! CreateRole, UpdateRole, DeleteRole.

use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{
    CreateRoleRequest, CreateRoleResponse, DeleteRoleRequest, DeleteRoleResponse, Role, UpdateRoleRequest,
    UpdateRoleResponse,
};

pub(super) async fn create(
    gateway: &Gateway,
    request: Request<CreateRoleRequest>,
) -> Result<Response<CreateRoleResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let role = wanted(request.into_inner().role)?;
    caller.about(&role.name);
    let role = request::until(deadline, gateway.access.create_role(caller.principal()?, role)).await?;
    Ok(Response::new(CreateRoleResponse { role: Some(role) }))
}

pub(super) async fn update(
    gateway: &Gateway,
    request: Request<UpdateRoleRequest>,
) -> Result<Response<UpdateRoleResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let role = wanted(request.into_inner().role)?;
    caller.about(&role.name);
    let role = request::until(deadline, gateway.access.update_role(caller.principal()?, role)).await?;
    Ok(Response::new(UpdateRoleResponse { role: Some(role) }))
}

pub(super) async fn delete(
    gateway: &Gateway,
    request: Request<DeleteRoleRequest>,
) -> Result<Response<DeleteRoleResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    caller.about(&message.name);
    request::until(deadline, gateway.access.delete_role(caller.principal()?, &message.name)).await?;
    Ok(Response::new(DeleteRoleResponse {}))
}

fn wanted(role: Option<Role>) -> Result<Role, Error> {
    let role = role.ok_or_else(|| Error::invalid("role", "is required"))?;
    if role.built_in {
        return Err(Error::invalid("role.built_in", "is for the gateway to set; leave it out"));
    }
    if role.in_configuration {
        return Err(Error::invalid("role.in_configuration", "is for the gateway to set; leave it out"));
    }
    Ok(role)
}
