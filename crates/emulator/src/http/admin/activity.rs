//! `/emulator/activity?since=N&limit=M`: which records were changed, one by one, so that a test of change streams can
//! compare.

use axum::extract::State;
use serde::Serialize;

use crate::changes::{Change, Forgotten};
use crate::http::Parameters;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::json::Json;

/// Changes of one reply.
const MOST: u64 = 10_000;

/// Changes in their order.
#[derive(Serialize)]
pub(super) struct Since {
    /// The number to ask for next: that of the last change here, or what was asked for.
    next: u64,
    changes: Vec<Change>,
}

/// The changes with numbers over `since` (0 if left out), at most `limit`; 400 where some of them are forgotten.
pub(super) async fn since(State(face): State<Face>, parameters: Parameters) -> Result<Json<Since>, Failure> {
    let since = parameters.number("since").unwrap_or(0);
    let limit = parameters.number("limit").unwrap_or(MOST).min(MOST);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let changes = face.instance.engine.changes().since(since, limit);
    let changes = changes.map_err(|forgotten: Forgotten| Failure::bad_parameter(&forgotten.to_string()))?;
    Ok(Json(Since { next: changes.last().map_or(since, |change| change.seq), changes }))
}
