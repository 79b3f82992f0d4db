//! The admin address: is the process alive, is it ready, and what does it measure.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::{StatusCode, header};
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::instance::Instances;
use crate::layer::metrics::registry;

/// /livez, /readyz and /metrics.
pub(super) fn router(draining: CancellationToken, access: Arc<Access>, instances: Arc<Instances>) -> Router {
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(readyz).with_state((draining, access)))
        .route("/metrics", get(metrics).with_state(instances))
}

/// Lets the histograms forget what was already counted; for ever.
pub(super) async fn upkeep() {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    loop {
        tick.tick().await;
        registry().run_upkeep();
    }
}

async fn readyz(State((draining, access)): State<(CancellationToken, Arc<Access>)>) -> impl IntoResponse {
    if draining.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match access.ready().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::debug!("not ready: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n")
        }
    }
}

async fn metrics(State(instances): State<Arc<Instances>>) -> impl IntoResponse {
    instances.measure();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], registry().render())
}
