//! The one place where refusals get their bodies.

use std::any::Any;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_LENGTH;

use crate::http::failure::Failure;
use crate::http::format::ErrorFormat;

/// Writes the envelope of a refusal in the format the caller accepts. Headers that were already set (`Allow`,
/// cookies) stay.
pub(crate) async fn rescue(ErrorFormat(format): ErrorFormat, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>() else { return response };
    let (mut parts, _) = response.into_parts();
    let (envelope, body) = failure.respond(format).into_parts();
    // The empty body that is replaced has announced its length.
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.extend(envelope.headers);
    Response::from_parts(parts, body)
}

/// A handler that panicked is a failure like any other to the caller.
#[expect(clippy::needless_pass_by_value, reason = "the layer calls it so")]
pub(crate) fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned());
    Failure::internal(&text.as_deref().unwrap_or("a panic without a text")).into_response()
}
