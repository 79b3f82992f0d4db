//! Incidents: what resolving needs and leaves, and what coming back from it counts.

use rusqlite::types::Value;

use super::{Change, task};
use crate::error::Error;
use crate::records::row::Record;

const RESOLVED: i64 = 6;
const CLOSED: i64 = 7;
const CANCELED: i64 = 8;

pub(super) fn before(change: &Change<'_>, new: &mut Record) -> Result<(), Error> {
    let is_over = |state: Option<i64>| matches!(state, Some(RESOLVED | CLOSED | CANCELED));
    let is_resolved = |state: Option<i64>| matches!(state, Some(RESOLVED | CLOSED));
    let was = change.old.and_then(|old| old.integer("state"));
    let is = new.integer("state");
    if is_resolved(is) && touches_resolution(change) {
        needs_resolution(new)?;
    }
    if is_resolved(is) && !is_resolved(was) {
        resolve(change, new);
    }
    if is_over(was) && !is_over(is) {
        come_back(change, new);
    }
    Ok(())
}

/// Rows that were loaded without a resolution can still be edited otherwise.
fn touches_resolution(change: &Change<'_>) -> bool {
    change.old.is_none()
        || ["state", "incident_state", "close_code", "close_notes"]
            .into_iter()
            .any(|field| change.sent(field))
}

/// The data policy: its refusal names the labels of what is missing.
fn needs_resolution(new: &Record) -> Result<(), Error> {
    let missing = ["close_code", "close_notes"].into_iter().filter(|element| new.is_empty(element));
    let labels: Vec<String> =
        missing.filter_map(|element| new.table.column(element)).map(|column| column.label.clone()).collect();
    if labels.is_empty() { Ok(()) } else { Err(Error::DataPolicy { labels }) }
}

fn resolve(change: &Change<'_>, new: &mut Record) {
    if !change.sent("resolved_at") {
        new.set("resolved_at", change.now.to_owned());
    }
    if !change.sent("resolved_by") {
        new.set("resolved_by", change.session.user_id.clone());
    }
    task::measure(change, new, "resolved_at");
}

fn come_back(change: &Change<'_>, new: &mut Record) {
    let count = change.old.and_then(|old| old.integer("reopen_count")).unwrap_or(0);
    if !change.sent("reopen_count") {
        new.set("reopen_count", count.saturating_add(1));
    }
    new.set("reopened_time", change.now.to_owned());
    new.set("reopened_by", change.session.user_id.clone());
    for element in ["resolved_at", "resolved_by"] {
        if !change.sent(element) {
            new.set(element, Value::Null);
        }
    }
}
