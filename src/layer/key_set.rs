//! `/.well-known/jwks.json`: the public keys that access tokens are signed with, for whoever verifies them elsewhere.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};
use http::header;

use crate::access::Access;

/// Where it is, by custom.
pub(crate) const PATH: &str = "/.well-known/jwks.json";

/// What answers there.
pub(crate) fn handler(access: Arc<Access>) -> MethodRouter {
    get(key_set).with_state(access)
}

async fn key_set(State(access): State<Arc<Access>>) -> impl IntoResponse {
    let headers =
        [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, access.key_set())
}
