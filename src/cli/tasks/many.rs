//! All tasks of some states at once: counts, asks, then does it.

use anyhow::{Result, bail};
use futures::TryStreamExt;
use sncgate_client::pb::{TaskFilter, TaskState};
use sncgate_client::{ErrorReason, Task};

use super::super::args::ManyTasks;
use super::super::connect::Session;
use super::super::exit::Usage;
use super::super::{confirm, progress};
use super::{Wish, row};

pub(super) async fn run(
    session: &Session,
    wish: Wish,
    states: Vec<TaskState>,
    many: ManyTasks,
) -> Result<()> {
    let (word, done) = match wish {
        Wish::Delete => ("delete", "deleted"),
        _ => ("retry", "begin again"),
    };
    let max = many.max as usize;
    let tasks = find(session, states, many.kind, max).await?;
    if tasks.is_empty() {
        progress::say("there are no such tasks");
        return Ok(());
    }
    if !many.yes {
        confirm::ask(&format!("{word} {} tasks?", tasks.len()))?;
    }
    let mut rows = row::rows(session);
    let (mut count, mut passed) = (0, 0);
    for task in tasks {
        match wish.ask(&session.client, &task.id).await {
            Ok(after) => {
                count += 1;
                if let Some(task) = after {
                    rows.write(&[row::brief(session, task)])?;
                }
            }
            // Somebody else was here since they were looked for.
            Err(error) if is_settled(error.reason()) => passed += 1,
            Err(error) => {
                progress::say(&format!("{count} tasks {done}"));
                return Err(anyhow::Error::from(error).context(format!("task {}", task.id)));
            }
        }
    }
    if wish != Wish::Delete {
        rows.finish()?;
    }
    progress::say(&format!("{count} tasks {done}"));
    if passed > 0 {
        bail!("{passed} tasks were changed or deleted by somebody else meanwhile, and left alone");
    }
    Ok(())
}

fn is_settled(reason: ErrorReason) -> bool {
    matches!(reason, ErrorReason::TaskUnknown | ErrorReason::TaskStateConflict | ErrorReason::NameTaken)
}

async fn find(
    session: &Session,
    states: Vec<TaskState>,
    kinds: Vec<String>,
    max: usize,
) -> Result<Vec<Task>> {
    let states = states.into_iter().map(i32::from).collect();
    let mut found = session.client.tasks(TaskFilter { states, kinds, ..TaskFilter::default() });
    let mut tasks = Vec::new();
    while let Some(task) = found.try_next().await? {
        if tasks.len() == max {
            return Err(Usage(format!("there are more than {max} such tasks: allow more with --max")).into());
        }
        tasks.push(task);
    }
    Ok(tasks)
}
