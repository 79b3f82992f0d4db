//! Signing in, and the stubs of what administrators do.

use tonic::Code;

use crate::auth::{Authorized, Bearer};
use crate::client::{Client, Repeat};
use crate::error::{Error, Result};
use crate::pb::access_service_client::AccessServiceClient;
use crate::pb::api_key_service_client::ApiKeyServiceClient;
use crate::pb::audit_service_client::AuditServiceClient;
use crate::pb::auth_service_client::AuthServiceClient;
use crate::pb::role_service_client::RoleServiceClient;
use crate::pb::user_service_client::UserServiceClient;
use crate::pb::{LoginRequest, LoginResponse, LogoutRequest, Tokens, WhoAmIRequest, WhoAmIResponse};

impl Client {
    /// Opens a session; the client that comes back uses it, and keeps it alive.
    ///
    /// # Errors
    /// `CredentialsInvalid`, `AttemptsExceeded`.
    pub async fn login(
        &self,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<(Self, LoginResponse)> {
        let request =
            LoginRequest { username: username.into(), password: password.into(), ..LoginRequest::default() };
        self.login_with(request, |_| {}).await
    }

    /// The same with the whole request; `keep` is told of the session's next tokens whenever there are some.
    ///
    /// # Errors
    /// The same.
    pub async fn login_with(
        &self,
        request: LoginRequest,
        keep: impl Fn(&Tokens) + Send + Sync + 'static,
    ) -> Result<(Self, LoginResponse)> {
        let stub = self.auth_stub();
        let answer = self
            .call(Repeat::Unsafe, stub, request, |mut stub, request| async move { stub.login(request).await })
            .await?;
        let tokens = answer.tokens.as_ref();
        let tokens = tokens.ok_or_else(|| Error::local(Code::Internal, "the gateway's answer is empty"))?;
        let bearer = Bearer::session(tokens, std::sync::Arc::new(keep))?;
        Ok((self.with_bearer(bearer), answer))
    }

    /// The same connection with the tokens of a session, which is kept alive; a refresh token alone does. `keep` is told of
    /// the next tokens whenever there are some.
    ///
    /// # Errors
    /// The access token has characters that no token has.
    pub fn with_session(
        &self,
        tokens: &Tokens,
        keep: impl Fn(&Tokens) + Send + Sync + 'static,
    ) -> Result<Self> {
        Ok(self.with_bearer(Bearer::session(tokens, std::sync::Arc::new(keep))?))
    }

    /// Ends this client's session, or all of its user; how many.
    ///
    /// # Errors
    /// `RequestInvalid` where the client has no session.
    pub async fn logout(&self, all_sessions: bool) -> Result<i32> {
        let stub = self.auth_stub();
        let answer = self
            .call(Repeat::Safe, stub, LogoutRequest { all_sessions }, |mut stub, request| async move {
                stub.logout(request).await
            })
            .await?;
        Ok(answer.ended)
    }

    /// Says who this client is to the gateway.
    ///
    /// # Errors
    /// `TokenInvalid`, `TokenExpired`, `TokenRevoked`.
    pub async fn who_am_i(&self) -> Result<WhoAmIResponse> {
        let stub = self.auth_stub();
        self.call(Repeat::Safe, stub, WhoAmIRequest {}, |mut stub, request| async move {
            stub.who_am_i(request).await
        })
        .await
    }

    /// Makes sure that the token of a session is good for a while, before a stub is used directly.
    ///
    /// # Errors
    /// The session has ended.
    pub async fn prepare(&self) -> Result<()> {
        self.bearer().prepare(self.channel()).await
    }

    /// The stub of AuthService.
    #[must_use]
    pub fn auth_stub(&self) -> AuthServiceClient<Authorized> {
        AuthServiceClient::new(self.authorized())
    }

    /// The stub of UserService.
    #[must_use]
    pub fn user_stub(&self) -> UserServiceClient<Authorized> {
        UserServiceClient::new(self.authorized())
    }

    /// The stub of ApiKeyService.
    #[must_use]
    pub fn api_key_stub(&self) -> ApiKeyServiceClient<Authorized> {
        ApiKeyServiceClient::new(self.authorized())
    }

    /// The stub of RoleService.
    #[must_use]
    pub fn role_stub(&self) -> RoleServiceClient<Authorized> {
        RoleServiceClient::new(self.authorized())
    }

    /// The stub of AccessService.
    #[must_use]
    pub fn access_stub(&self) -> AccessServiceClient<Authorized> {
        AccessServiceClient::new(self.authorized())
    }

    /// The stub of AuditService.
    #[must_use]
    pub fn audit_stub(&self) -> AuditServiceClient<Authorized> {
        AuditServiceClient::new(self.authorized())
    }
}
