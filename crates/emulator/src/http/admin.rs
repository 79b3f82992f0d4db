//! `/emulator/…`: what a test asks the emulator, not the instance. ServiceNow has no such paths, and they need
//! no sign-in: the listeners are on loopback only.

mod faults;

use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get, post};
use http::StatusCode;
use serde::Serialize;

use super::face::Face;
use super::json::Json;
use crate::counters::Counts;

/// `counters`, `counters/reset`, `faults` and `health`.
pub(super) fn routes() -> Router<Face> {
    Router::new()
        .route("/counters", get(read))
        .route("/counters/reset", post(reset))
        .route("/faults", get(faults::read).post(faults::add).delete(faults::clear))
        .route("/faults/{id}", delete(faults::remove))
        .route("/health", get(health))
}

async fn read(State(face): State<Face>) -> Json<Counts> {
    Json(face.instance.counters.read())
}

async fn reset(State(face): State<Face>) -> StatusCode {
    face.instance.counters.reset();
    StatusCode::NO_CONTENT
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}
