//! `/emulator/counters`: what the instance has been asked, how hard it was pressed, and what changed by itself.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;

use crate::activity;
use crate::counters::Counts;
use crate::http::face::Face;
use crate::http::json::Json;
use crate::realistic::Pressure;
use crate::replay;

/// All the numbers. A part that was not asked for when the instance was started is absent.
#[derive(Serialize)]
pub(super) struct Numbers {
    #[serde(flatten)]
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pressure: Option<Pressure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<activity::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<replay::Report>,
}

/// The numbers now.
pub(super) async fn read(State(face): State<Face>) -> Json<Numbers> {
    let instance = &face.instance;
    Json(Numbers {
        counts: instance.counters.read(),
        pressure: instance.load.as_ref().map(|load| load.tally.read()),
        activity: instance.activity.as_ref().map(|told| told.read()),
        replay: instance.replay.as_ref().map(|told| told.read()),
    })
}

/// Requests and pressure back to zero; what activity and replay have done stays.
pub(super) async fn reset(State(face): State<Face>) -> StatusCode {
    face.instance.counters.reset();
    if let Some(load) = &face.instance.load {
        load.tally.reset();
    }
    StatusCode::NO_CONTENT
}
