//! A reply that is one JSON document, with the platform's exact `Content-Type`.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::Serialize;

use super::failure::Failure;
use super::format::Format;

/// As axum's, but for the content type.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, Format::Json.content_type())], body).into_response(),
            Err(error) => Failure::internal(&error).into_response(),
        }
    }
}

/// The envelope of a successful reply: `{"result":…}`.
#[derive(Serialize)]
pub(crate) struct Envelope<T> {
    /// What was asked for.
    pub(crate) result: T,
}

/// A successful reply of the API.
pub(crate) fn result<T>(result: T) -> Json<Envelope<T>> {
    Json(Envelope { result })
}
