//! The longest URL the platform's container reads.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use crate::http::face::Face;

/// The container's own page, not an envelope: the request never reaches the API.
const PAGE: &str = "<html><head><title>414 Request-URI Too Long</title></head>\n<body><h1>Request-URI Too \
                    Long</h1><p>The requested URL's length exceeds the capacity limit for this \
                    server.</p></body></html>\n";

/// Refuses a request target over [`crate::settings::Settings::max_url_bytes`].
pub(crate) async fn limit_url(State(face): State<Face>, request: Request, next: Next) -> Response {
    let length = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if length > face.instance.settings.max_url_bytes {
        return (StatusCode::URI_TOO_LONG, Html(PAGE)).into_response();
    }
    next.run(request).await
}
