//! A panic in a handler ends its call, not the server: the caller gets INTERNAL with a constant text.

use std::any::Any;

use http::Response;
use tonic::Status;
use tonic::body::Body;

use crate::error::Error;

/// The answer in place of the one that panicked.
pub fn respond(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let cause = format!("a handler panicked: {}", text.unwrap_or("without a text"));
    Status::from(Error::internal(cause)).into_http()
}
