//! Paths and methods that do not exist.

use axum::response::{Html, IntoResponse, Response};
use http::{Method, StatusCode, Uri};

use crate::http::failure::Failure;

/// Below `/api` a JSON refusal; elsewhere a page, as for a person.
pub(crate) async fn no_such_path(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return Failure::unknown_resource().into_response();
    }
    let page = "<html><head><title>Page not found</title></head><body>Page not found</body></html>\n";
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}

/// The resource exists, the method does not.
pub(crate) async fn no_such_method(method: Method) -> Failure {
    Failure::method_not_allowed(&method)
}
