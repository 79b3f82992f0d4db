//! UserService: a table of contents.

mod change;
mod encode;
mod read;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::user_service_server::{UserService, UserServiceServer};
use crate::pb::{
    CreateUserRequest, CreateUserResponse, DeleteUserRequest, DeleteUserResponse, GetUserRequest,
    GetUserResponse, ListUsersRequest, ListUsersResponse, ResetPasswordRequest, ResetPasswordResponse,
    UpdateUserRequest, UpdateUserResponse,
};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> UserServiceServer<impl UserService> {
    UserServiceServer::new(Users(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Users(Gateway);

#[tonic::async_trait]
impl UserService for Users {
    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        read::list(&self.0, request).await
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<GetUserResponse>, Status> {
        read::get(&self.0, request).await
    }

    async fn create_user(
        &self,
        request: Request<CreateUserRequest>,
    ) -> Result<Response<CreateUserResponse>, Status> {
        change::create(&self.0, request).await
    }

    async fn update_user(
        &self,
        request: Request<UpdateUserRequest>,
    ) -> Result<Response<UpdateUserResponse>, Status> {
        change::update(&self.0, request).await
    }

    async fn reset_password(
        &self,
        request: Request<ResetPasswordRequest>,
    ) -> Result<Response<ResetPasswordResponse>, Status> {
        change::reset_password(&self.0, request).await
    }

    async fn delete_user(
        &self,
        request: Request<DeleteUserRequest>,
    ) -> Result<Response<DeleteUserResponse>, Status> {
        change::delete(&self.0, request).await
    }
}
