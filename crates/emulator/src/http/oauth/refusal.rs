//! Why no token was granted, in the form of RFC 6749 section 5.2 with the platform's status codes.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

use crate::http::json::Json;

/// An OAuth error reply.
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
}

#[derive(Serialize)]
struct Body<'a> {
    error_description: &'a str,
    error: &'static str,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, description: &str) -> Self {
        Refusal { status, error, description: description.to_owned() }
    }

    /// The user's name or password is wrong, or the user may not sign in.
    pub(super) fn access_denied() -> Self {
        Refusal::new(StatusCode::UNAUTHORIZED, "server_error", "access_denied")
    }

    /// The client is unknown or its secret is wrong.
    pub(super) fn invalid_client() -> Self {
        Refusal::new(StatusCode::UNAUTHORIZED, "invalid_client", "access_denied")
    }

    /// The client may not use that grant.
    pub(super) fn unauthorized_client(why: &str) -> Self {
        Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized_client", why)
    }

    /// The refresh token, code or assertion is wrong, expired or another client's.
    pub(super) fn invalid_grant(why: &str) -> Self {
        Refusal::new(StatusCode::UNAUTHORIZED, "invalid_grant", why)
    }

    /// A grant type that this instance does not have.
    pub(super) fn unsupported_grant_type() -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", "the grant type is not supported")
    }

    /// A request that is no form or lacks a field.
    pub(super) fn invalid_request(description: &str) -> Self {
        Refusal::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// The instance itself failed; the cause has been logged.
    pub(super) fn server_error() -> Self {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal error")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Body { error_description: &self.description, error: self.error };
        (self.status, Json(body)).into_response()
    }
}
