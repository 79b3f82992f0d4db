//! `sncgate tasks watch`: how far tasks are, until they are finished.
//!
//! A terminal shows a bar for each; elsewhere stderr gets a line at each change of state or stage, and now and then in
//! between. The tasks as they ended are stdout's.

use std::collections::HashMap;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use anyhow::Result;
use futures::stream::{SelectAll, select_all};
use futures::{StreamExt, TryStreamExt};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use sncgate_client::Task;
use sncgate_client::pb::{TaskFilter, TaskState, WatchTasksRequest};

use super::super::connect::Session;
use super::super::exit::{Exit, TaskEnded};
use super::super::progress;
use super::row;

/// Between two lines of a task that stays in its state and stage.
const QUIET: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(200);
const KNOWN: &str = "{spinner} {prefix} {bar:30} {human_pos} of {human_len} {msg}";
const UNKNOWN: &str = "{spinner} {prefix} {human_pos} {msg}";

/// All tasks of a filter, each whenever it changes.
pub(super) async fn all(session: &Session, filter: TaskFilter) -> Result<()> {
    let request = WatchTasksRequest { filter: Some(filter), ..WatchTasksRequest::default() };
    let mut changes = session.client.watch_tasks(request);
    let mut rows = row::rows(session);
    while let Some(task) = changes.try_next().await? {
        rows.write(&[row::brief(session, task)])?;
    }
    Ok(rows.finish()?)
}

/// These tasks, until all are finished; fails where one did not succeed.
pub(super) async fn some(session: &Session, mut ids: Vec<String>) -> Result<()> {
    ids.sort();
    ids.dedup();
    let watches = ids.iter().map(|id| session.client.watch_task(id));
    let mut watches: SelectAll<_> = select_all(watches);
    let mut shown = Shown::new();
    let mut last: HashMap<String, Task> = HashMap::new();
    while let Some(task) = watches.next().await {
        let task = task?;
        shown.show(&task);
        last.insert(task.id.clone(), task);
    }
    shown.clear();
    let mut rows = row::rows(session);
    let ended: Vec<Task> = ids.iter().filter_map(|id| last.remove(id)).collect();
    let outcome = outcome(&ended);
    let cells: Vec<_> = ended.into_iter().map(|task| row::brief(session, task)).collect();
    rows.write(&cells)?;
    rows.finish()?;
    outcome
}

fn outcome(tasks: &[Task]) -> Result<()> {
    let of = |state| tasks.iter().filter(move |task| task.state() == state);
    if let Some(task) = of(TaskState::Failed).next() {
        let why = task.error.as_ref().map_or_else(String::new, row::why);
        let text = format!("task {} failed: {why}", task.id);
        return Err(TaskEnded { exit: Exit::TaskFailed, text }.into());
    }
    if let Some(task) = of(TaskState::Cancelled).next() {
        let text = format!("task {} was cancelled", task.id);
        return Err(TaskEnded { exit: Exit::TaskCancelled, text }.into());
    }
    Ok(())
}

/// What a person sees meanwhile.
enum Shown {
    Bars(MultiProgress, HashMap<String, ProgressBar>),
    Lines(HashMap<String, (TaskState, String, Instant)>),
}

impl Shown {
    fn new() -> Self {
        if stderr().is_terminal() {
            Shown::Bars(MultiProgress::new(), HashMap::new())
        } else {
            Shown::Lines(HashMap::new())
        }
    }

    fn show(&mut self, task: &Task) {
        match self {
            Shown::Bars(all, bars) => {
                let bar = bars.entry(task.id.clone()).or_insert_with(|| {
                    let bar = all.add(ProgressBar::new_spinner());
                    bar.enable_steady_tick(TICK);
                    bar
                });
                draw(bar, task);
            }
            Shown::Lines(told) => {
                let stage = task.progress.as_ref().map_or("", |progress| progress.stage.as_str());
                let known = told.get(&task.id);
                let is_new = known.is_none_or(|(state, known, at)| {
                    *state != task.state() || known != stage || at.elapsed() >= QUIET
                });
                if is_new {
                    progress::say(&line(task));
                    told.insert(task.id.clone(), (task.state(), stage.to_owned(), Instant::now()));
                }
            }
        }
    }

    fn clear(self) {
        if let Shown::Bars(all, _) = self {
            // A terminal that went away shows nothing any more.
            let _ = all.clear();
        }
    }
}

fn draw(bar: &ProgressBar, task: &Task) {
    let progress = task.progress.clone().unwrap_or_default();
    let total = u64::try_from(progress.total).unwrap_or(0);
    let template = if total > 0 { KNOWN } else { UNKNOWN };
    bar.set_style(ProgressStyle::with_template(template).expect("a constant template"));
    bar.set_prefix(format!("{} {}", task.kind, row::state_name(task.state())));
    bar.set_length(total);
    bar.set_position(u64::try_from(progress.done).unwrap_or(0));
    bar.set_message(rest(task));
    if task.is_finished() {
        bar.finish();
    }
}

/// As "4f0c: running, reading, 500 of 1000 rows, 120/s, 4s left".
fn line(task: &Task) -> String {
    let progress = task.progress.clone().unwrap_or_default();
    let mut text = format!("{}: {}", task.id, row::state_name(task.state()));
    if progress.done > 0 || progress.total > 0 {
        text.push_str(&format!(", {}", progress.done));
        if progress.total > 0 {
            text.push_str(&format!(" of {}", progress.total));
        }
    }
    let rest = rest(task);
    if !rest.is_empty() {
        text.push_str(if progress.done > 0 || progress.total > 0 { " " } else { ", " });
        text.push_str(&rest);
    }
    text
}

/// What follows the numbers: unit, rate, time left, stage, and why it waits.
fn rest(task: &Task) -> String {
    let progress = task.progress.clone().unwrap_or_default();
    let mut parts = Vec::new();
    if progress.done > 0 || progress.total > 0 {
        parts.push(progress.unit.clone());
    }
    if !task.is_finished() {
        if progress.rate > 0.0 {
            parts.push(format!("{:.0}/s", progress.rate));
        }
        if let Some(left) = progress.remaining {
            parts.push(format!("{}s left", left.seconds));
        }
        if !progress.stage.is_empty() {
            parts.push(progress.stage.clone());
        }
        if let Some(error) = &task.error {
            parts.push(row::why(error));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use sncgate_client::pb::{TaskError, TaskProgress};

    use super::*;

    fn task(id: &str, state: TaskState, progress: TaskProgress) -> Task {
        let mut task = Task { id: id.to_owned(), progress: Some(progress), ..Task::default() };
        task.set_state(state);
        task
    }

    #[test]
    fn a_line_says_how_far_it_is() {
        let progress = TaskProgress {
            done: 500,
            total: 1000,
            unit: "rows".to_owned(),
            rate: 120.4,
            remaining: Some(prost_types::Duration { seconds: 4, nanos: 0 }),
            stage: "reading".to_owned(),
        };
        let cases = [
            (TaskState::Running, progress.clone(), "a: running, 500 of 1000 rows, 120/s, 4s left, reading"),
            (TaskState::Succeeded, progress.clone(), "a: succeeded, 500 of 1000 rows"),
            (
                TaskState::Running,
                TaskProgress { total: 0, rate: 0.0, remaining: None, ..progress },
                "a: running, 500 rows, reading",
            ),
            (TaskState::Pending, TaskProgress::default(), "a: pending"),
        ];
        for (state, progress, expected) in cases {
            assert_eq!(line(&task("a", state, progress)), expected);
        }
    }

    #[test]
    fn the_worst_end_decides() {
        let ended = |state| task("a", state, TaskProgress::default());
        let (good, cancelled) = (ended(TaskState::Succeeded), ended(TaskState::Cancelled));
        let mut failed = ended(TaskState::Failed);
        failed.error = Some(TaskError { message: "no".to_owned(), ..TaskError::default() });
        let cases = [
            (vec![good.clone()], 0),
            (vec![good.clone(), cancelled.clone()], 8),
            (vec![cancelled, failed, good], 7),
        ];
        for (tasks, code) in cases {
            let exit = outcome(&tasks).map_or_else(|error| Exit::of(&error), |()| Exit::Success);
            assert_eq!(exit as u8, code, "{tasks:?}");
        }
    }
}
