//! AuthService: a table of contents.

mod account;
mod encode;
mod link;
mod session;
mod sign_in;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::auth_service_server::{AuthService, AuthServiceServer};
use crate::pb::{
    BeginInstanceLinkRequest, BeginInstanceLinkResponse, ChangePasswordRequest, ChangePasswordResponse,
    ConfirmInstanceLinkRequest, ConfirmInstanceLinkResponse, ListInstanceLinksRequest,
    ListInstanceLinksResponse, ListSessionsRequest, ListSessionsResponse, LoginRequest, LoginResponse,
    LogoutRequest, LogoutResponse, RefreshRequest, RefreshResponse, RevokeSessionRequest,
    RevokeSessionResponse, UnlinkInstanceRequest, UnlinkInstanceResponse, WhoAmIRequest, WhoAmIResponse,
};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> AuthServiceServer<impl AuthService> {
    AuthServiceServer::new(Auth(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Auth(Gateway);

#[tonic::async_trait]
impl AuthService for Auth {
    async fn login(&self, request: Request<LoginRequest>) -> Result<Response<LoginResponse>, Status> {
        sign_in::login(&self.0, request).await
    }

    async fn refresh(&self, request: Request<RefreshRequest>) -> Result<Response<RefreshResponse>, Status> {
        sign_in::refresh(&self.0, request).await
    }

    async fn logout(&self, request: Request<LogoutRequest>) -> Result<Response<LogoutResponse>, Status> {
        sign_in::logout(&self.0, request).await
    }

    async fn who_am_i(&self, request: Request<WhoAmIRequest>) -> Result<Response<WhoAmIResponse>, Status> {
        account::who_am_i(&self.0, request).await
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        account::change_password(&self.0, request).await
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        session::list(&self.0, request).await
    }

    async fn revoke_session(
        &self,
        request: Request<RevokeSessionRequest>,
    ) -> Result<Response<RevokeSessionResponse>, Status> {
        session::revoke(&self.0, request).await
    }
    async fn begin_instance_link(
        &self,
        request: Request<BeginInstanceLinkRequest>,
    ) -> Result<Response<BeginInstanceLinkResponse>, Status> {
        link::begin(&self.0, request).await
    }

    async fn confirm_instance_link(
        &self,
        request: Request<ConfirmInstanceLinkRequest>,
    ) -> Result<Response<ConfirmInstanceLinkResponse>, Status> {
        link::confirm(&self.0, request).await
    }

    async fn list_instance_links(
        &self,
        request: Request<ListInstanceLinksRequest>,
    ) -> Result<Response<ListInstanceLinksResponse>, Status> {
        link::list(&self.0, request).await
    }

    async fn unlink_instance(
        &self,
        request: Request<UnlinkInstanceRequest>,
    ) -> Result<Response<UnlinkInstanceResponse>, Status> {
        link::unlink(&self.0, request).await
    }
}
