//! The headers of every reply.
//!
//! `Strict-Transport-Security` is left out on purpose: a browser would then refuse plain HTTP to any port of
//! `localhost`, this instance's own HTTP listener among them.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CACHE_CONTROL, EXPIRES, HeaderName, HeaderValue, PRAGMA, SERVER, X_CONTENT_TYPE_OPTIONS};

use crate::auth::random_hex;

const FIXED: [(HeaderName, &str); 5] = [
    (SERVER, "ServiceNow"),
    (CACHE_CONTROL, "no-cache,no-store,must-revalidate,max-age=-1"),
    (PRAGMA, "no-store,no-cache"),
    (EXPIRES, "0"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Marks a reply to a caller who is signed in.
#[derive(Clone, Copy)]
pub(crate) struct LoggedIn;

/// How long a request waited, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Waited {
    /// For a place among those that run.
    pub(crate) place: u128,
    /// For the requests of its session.
    pub(crate) session: u128,
}

/// Marks a reply whose bytes no layer may change: it is not compressed.
#[derive(Clone, Copy)]
pub(crate) struct Verbatim;

/// Adds what the platform's front end adds.
pub(crate) async fn common_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let logged_in = response.extensions().get::<LoggedIn>().is_some();
    let Waited { place, session } = response.extensions().get().copied().unwrap_or_default();
    let timing = HeaderValue::from_str(&format!("sem_wait;dur={place}, sesh_wait;dur={session}"))
        .expect("digits are a header value");
    let headers = response.headers_mut();
    headers.insert("server-timing", timing);
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("x-is-logged-in", HeaderValue::from_static(if logged_in { "true" } else { "false" }));
    let transaction = HeaderValue::from_str(&random_hex(6)).expect("hex digits are a header value");
    headers.insert("x-transaction-id", transaction);
    response
}
