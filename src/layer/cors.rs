//! Lets pages of other origins call with grpc-web, where the configuration names them. Without any there is no layer,
//! and browsers refuse by themselves.

use std::time::Duration;

use http::{HeaderName, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::config::Origins;

/// How long a browser may remember what it was allowed.
const MEMORY: Duration = Duration::from_secs(3600);

/// What a page may read of an answer: how the call went, and what finds it in the log.
const EXPOSED: [HeaderName; 4] = [
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
    HeaderName::from_static("x-request-id"),
];

/// The layer for these origins.
pub(crate) fn layer(origins: &Origins) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins = origins.clone();
    let allow =
        AllowOrigin::predicate(move |origin, _| origin.to_str().is_ok_and(|text| origins.allow(text)));
    let layer = CorsLayer::new()
        .allow_origin(allow)
        .allow_methods([Method::POST])
        .allow_headers(AllowHeaders::mirror_request()) // metadata may have any name
        .expose_headers(EXPOSED)
        .max_age(MEMORY)
        .vary([header::ORIGIN]);
    Some(layer)
}
