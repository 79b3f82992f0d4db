//! `/oauth_revoke_token.do?token=…`: forgets an access or refresh token.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode};

use super::form::Form;
use super::refusal::Refusal;
use crate::http::face::Face;

/// 200 with nothing, also for a token that is not known: whoever holds a token may end it.
pub(super) async fn revoke(
    State(face): State<Face>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let query = Form::of_query(query.as_deref());
    let form = if method == Method::POST && query.find("token").is_none() {
        match Form::read(&headers, body).await {
            Ok(form) => form,
            Err(refusal) => return refusal.into_response(),
        }
    } else {
        query
    };
    let Some(token) = form.filled("token") else {
        return Refusal::invalid_request("missing parameter: token").into_response();
    };
    // A client that names itself must be right.
    if form.find("client_id").is_some()
        && let Err(refusal) = form.client(&face, &headers, None)
    {
        return refusal.into_response();
    }
    face.instance.tokens.revoke(token);
    StatusCode::OK.into_response()
}
