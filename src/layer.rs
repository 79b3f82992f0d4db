//! What happens to every request before it reaches a method. The order is in [`crate::server`].

pub mod authenticate;
pub mod broken_body;
pub(crate) mod cors;
pub mod key_set;
pub mod metrics;
pub mod panic;
pub mod peer;
pub(crate) mod rate;
pub mod request_id;
pub(crate) mod security_headers;
pub(crate) mod slow_body;
pub mod unknown;
pub(crate) mod watched;
