//! Pages for people, which clients get in place of JSON.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

/// An instance that sleeps says so with 200.
pub(super) fn hibernating() -> Response {
    Html(
        "<!DOCTYPE html>\n<html><head><title>Instance Hibernating page</title></head>\n<body><h1>Your instance is \
         hibernating</h1><p>Sign in to the developer site to wake it.</p></body></html>\n",
    )
    .into_response()
}

/// An instance that is being upgraded.
pub(super) fn maintenance() -> Response {
    let page = "<!DOCTYPE html>\n<html><head><title>Scheduled maintenance</title></head>\n<body><h1>This instance is \
                under maintenance</h1></body></html>\n";
    (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
}

/// Where people sign in: what a request gets whose session the front end does not know.
pub(super) fn login() -> Response {
    Html(
        "<!DOCTYPE html>\n<html><head><title>Log in | ServiceNow</title></head>\n<body><form action=\"login.do\" \
         method=\"post\"><input name=\"user_name\"><input name=\"user_password\" type=\"password\"><button>Log \
         in</button></form></body></html>\n",
    )
    .into_response()
}

/// A proxy that did not get through.
pub(super) fn proxy(status: StatusCode) -> Response {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or("Error"));
    let page = format!(
        "<html>\n<head><title>{title}</title></head>\n<body><center><h1>{title}</h1></center></body>\n</html>\n"
    );
    (status, Html(page)).into_response()
}
