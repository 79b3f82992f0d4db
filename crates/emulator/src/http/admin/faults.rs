//! `/emulator/faults`: the rules of misbehavior.

use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use crate::faults::{Rule, RuleState};
use crate::http::body;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::segments::Segments;

/// No set of rules is longer.
const MAX_BYTES: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(untagged)]
enum Sent {
    Many(Vec<serde_json::Value>),
    One(serde_json::Value),
}

/// The names of what was added.
#[derive(Serialize)]
pub(super) struct Added {
    ids: Vec<u64>,
}

/// Adds a rule, or several in an array: all of them or, if one is refused, none.
pub(super) async fn add(
    State(face): State<Face>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Added>), Failure> {
    let bytes = body::read(&headers, body, MAX_BYTES).await?;
    let refuse = |error: &dyn std::fmt::Display| Failure::bad_parameter(&error.to_string());
    let sent: Sent = serde_json::from_slice(&bytes).map_err(|error| refuse(&error))?;
    let rules = match sent {
        Sent::Many(rules) => rules,
        Sent::One(rule) => vec![rule],
    };
    let mut read = Vec::with_capacity(rules.len());
    for rule in rules {
        read.push(serde_json::from_value::<Rule>(rule).map_err(|error| refuse(&error))?);
    }
    let faults = &face.instance.faults;
    let mut ids = Vec::with_capacity(read.len());
    for rule in read {
        match faults.add(rule) {
            Ok(id) => ids.push(id),
            Err(error) => {
                for id in ids {
                    faults.remove(id);
                }
                return Err(refuse(&error));
            }
        }
    }
    Ok((StatusCode::CREATED, Json(Added { ids })))
}

/// The rules, and how often each has applied and fired.
pub(super) async fn read(State(face): State<Face>) -> Json<Vec<RuleState>> {
    Json(face.instance.faults.read())
}

/// Removes all of them.
pub(super) async fn clear(State(face): State<Face>) -> StatusCode {
    face.instance.faults.clear();
    StatusCode::NO_CONTENT
}

/// Removes one.
pub(super) async fn remove(State(face): State<Face>, Segments(id): Segments<u64>) -> StatusCode {
    if face.instance.faults.remove(id) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
