//! WatchTasks.

use std::pin::Pin;
use std::time::Duration;

use async_stream::try_stream;
use futures::Stream;
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::inbound::Until;
use crate::pb::{Task, WatchTasksRequest, WatchTasksResponse};
use crate::store::is_finished;
use crate::tasks::{Tasks, Wanted};

/// Most tasks of a message.
const AT_ONCE: usize = 200;
/// An empty message says that the watch is alive, so often.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<WatchTasksResponse, Status>> + Send>>;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<WatchTasksRequest>,
) -> Result<Response<Responses>, Status> {
    let deadline = request::stream_deadline(request.metadata());
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let filter = message.filter.unwrap_or_default();
    if !filter.states.is_empty() {
        return Err(Error::invalid("filter.states", "must be empty: what changes leaves its state").into());
    }
    if message.after_revision < 0 {
        return Err(Error::invalid("after_revision", "must be 0 or a revision").into());
    }
    let tasks = gateway.tasks.clone();
    let until = Until { drain: gateway.drain.clone(), deadline, silence: None };
    let mut changes = tasks.changes().revision;
    let one = if message.id.is_empty() {
        None
    } else {
        tasks.get(&caller, &message.id).await?; // a task that is not there ends the call, not the stream
        Some(message.id)
    };
    let wanted = tasks.wanted(&caller, filter).await?;
    let mut after = message.after_revision;
    let stream = try_stream! {
        let mut told = Instant::now();
        loop {
            changes.mark_unchanged(); // before the look: what comes after it is a change
            let (changed, over) = match &one {
                Some(id) => {
                    let task = tasks.get(&caller, id).await.map_err(Status::from)?;
                    // Also where whoever resumes has seen its end already.
                    let over = is_finished(task.state());
                    (newer(task, after), over)
                }
                None => (all_newer(&tasks, &wanted, after).await.map_err(Status::from)?, false),
            };
            let more = changed.len() == AT_ONCE;
            if !changed.is_empty() || told.elapsed() >= HEARTBEAT {
                after = changed.last().map_or(after, |task| task.revision);
                told = Instant::now();
                yield WatchTasksResponse { tasks: changed, revision: after };
            }
            if over {
                break;
            }
            if more {
                continue;
            }
            let change = tokio::time::timeout_at(told + HEARTBEAT, changes.changed());
            if let Ok(changed) = until.stopped_or(change).await.map_err(Status::from)? {
                changed.map_err(|_| Status::from(Error::Draining))?;
            }
        }
    };
    Ok(Response::new(Box::pin(stream)))
}

fn newer(task: Task, after: i64) -> Vec<Task> {
    if task.revision > after { vec![task] } else { Vec::new() }
}

async fn all_newer(tasks: &Tasks, wanted: &Wanted, after: i64) -> Result<Vec<Task>, Error> {
    tasks.after(wanted, after, AT_ONCE).await
}
