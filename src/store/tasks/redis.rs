//! Tasks in a Redis that several gateways share.
//!
//! What waits for its time is in a sorted set; what is due, in a stream of its kind and priority with one consumer group,
//! the gateways. A claim is one script: it moves what became due, reads from the most urgent stream that has something, and
//! takes what a gateway that went away left (`XCLAIM`). Every change is one script, too, and takes the next revision.
//!
//! Leases are kept beside the streams, not as the idle times of their entries: who has what until when must agree with
//! the task's own fence in the same step, by the gateways' clock, and a heartbeat must not name every stream. `XAUTOCLAIM`
//! would take by Redis's clock, and in the order of entries instead of priorities.
//!
//! | key after `{prefix}:` | holds |
//! | --- | --- |
//! | `task:ID` | a task, and its entry in a stream |
//! | `task_revision` | the last revision |
//! | `tasks_born`, `tasks_of:OWNER`, `tasks_changed`, `tasks_ended` | ids by their first revision, by their last, by their end |
//! | `tasks_in:KIND:STATE`, `task_kinds` | ids by when they are due; kinds that there were |
//! | `task_owners`, `task_keys` | how many unfinished ones an owner has; who has a unique key |
//! | `tasks_due` | what waits for its time, or to be moved into a stream |
//! | `task_stream:KIND:PRIORITY`, `task_streams` | what is due: entries are taken back with the end of an attempt |
//! | `task_ready:KIND` | priorities with entries that nobody has |
//! | `task_leases:KIND` | who must say by when that it is still there |
//! | `task_changes` | what gateways tell each other |

mod follow;
mod row;

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::{Script, ScriptInvocation};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Added, Claim, Claimed, Replaced, Result, Task, TaskChanges, TaskCount, TaskFilter, Tasks};
use crate::error::Error;
use crate::pb::TaskState;
use crate::store::redis::{Redis, script};
use row::Row;

/// Signals that wait for who runs tasks; one that lags looks at all of its tasks.
const SIGNALS: usize = 1024;
/// Tasks that are looked at in one go where not all of them are wanted.
const PAGE: usize = 200;
/// A gateway that has nothing of a stream for this long, in milliseconds, is no member of its group any more.
const MEMBER: i64 = 24 * 60 * 60 * 1000;

static ADD: LazyLock<Script> = LazyLock::new(|| of_tasks(include_str!("redis/add.lua")));
static REPLACE: LazyLock<Script> = LazyLock::new(|| of_tasks(include_str!("redis/replace.lua")));
static CLAIM: LazyLock<Script> = LazyLock::new(|| of_tasks(include_str!("redis/claim.lua")));
static EXTEND: LazyLock<Script> = LazyLock::new(|| of_tasks(include_str!("redis/extend.lua")));
static DELETE: LazyLock<Script> = LazyLock::new(|| of_tasks(include_str!("redis/delete.lua")));
static FORGET: LazyLock<Script> = LazyLock::new(|| of_tasks(include_str!("redis/forget.lua")));
static COUNTS: LazyLock<Script> = LazyLock::new(|| of_tasks(include_str!("redis/counts.lua")));
static PAGES: LazyLock<Script> = LazyLock::new(|| of_tasks(include_str!("redis/page.lua")));

/// A script that knows what tasks are.
fn of_tasks(text: &str) -> Script {
    script(&[include_str!("redis/tasks.lua"), text].concat())
}

/// Tasks that several gateways share.
pub(in crate::store) struct Shared {
    redis: Redis,
    told: Told,
    /// Ends what follows the other gateways.
    _following: DropGuard,
}

/// Who is told of changes.
#[derive(Clone)]
struct Told {
    /// The last revision of any gateway's.
    revision: watch::Sender<i64>,
    /// The last revision of a change that was made here, for the others.
    own: watch::Sender<i64>,
    steered: broadcast::Sender<String>,
}

impl Told {
    fn of(&self, revision: i64) {
        self.revision.send_if_modified(|last| {
            let grows = revision > *last;
            *last = revision.max(*last);
            grows
        });
    }
}

impl Shared {
    /// Begins to follow the other gateways.
    pub(in crate::store) fn new(redis: Redis) -> Self {
        let told = Told {
            revision: watch::Sender::new(0),
            own: watch::Sender::new(0),
            steered: broadcast::Sender::new(SIGNALS),
        };
        let end = CancellationToken::new();
        follow::start(&redis, &told, &end);
        Shared { redis, told, _following: end.drop_guard() }
    }

    fn tell(&self, revision: i64) {
        self.told.of(revision);
        self.told.own.send_replace(revision);
    }

    /// What a script says: a word, and what belongs to it.
    async fn answer(&self, call: &ScriptInvocation<'_>) -> Result<(String, Row)> {
        let mut row: Row = self.redis.run(call).await?;
        Ok((row.text()?, row))
    }

    /// Page by page, until there are enough that match; each with its place in the index.
    async fn collect(
        &self,
        index: &str,
        direction: &str,
        filter: &TaskFilter,
        mut bound: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Task)>> {
        let all = TaskFilter { owner_id: filter.owner_id.clone(), ..TaskFilter::default() };
        let page = if *filter == all { limit.min(PAGE) } else { PAGE };
        let mut found = Vec::new();
        while found.len() < limit {
            let mut call = self.redis.call(&PAGES);
            call.arg(index).arg(direction).arg(bound).arg(page);
            let rows: Vec<Row> = self.redis.run(&call).await?;
            let is_last = rows.len() < page;
            for mut row in rows {
                let task = row.task()?;
                bound = row.number()?;
                if found.len() < limit && filter.matches(&task) {
                    found.push((bound, task));
                }
            }
            if is_last {
                break;
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl Tasks for Shared {
    async fn add_task(&self, task: &Task, most: usize) -> Result<Added> {
        let message = &task.message;
        let mut call = self.redis.call(&ADD);
        call.arg(&message.id).arg(&task.owner_id).arg(&task.key_id).arg(&message.kind).arg(message.state);
        call.arg(message.priority).arg(task.due_at).arg(&message.unique_key).arg(&task.checkpoint);
        call.arg(row::encoded(message)).arg(most);
        let (word, mut row) = self.answer(&call).await?;
        match word.as_str() {
            "new" => {
                let revision = row.number()?;
                self.tell(revision);
                Ok(Added::New(revision))
            }
            "exists" => Ok(Added::Exists(Box::new(row.task()?))),
            "full" => Ok(Added::Full),
            _ => Err(unknown(&word)),
        }
    }

    async fn task(&self, id: &str) -> Result<Option<Task>> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.redis.key(&["task", id])).arg(&row::FIELDS);
        let fields: Vec<Option<Vec<u8>>> = self.redis.ask(&command).await?;
        let fields: Option<Vec<_>> = fields.into_iter().collect();
        fields.map(|fields| Row::from(fields).task()).transpose()
    }

    async fn tasks(&self, filter: &TaskFilter, before: i64, limit: usize) -> Result<Vec<(i64, Task)>> {
        let index = match &filter.owner_id {
            Some(owner_id) => format!("tasks_of:{owner_id}"),
            None => "tasks_born".to_owned(),
        };
        self.collect(&index, "before", filter, before, limit).await
    }

    async fn tasks_after(&self, filter: &TaskFilter, after: i64, limit: usize) -> Result<Vec<Task>> {
        let found = self.collect("tasks_changed", "after", filter, after, limit).await?;
        Ok(found.into_iter().map(|(_, task)| task).collect())
    }

    async fn claim_tasks(&self, claim: &Claim, most: usize) -> Result<Vec<Claimed>> {
        if claim.kinds.is_empty() {
            return Ok(Vec::new());
        }
        let mut call = self.redis.call(&CLAIM);
        call.arg(&claim.worker).arg(claim.now).arg(claim.until).arg(most).arg(&claim.kinds);
        let rows: Vec<Row> = self.redis.run(&call).await?;
        let claimed: Vec<_> = rows.into_iter().map(|mut row| row.claimed()).collect::<Result<_>>()?;
        if let Some(last) = claimed.last() {
            self.tell(last.task.message.revision);
        }
        Ok(claimed)
    }

    async fn extend_lease(&self, id: &str, fence: i64, until: i64) -> Result<bool> {
        let mut call = self.redis.call(&EXTEND);
        call.arg(id).arg(fence).arg(until);
        self.redis.run(&call).await
    }

    async fn replace_task(&self, task: &Task, most: usize) -> Result<Replaced> {
        let message = &task.message;
        let asked = message.cancel_requested || message.pause_requested;
        let steered = asked && message.state() == TaskState::Running;
        let mut call = self.redis.call(&REPLACE);
        call.arg(&message.id).arg(message.revision).arg(message.state).arg(message.priority).arg(task.due_at);
        call.arg(row::ended_at(message)).arg(&task.worker).arg(task.lease_until).arg(message.attempt_count);
        call.arg(&task.checkpoint).arg(row::encoded(message)).arg(most).arg(i32::from(steered));
        let (word, mut row) = self.answer(&call).await?;
        match word.as_str() {
            "done" => {
                let revision = row.number()?;
                if steered {
                    // Here it is known at once; nobody listens where no worker runs.
                    let _ = self.told.steered.send(message.id.clone());
                }
                self.tell(revision);
                Ok(Replaced::Done(revision))
            }
            "changed" => Ok(Replaced::Changed),
            "key_taken" => Ok(Replaced::KeyTaken),
            "full" => Ok(Replaced::Full),
            _ => Err(unknown(&word)),
        }
    }

    async fn delete_task(&self, id: &str, revision: i64) -> Result<bool> {
        let mut call = self.redis.call(&DELETE);
        call.arg(id).arg(revision);
        let revision: Option<i64> = self.redis.run(&call).await?;
        if let Some(revision) = revision {
            self.tell(revision);
        }
        Ok(revision.is_some())
    }

    async fn forget_tasks(&self, ended_before: i64, most: usize) -> Result<usize> {
        let mut call = self.redis.call(&FORGET);
        call.arg(ended_before).arg(most).arg(MEMBER);
        self.redis.run(&call).await
    }

    async fn task_counts(&self) -> Result<Vec<TaskCount>> {
        let found: Vec<(String, i32, u64, i64)> = self.redis.run(&self.redis.call(&COUNTS)).await?;
        let counts = found.into_iter().map(|(kind, state, count, due_at)| {
            let state = TaskState::try_from(state).unwrap_or_default();
            TaskCount { kind, state, count, due_at }
        });
        Ok(counts.collect())
    }

    async fn last_task_revision(&self) -> Result<i64> {
        last_revision(&self.redis).await
    }

    fn task_changes(&self) -> TaskChanges {
        TaskChanges { revision: self.told.revision.subscribe(), steered: self.told.steered.subscribe() }
    }
}

async fn last_revision(redis: &Redis) -> Result<i64> {
    let mut command = redis::cmd("GET");
    command.arg(redis.key(&["task_revision"]));
    Ok(redis.ask::<Option<i64>>(&command).await?.unwrap_or(0))
}

fn unknown(word: &str) -> Error {
    Error::internal(format!("a script answered {word}"))
}
