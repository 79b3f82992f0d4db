//! The life of a task: opening, assignment, priority, closing and reopening.

use super::{Change, extends};
use crate::records::insert::seconds_between;
use crate::records::row::Record;
use crate::value::duration;

/// How a class of task lives.
struct Life {
    /// States in which it is over.
    closed: &'static [i64],
    /// An older column that always says the same as `state`.
    mirror: Option<&'static str>,
    /// Whether priority is looked up from impact and urgency.
    priority: bool,
}

fn life(change: &Change<'_>, record: &Record) -> Life {
    let is = |name: &str| extends(change.schema, &record.table, name);
    if is("incident") {
        Life { closed: &[7, 8], mirror: Some("incident_state"), priority: true }
    } else if is("problem") {
        Life { closed: &[107], mirror: Some("problem_state"), priority: true }
    } else if is("change_request") || is("change_task") {
        Life { closed: &[3, 4], mirror: None, priority: false }
    } else {
        Life { closed: &[3, 4, 7], mirror: None, priority: false }
    }
}

pub(super) fn before(change: &Change<'_>, new: &mut Record) {
    let life = life(change, new);
    if change.old.is_none() {
        new.set_if_empty("opened_at", change.now.to_owned());
        new.set_if_empty("opened_by", change.session.user_id.clone());
        let number = new.text("number").to_owned();
        if !number.is_empty() {
            new.set_if_empty("task_effective_number", number);
        }
    }
    if let Some(mirror) = life.mirror {
        keep_in_step(change, new, mirror);
    }
    if extends(change.schema, &new.table, "sc_request") {
        request_state(change, new);
    }
    if life.priority {
        prioritize(change, new);
    }
    if change.changed(new, "approval")
        && new.text("approval") != "not requested"
        && !change.sent("approval_set")
    {
        new.set("approval_set", change.now.to_owned());
    }
    count_reassignment(change, new);
    let is_closed =
        |record: &Record| record.integer("state").is_some_and(|state| life.closed.contains(&state));
    match (change.old.is_some_and(is_closed), is_closed(new)) {
        (false, true) => close(change, new),
        (true, false) => reopen(change, new),
        _ => {}
    }
}

/// `state` wins where a request names both.
fn keep_in_step(change: &Change<'_>, new: &mut Record, mirror: &str) {
    let mirror_leads = change.sent(mirror) && !change.sent("state");
    let (from, to) = if mirror_leads { (mirror, "state") } else { ("state", mirror) };
    if change.old.is_none() || change.changed(new, from) {
        let state = new.get(from).clone();
        new.set(to, state);
    }
}

/// A request's own state and the task's state end together.
fn request_state(change: &Change<'_>, new: &mut Record) {
    if change.sent("request_state") && !change.sent("state") {
        match new.text("request_state") {
            "closed_complete" => new.set("state", 3),
            "closed_incomplete" => new.set("state", 4),
            "closed_cancelled" | "cancelled" => new.set("state", 7),
            _ => {}
        }
    } else if change.changed(new, "state") {
        match new.integer("state") {
            Some(3) => new.set("request_state", "closed_complete".to_owned()),
            Some(4) => new.set("request_state", "closed_incomplete".to_owned()),
            Some(7) => new.set("request_state", "closed_cancelled".to_owned()),
            _ => {}
        }
    }
}

/// The matrix: high and high is critical, each step down on either side is one step down. What a request
/// says of priority itself does not count.
fn prioritize(change: &Change<'_>, new: &mut Record) {
    if change.old.is_none() {
        new.set_if_empty("impact", 3);
        new.set_if_empty("urgency", 3);
    }
    let moved = ["impact", "urgency", "priority"].into_iter().any(|element| change.changed(new, element));
    let (Some(impact), Some(urgency)) = (new.integer("impact"), new.integer("urgency")) else { return };
    if moved && (1..=3).contains(&impact) && (1..=3).contains(&urgency) {
        new.set("priority", impact + urgency - 1);
    }
}

fn count_reassignment(change: &Change<'_>, new: &mut Record) {
    let Some(old) = change.old else { return };
    let moved = !old.is_empty("assignment_group") && change.changed(new, "assignment_group");
    if moved && !new.is_empty("assignment_group") && !change.sent("reassignment_count") {
        let count = old.integer("reassignment_count").unwrap_or(0).saturating_add(1);
        new.set("reassignment_count", count);
    }
}

fn close(change: &Change<'_>, new: &mut Record) {
    new.set("active", 0);
    if !change.sent("closed_at") {
        new.set("closed_at", change.now.to_owned());
    }
    if !change.sent("closed_by") {
        new.set("closed_by", change.session.user_id.clone());
    }
    let end = if new.is_empty("resolved_at") { "closed_at" } else { "resolved_at" };
    measure(change, new, end);
}

/// How long it was open, unless the request says so itself.
pub(super) fn measure(change: &Change<'_>, new: &mut Record, end: &str) {
    let Some(seconds) = seconds_between(new.text("opened_at"), new.text(end)) else { return };
    let seconds = seconds.max(0);
    if let Some(stored) = duration::stored(seconds).filter(|_| !change.sent("calendar_duration")) {
        new.set("calendar_duration", stored);
    }
    if !change.sent("calendar_stc") {
        new.set("calendar_stc", seconds);
    }
    // There are no working hours here to count.
    if let Some(zero) = duration::stored(0) {
        new.set_if_empty("business_duration", zero);
    }
}

pub(super) fn reopen(change: &Change<'_>, new: &mut Record) {
    new.set("active", 1);
    for element in ["closed_at", "closed_by"] {
        if !change.sent(element) {
            new.set(element, rusqlite::types::Value::Null);
        }
    }
}
