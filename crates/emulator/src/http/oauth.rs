//! OAuth for programs (`/oauth_token.do`, `/oauth_revoke_token.do`) and for people (`/oauth_auth.do`).
//!
//! Tokens and codes are [`crate::auth`]'s; here are the forms, the pages and the refusals. No page needs a script.

mod asked;
mod authorize;
mod form;
mod page;
mod person;
mod refusal;
mod revoke;
mod token;

use axum::Router;
use axum::routing::{get, post};

use super::face::Face;

pub(super) fn routes() -> Router<Face> {
    Router::new()
        .route("/oauth_token.do", post(token::token))
        .route("/oauth_revoke_token.do", get(revoke::revoke).post(revoke::revoke))
        .route("/oauth_auth.do", get(authorize::show).post(authorize::decide))
}
