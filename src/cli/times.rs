//! Times of messages as a row shows them.

use chrono::DateTime;
use sncgate_client::Timestamp;

use super::output::Cell;

/// In UTC, as "2026-11-24T08:00:00Z".
pub(crate) fn cell(time: Option<Timestamp>) -> Cell {
    let shown = time.and_then(|time| DateTime::from_timestamp(time.seconds, 0));
    shown.map_or(Cell::Missing, |time| Cell::Text(time.format("%Y-%m-%dT%H:%M:%SZ").to_string()))
}
