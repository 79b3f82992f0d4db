//! RoleService: a table of contents.

mod change;
mod read;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::role_service_server::{RoleService, RoleServiceServer};
use crate::pb::{
    CreateRoleRequest, CreateRoleResponse, DeleteRoleRequest, DeleteRoleResponse, GetRoleRequest,
    GetRoleResponse, ListRolesRequest, ListRolesResponse, UpdateRoleRequest, UpdateRoleResponse,
};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> RoleServiceServer<impl RoleService> {
    RoleServiceServer::new(Roles(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Roles(Gateway);

#[tonic::async_trait]
impl RoleService for Roles {
    async fn list_roles(
        &self,
        request: Request<ListRolesRequest>,
    ) -> Result<Response<ListRolesResponse>, Status> {
        read::list(&self.0, request).await
    }

    async fn get_role(&self, request: Request<GetRoleRequest>) -> Result<Response<GetRoleResponse>, Status> {
        read::get(&self.0, request).await
    }

    async fn create_role(
        &self,
        request: Request<CreateRoleRequest>,
    ) -> Result<Response<CreateRoleResponse>, Status> {
        change::create(&self.0, request).await
    }

    async fn update_role(
        &self,
        request: Request<UpdateRoleRequest>,
    ) -> Result<Response<UpdateRoleResponse>, Status> {
        change::update(&self.0, request).await
    }

    async fn delete_role(
        &self,
        request: Request<DeleteRoleRequest>,
    ) -> Result<Response<DeleteRoleResponse>, Status> {
        change::delete(&self.0, request).await
    }
}
