//! The layers of the port, as one list.
//!
//! It takes methods, which go behind the door, and no other routes: what is beside the door is in [`super::public`].

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use tonic_web::GrpcWebLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use super::public::{self, Behind};
use crate::config::Origins;
use crate::layer::authenticate::{self, Door};
use crate::layer::metrics::{self, Methods};
use crate::layer::slow_body::Patience;
use crate::layer::{broken_body, cors, panic, rate, request_id, security_headers, slow_body, unknown};
use crate::limits::Limits;

/// The layers, outermost first.
pub(super) fn stack(
    routes: tonic::service::Routes,
    door: Door,
    patience: Patience,
    methods: Vec<String>,
    origins: &Origins,
    behind: &Behind,
    limits: &Arc<Limits>,
) -> Router {
    let stack = tower::ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(request_id::HEADER, request_id::NewRequestId))
        .layer(TraceLayer::new_for_http().make_span_with(request_id::span::<axum::body::Body>))
        .layer(PropagateRequestIdLayer::new(request_id::HEADER))
        .layer(from_fn_with_state(Methods::new(methods), metrics::measure))
        .layer(from_fn(security_headers::add))
        .option_layer(cors::layer(origins))
        .map_response(IntoResponse::into_response) // one type of body for what measures it
        .layer(CatchPanicLayer::custom(panic::respond))
        .map_request(broken_body::told)
        .layer(from_fn_with_state(limits.clone(), rate::limit_source));
    let guarded = routes
        .into_axum_router()
        .route_layer(from_fn_with_state(patience, slow_body::bound))
        .route_layer(from_fn_with_state(door, authenticate::admit)) // inside: its refusals become grpc-web too
        .route_layer(GrpcWebLayer::new()); // on these routes only: it answers 400 to any other HTTP/1.1 request
    public::beside(guarded, behind).fallback(unknown::respond).layer(stack)
}
