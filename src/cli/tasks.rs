//! `sncgate tasks`: the work that the gateway does in the background.

mod many;
mod row;
mod watch;

use anyhow::Result;
use futures::TryStreamExt;
use sncgate_client::pb::task_parameters::Parameters;
use sncgate_client::pb::{CleanUpTask, TaskFilter, TaskState};
use sncgate_client::{Client, Task};

use super::args::{self, TasksCommand, WatchedTasks, WhichTasks};
use super::connect::Session;

/// Tasks that are printed at once.
const PAGE: usize = 100;

/// What one may ask of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Cancel,
    Pause,
    Resume,
    Retry,
    Delete,
}

pub(crate) async fn run(session: &Session, arguments: args::Tasks) -> Result<()> {
    match arguments.command {
        TasksCommand::List { which, limit } => list(session, which, limit as usize).await,
        TasksCommand::Get { id } => row::print(session, session.client.task(id).await?),
        TasksCommand::Watch { ids, which } if ids.is_empty() => watch::all(session, filter(which)).await,
        TasksCommand::Watch { ids, .. } => watch::some(session, ids).await,
        TasksCommand::Cancel(named) => steer(session, Wish::Cancel, named.ids).await,
        TasksCommand::Pause(named) => steer(session, Wish::Pause, named.ids).await,
        TasksCommand::Resume(named) => steer(session, Wish::Resume, named.ids).await,
        TasksCommand::Retry { all: true, many, .. } => {
            many::run(session, Wish::Retry, vec![TaskState::Failed], many).await
        }
        TasksCommand::Retry { ids, .. } => steer(session, Wish::Retry, ids).await,
        TasksCommand::Delete { all: true, state, many, .. } => {
            let mut states: Vec<TaskState> = state.into_iter().map(TaskState::from).collect();
            if states.is_empty() {
                states = vec![TaskState::Succeeded, TaskState::Failed, TaskState::Cancelled];
            }
            many::run(session, Wish::Delete, states, many).await
        }
        TasksCommand::Delete { ids, .. } => steer(session, Wish::Delete, ids).await,
        TasksCommand::CleanUp { watch } => {
            let task = session.client.start_task(Parameters::CleanUp(CleanUpTask {})).await?;
            if watch { watch::some(session, vec![task.id]).await } else { row::print(session, task) }
        }
    }
}

impl Wish {
    /// Asks it of a task; gives the task as it is then, unless it is no more.
    async fn ask(self, client: &Client, id: &str) -> sncgate_client::Result<Option<Task>> {
        match self {
            Wish::Cancel => client.cancel_task(id).await.map(Some),
            Wish::Pause => client.pause_task(id).await.map(Some),
            Wish::Resume => client.resume_task(id).await.map(Some),
            Wish::Retry => client.retry_task(id).await.map(Some),
            Wish::Delete => client.delete_task(id).await.map(|()| None),
        }
    }
}

async fn list(session: &Session, which: WhichTasks, limit: usize) -> Result<()> {
    let mut filter = filter(which.watched);
    filter.states = which.state.into_iter().map(|state| TaskState::from(state).into()).collect();
    let mut found = session.client.tasks(filter);
    let mut rows = row::rows(session);
    let (mut page, mut left) = (Vec::new(), limit);
    while left > 0
        && let Some(task) = found.try_next().await?
    {
        left -= 1;
        page.push(row::brief(session, task));
        if page.len() == PAGE {
            rows.write(&page)?;
            page.clear();
        }
    }
    if !page.is_empty() {
        rows.write(&page)?;
    }
    Ok(rows.finish()?)
}

/// Stops at the first that cannot be done: the error says which, and those before it are printed.
async fn steer(session: &Session, wish: Wish, ids: Vec<String>) -> Result<()> {
    let mut rows = row::rows(session);
    let (mut failed, mut printed) = (None, false);
    for id in ids {
        match wish.ask(&session.client, &id).await {
            Ok(Some(task)) => {
                rows.write(&[row::brief(session, task)])?;
                printed = true;
            }
            Ok(None) => {}
            Err(error) => {
                failed = Some(anyhow::Error::from(error).context(format!("task {id}")));
                break;
            }
        }
    }
    // Where nothing was done there is no data, not even the head of a table.
    if printed || (failed.is_none() && wish != Wish::Delete) {
        rows.finish()?;
    }
    failed.map_or(Ok(()), Err)
}

fn filter(which: WatchedTasks) -> TaskFilter {
    TaskFilter {
        kinds: which.kind,
        labels: which.label.into_iter().collect(),
        owner: which.owner,
        schedule: which.schedule,
        ..TaskFilter::default()
    }
}
