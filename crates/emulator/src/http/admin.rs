//! `/emulator/…`: what a test asks the emulator, not the instance. ServiceNow has no such paths, and they need
//! no sign-in: the listeners are on loopback only.

mod activity;
mod counters;
mod faults;
mod mode;

use axum::Router;
use axum::routing::{delete, get, post};
use serde::Serialize;

use super::face::Face;
use super::json::Json;

/// `activity`, `counters`, `counters/reset`, `faults`, `health` and `mode`.
pub(super) fn routes() -> Router<Face> {
    Router::new()
        .route("/activity", get(activity::since))
        .route("/counters", get(counters::read))
        .route("/counters/reset", post(counters::reset))
        .route("/faults", get(faults::read).post(faults::add).delete(faults::clear))
        .route("/faults/{id}", delete(faults::remove))
        .route("/health", get(health))
        .route("/mode", get(mode::read).put(mode::set))
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}
