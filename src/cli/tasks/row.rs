//! A task as a row: a few columns in a table, all elsewhere.

use std::io::{BufWriter, Stdout};

use anyhow::Result;
use serde_json::json;
use sncgate_client::pb::task_parameters::Parameters;
use sncgate_client::pb::{TaskAttempt, TaskError, TaskState};
use sncgate_client::{Task, Timestamp};

use super::super::args::Format;
use super::super::connect::Session;
use super::super::output::{Cell, Column, Rows};
use super::super::times;

const BRIEF: [&str; 10] =
    ["id", "kind", "table", "state", "done", "total", "unit", "owner", "created", "error"];

/// Rows of tasks on stdout.
pub(super) fn rows(session: &Session) -> Rows<BufWriter<Stdout>> {
    session.rows(columns(session.format() == Format::Table))
}

/// What a list has of a task.
pub(super) fn brief(session: &Session, task: Task) -> Vec<Cell> {
    let cells = cells(task);
    if session.format() != Format::Table {
        return cells.into_iter().map(|(_, cell)| cell).collect();
    }
    let wanted = |name: &&str| cells.iter().find(|(known, _)| known == name).map(|(_, cell)| cell.clone());
    BRIEF.iter().filter_map(wanted).collect()
}

/// Prints all of one task.
pub(super) fn print(session: &Session, task: Task) -> Result<()> {
    let cells = cells(task).into_iter().map(|(_, cell)| cell).collect();
    session.write_one(columns(false), cells)
}

/// As "running".
pub(super) fn state_name(state: TaskState) -> String {
    state.as_str_name().trim_start_matches("TASK_STATE_").to_lowercase()
}

/// Why it failed, as the gateway says it, with the reason.
pub(super) fn why(error: &TaskError) -> String {
    let reason = error.reason().as_str_name().trim_start_matches("ERROR_REASON_");
    format!("{} ({reason})", error.message)
}

fn columns(brief: bool) -> Vec<Column> {
    if brief {
        return Column::all(&BRIEF);
    }
    let column = |(name, cell): (&str, Cell)| match cell {
        Cell::Nested(_) => Column::nested(name),
        _ => Column::new(name),
    };
    cells(Task::default()).into_iter().map(column).collect()
}

/// All of a task; each time the same columns.
fn cells(task: Task) -> Vec<(&'static str, Cell)> {
    let state = task.state();
    let progress = task.progress.unwrap_or_default();
    let result = task.result.unwrap_or_default();
    let mut labels: Vec<String> =
        task.labels.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    labels.sort();
    let failures = result.failures.iter().map(|one| {
        let error = one.error.as_ref().map(why);
        json!({ "subject": one.subject, "error": error })
    });
    vec![
        ("id", Cell::Text(task.id)),
        ("kind", Cell::Text(task.kind)),
        ("table", text(table(task.parameters.and_then(|one| one.parameters)))),
        ("state", Cell::Text(state_name(state))),
        ("stage", text(progress.stage)),
        ("done", Cell::Number(progress.done)),
        ("total", if progress.total > 0 { Cell::Number(progress.total) } else { Cell::Missing }),
        ("unit", text(progress.unit)),
        ("owner", Cell::Text(task.owner)),
        ("labels", Cell::List(labels)),
        ("priority", Cell::Number(task.priority.into())),
        ("unique_key", text(task.unique_key)),
        ("schedule", text(task.schedule)),
        ("parent", text(task.parent)),
        ("created", times::cell(task.create_time)),
        ("started", times::cell(task.first_start_time)),
        ("ended", times::cell(task.end_time)),
        ("next_attempt", times::cell(task.next_attempt_time)),
        ("deadline", times::cell(task.deadline)),
        ("attempts", Cell::Number(task.attempt_count.into())),
        ("max_attempts", Cell::Number(task.max_attempts.into())),
        ("succeeded", Cell::Number(result.succeeded)),
        ("failed", Cell::Number(result.failed)),
        ("location", text(result.location)),
        ("error", task.error.as_ref().map_or(Cell::Missing, |error| Cell::Text(why(error)))),
        ("attempt_log", Cell::Nested(task.attempts.iter().map(attempt).collect())),
        ("failures", Cell::Nested(failures.collect())),
        // What is no JSON is shown as the text that it is.
        ("report", Cell::Nested(serde_json::from_str(&result.report).unwrap_or(json!(result.report)))),
    ]
}

fn attempt(attempt: &TaskAttempt) -> serde_json::Value {
    let time = |time: Option<Timestamp>| match times::cell(time) {
        Cell::Text(text) => Some(text),
        _ => None,
    };
    json!({
        "started": time(attempt.start_time),
        "ended": time(attempt.end_time),
        "worker": attempt.worker,
        "interrupted": attempt.interrupted,
        "error": attempt.error.as_ref().map(why),
    })
}

fn text(text: String) -> Cell {
    if text.is_empty() { Cell::Missing } else { Cell::Text(text) }
}

fn table(parameters: Option<Parameters>) -> String {
    match parameters {
        Some(Parameters::Export(one)) => one.table,
        Some(Parameters::BulkUpdate(one)) => one.table,
        Some(Parameters::BulkDelete(one)) => one.table,
        Some(Parameters::Import(one)) => one.table,
        Some(Parameters::AttachmentCopy(one)) => one.table,
        Some(Parameters::CleanUp(_)) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_a_table_is_one_of_a_task() {
        let all: Vec<&str> = cells(Task::default()).into_iter().map(|(name, _)| name).collect();
        for name in BRIEF {
            assert!(all.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let reason = sncgate_client::ErrorReason::TableUnknown.into();
        let error = TaskError { reason, message: "no such table".to_owned(), retryable: false };
        assert_eq!(why(&error), "no such table (TABLE_UNKNOWN)");
        assert_eq!(state_name(TaskState::Retrying), "retrying");
    }
}
