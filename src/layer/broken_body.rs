//! Tells a method that its caller's stream broke off.
//!
//! tonic takes a stream that its caller cancelled for one that ended well, so that a file of which half had come would
//! count as whole. Here the cancellation becomes an error like any other.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;

/// The request's body did not come to its end.
#[derive(Debug, thiserror::Error)]
#[error("the caller's stream broke off: {0}")]
struct Broken(String); // text only: tonic looks for what it knows among an error's causes

/// The request with a body that breaks as what it is.
pub fn told(request: Request<Body>) -> Request<Body> {
    request.map(|body| Body::new(body.map_err(|error| Broken(error.to_string()))))
}
