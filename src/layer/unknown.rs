//! What answers where no method does: gRPC callers get UNIMPLEMENTED, others a 404 that says where to look.

use std::collections::HashMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode, header};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::pb::ErrorReason;
use crate::status::{DOMAIN, short_name};

#[derive(serde::Serialize)]
struct NotFound {
    error: &'static str,
    hint: &'static str,
}

/// The fallback of the whole router.
pub async fn respond(request: Request<axum::body::Body>) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    if content_type.is_some_and(|value| value.starts_with(b"application/grpc")) {
        let details =
            ErrorDetails::with_error_info(short_name(ErrorReason::MethodUnknown), DOMAIN, HashMap::new());
        let text = format!("no method {}", request.uri().path());
        return Status::with_error_details(Code::Unimplemented, text, details)
            .into_http::<tonic::body::Body>()
            .into_response();
    }
    let body = NotFound {
        error: "there is nothing at this path",
        hint: "this port speaks gRPC and grpc-web; try: grpcurl -plaintext HOST:PORT list",
    };
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
