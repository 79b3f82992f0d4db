//! `/emulator/mode`: whether the instance works, sleeps or is being upgraded.

use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::faults::Mode;
use crate::http::body;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::json::Json;

/// No mode has a longer name.
const MAX_BYTES: usize = 1_024;

/// `{"mode":"hibernating"}`
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    mode: Mode,
}

/// The mode now.
pub(super) async fn read(State(face): State<Face>) -> Json<Condition> {
    Json(Condition { mode: face.instance.faults.mode() })
}

/// Another mode.
pub(super) async fn set(
    State(face): State<Face>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Condition>, Failure> {
    let bytes = body::read(&headers, body, MAX_BYTES).await?;
    let wanted: Condition =
        serde_json::from_slice(&bytes).map_err(|error| Failure::bad_parameter(&error.to_string()))?;
    face.instance.faults.set_mode(wanted.mode);
    Ok(Json(wanted))
}
