//! Refuses requests of an address that sends too many a second, whoever they say that they are.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use tonic::Status;

use super::peer::Source;
use crate::error::{Error, Refusal};
use crate::limits::Limits;
use crate::status::short_name;

#[derive(serde::Serialize)]
struct Refused {
    error: String,
    reason: &'static str,
}

/// The layer.
pub(crate) async fn limit_source(
    State(limits): State<Arc<Limits>>,
    request: Request,
    next: Next,
) -> Response {
    let source = request.extensions().get::<Source>();
    match source.map_or(Ok(()), |source| limits.request_from(source.0)) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refused(&request, refusal),
    }
}

/// The answer in the caller's protocol: a status without a body, or HTTP's own.
fn refused(request: &Request, refusal: Refusal) -> Response {
    let seconds = refusal.retry_after().map_or(1, |after| after.as_secs().max(1));
    let error = Error::from(refusal);
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let grpc = content_type.filter(|value| value.as_bytes().starts_with(b"application/grpc"));
    if let Some(content_type) = grpc {
        let mut response = Status::from(error).into_http::<Body>();
        // grpc-web reads its own type only; a status without messages is the same in both.
        response.headers_mut().insert(header::CONTENT_TYPE, content_type.clone());
        return response;
    }
    let body = Refused { error: error.to_string(), reason: short_name(error.reason()) };
    let mut response = (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
