//! Tasks: work that outlives the call that asked for it, and the gateway.
//!
//! The trait says what must be atomic; what a state means is decided by [`crate::tasks`]. Every change of any task takes the
//! next revision, so that whoever saw one can ask for what came after. Times are milliseconds since 1970.

mod redis;
mod sqlite;

#[cfg(test)]
mod conformance;

use async_trait::async_trait;
use tokio::sync::{broadcast, watch};

use crate::error::Error;
use crate::moment;
use crate::pb::{self, TaskState};

pub(super) use redis::Shared;
pub(super) use sqlite::Sqlite;

type Result<T> = std::result::Result<T, Error>;

/// A task as it is kept: what callers see, and what they do not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// What callers see. Its state, revision and attempt_count are the store's own.
    pub message: pb::Task,
    /// Whose; empty where access control was off.
    pub owner_id: String,
    /// The API key that it was made with, whose bounds hold for it; empty for a session.
    pub key_id: String,
    /// Not run before this time.
    pub due_at: i64,
    /// Where its kind goes on; empty: from the beginning.
    pub checkpoint: Vec<u8>,
    /// Who has it; empty: nobody.
    pub worker: String,
    /// Until when that one has it, unless it says that it still does.
    pub lease_until: i64,
    /// Grows with each claim: whoever has an older one has lost the task.
    pub fence: i64,
    /// When it was last claimed.
    pub claimed_at: i64,
}

/// What came of adding a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Added {
    /// It is kept, with this revision.
    New(i64),
    /// This one has its id, or is one of the same owner that has its unique key and is not finished.
    Exists(Box<Task>),
    /// The owner has as many unfinished ones as one may have.
    Full,
}

/// What came of replacing a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is kept, with this revision.
    Done(i64),
    /// It has another revision by now, or is gone.
    Changed,
    /// It would be unfinished again, and another one has its unique key.
    KeyTaken,
    /// It would be unfinished again, and its owner has as many of those as one may have.
    Full,
}

/// Who wants a task.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Of one of these kinds.
    pub kinds: Vec<String>,
    /// The gateway's name.
    pub worker: String,
    /// What is due by now.
    pub now: i64,
    /// Until when it is the worker's.
    pub until: i64,
}

/// A task that is the claimer's now: running, with the next fence and one attempt more.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// As it is now.
    pub task: Task,
    /// Who had it until its lease ran out, and since when.
    pub taken_from: Option<(String, i64)>,
}

/// Which tasks; every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskFilter {
    /// Of this owner.
    pub owner_id: Option<String>,
    /// Made with this API key.
    pub key_id: Option<String>,
    /// In one of these; empty: in any.
    pub states: Vec<TaskState>,
    /// Of one of these; empty: of any.
    pub kinds: Vec<String>,
    /// With these.
    pub labels: Vec<(String, String)>,
    /// Made by this schedule; empty: by any or none.
    pub schedule: String,
    /// Made by this task; empty: by any or none.
    pub parent: String,
    /// Made from then on.
    pub created_from: Option<i64>,
    /// Made before then.
    pub created_before: Option<i64>,
}

/// How many tasks of a kind are in a state, and since when the longest-due of them waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskCount {
    /// The kind.
    pub kind: String,
    /// The state.
    pub state: TaskState,
    /// How many.
    pub count: u64,
    /// The earliest time that one of them is or was due.
    pub due_at: i64,
}

/// Tells of changes, those by other gateways on the same store too.
#[derive(Debug)]
pub struct TaskChanges {
    /// The last revision that is known of. May skip some, and may tell of one twice.
    pub revision: watch::Receiver<i64>,
    /// Ids of running tasks that somebody asked to cancel or pause; an empty one may be any. One that lags must look at all
    /// of its own.
    pub steered: broadcast::Receiver<String>,
}

impl TaskFilter {
    /// Whether a task is one of those.
    pub(super) fn matches(&self, task: &Task) -> bool {
        let message = &task.message;
        let created = message.create_time.as_ref().map_or(0, moment::millis);
        self.owner_id.as_ref().is_none_or(|owner| *owner == task.owner_id)
            && self.key_id.as_ref().is_none_or(|key| *key == task.key_id)
            && (self.states.is_empty() || self.states.contains(&message.state()))
            && (self.kinds.is_empty() || self.kinds.contains(&message.kind))
            && self.labels.iter().all(|(name, value)| message.labels.get(name) == Some(value))
            && (self.schedule.is_empty() || self.schedule == message.schedule)
            && (self.parent.is_empty() || self.parent == message.parent)
            && self.created_from.is_none_or(|from| created >= from)
            && self.created_before.is_none_or(|before| created < before)
    }
}

/// Whether a task in that state is done with.
pub fn is_finished(state: TaskState) -> bool {
    matches!(state, TaskState::Succeeded | TaskState::Failed | TaskState::Cancelled)
}

/// Keeps tasks.
#[async_trait]
pub trait Tasks: Send + Sync {
    /// Adds a task, unless its owner has `most` unfinished ones or one with its unique key.
    async fn add_task(&self, task: &Task, most: usize) -> Result<Added>;
    /// The task of that id.
    async fn task(&self, id: &str) -> Result<Option<Task>>;
    /// The newest first, those made before the one with this place; a place is [`pb::Task::revision`] at its making.
    async fn tasks(&self, filter: &TaskFilter, before: i64, limit: usize) -> Result<Vec<(i64, Task)>>;
    /// In the order of their revisions, those after `after`.
    async fn tasks_after(&self, filter: &TaskFilter, after: i64, limit: usize) -> Result<Vec<Task>>;
    /// Takes the next tasks, at most so many: of those that are due or whose lease ran out, the ones of the highest
    /// priority that are due longest. Where it gives fewer there are no more now.
    async fn claim_tasks(&self, claim: &Claim, most: usize) -> Result<Vec<Claimed>>;
    /// The same for one.
    async fn claim_task(&self, claim: &Claim) -> Result<Option<Claimed>> {
        Ok(self.claim_tasks(claim, 1).await?.pop())
    }
    /// Keeps a task until then; false where it is somebody else's by now, or nobody's.
    async fn extend_lease(&self, id: &str, fence: i64, until: i64) -> Result<bool>;
    /// Puts a task in the place of the one with its id and revision. `most` bounds its owner's unfinished ones where it was
    /// finished and is not any more.
    async fn replace_task(&self, task: &Task, most: usize) -> Result<Replaced>;
    /// Forgets a task that has this revision; false where it has another.
    async fn delete_task(&self, id: &str, revision: i64) -> Result<bool>;
    /// Forgets finished tasks that ended before then, at most so many; how many.
    async fn forget_tasks(&self, ended_before: i64, most: usize) -> Result<usize>;
    /// How many there are of each kind and state.
    async fn task_counts(&self) -> Result<Vec<TaskCount>>;
    /// The revision of the last change of any task.
    async fn last_task_revision(&self) -> Result<i64>;
    /// Tells of changes from now on.
    fn task_changes(&self) -> TaskChanges;
}
