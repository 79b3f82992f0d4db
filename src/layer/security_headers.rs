//! What every answer tells a browser: do not guess what it is, do not keep it, do not frame it, do not say where you
//! were. What an answer says of itself stays.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, Entry, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

use super::peer;

/// A year. Without subdomains: they are not the gateway's.
const HSTS: &str = "max-age=31536000";

/// What is added, with names of the header and values.
const ALWAYS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CACHE_CONTROL, "no-store"), // tokens and records
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "DENY"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The layer.
pub(crate) async fn add(request: Request, next: Next) -> Response {
    let encrypted = peer::is_encrypted(request.extensions());
    let mut response = next.run(request).await;
    let transport = encrypted.then_some((STRICT_TRANSPORT_SECURITY, HSTS));
    for (name, value) in ALWAYS.into_iter().chain(transport) {
        if let Entry::Vacant(place) = response.headers_mut().entry(name) {
            place.insert(HeaderValue::from_static(value));
        }
    }
    response
}
