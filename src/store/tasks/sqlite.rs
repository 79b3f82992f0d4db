//! Tasks in the gateway's one file.

mod claim;
mod read;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Transaction, params};
use tokio::sync::{broadcast, watch};

use super::{
    Added, Claim, Claimed, Replaced, Result, Task, TaskChanges, TaskCount, TaskFilter, Tasks, is_finished,
};
use crate::pb::TaskState;
use crate::store::database::Database;

/// Signals that wait for who runs tasks; one that lags looks at all of its tasks.
const SIGNALS: usize = 1024;

/// The tables of tasks.
pub(in crate::store) struct Sqlite {
    database: Arc<Database>,
    revision: watch::Sender<i64>,
    steered: broadcast::Sender<String>,
}

impl Sqlite {
    pub(in crate::store) fn new(database: Arc<Database>) -> Self {
        Sqlite { database, revision: watch::Sender::new(0), steered: broadcast::Sender::new(SIGNALS) }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.database.run(work).await
    }

    /// Tells whoever follows.
    fn tell(&self, revision: i64) {
        self.revision.send_if_modified(|last| {
            let grows = revision > *last;
            *last = revision.max(*last);
            grows
        });
    }
}

/// The next revision.
fn next(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    let sql = "UPDATE task_revision SET last = last + 1 RETURNING last";
    transaction.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

#[async_trait]
impl Tasks for Sqlite {
    async fn add_task(&self, task: &Task, most: usize) -> Result<Added> {
        let task = task.clone();
        let added = self.run(move |transaction| write::add(transaction, task, most)).await?;
        if let Added::New(revision) = added {
            self.tell(revision);
        }
        Ok(added)
    }

    async fn task(&self, id: &str) -> Result<Option<Task>> {
        let id = id.to_owned();
        self.run(move |transaction| read::by_id(transaction, &id)).await
    }

    async fn tasks(&self, filter: &TaskFilter, before: i64, limit: usize) -> Result<Vec<(i64, Task)>> {
        let filter = filter.clone();
        self.run(move |transaction| read::newest(transaction, &filter, before, limit)).await
    }

    async fn tasks_after(&self, filter: &TaskFilter, after: i64, limit: usize) -> Result<Vec<Task>> {
        let filter = filter.clone();
        self.run(move |transaction| read::after(transaction, &filter, after, limit)).await
    }

    async fn claim_tasks(&self, claim: &Claim, most: usize) -> Result<Vec<Claimed>> {
        let claim = claim.clone();
        let claimed = self.run(move |transaction| claim::some(transaction, &claim, most)).await?;
        if let Some(last) = claimed.last() {
            self.tell(last.task.message.revision);
        }
        Ok(claimed)
    }

    async fn extend_lease(&self, id: &str, fence: i64, until: i64) -> Result<bool> {
        let id = id.to_owned();
        self.run(move |transaction| {
            let sql = "UPDATE tasks SET lease_until=?3 WHERE id=?1 AND fence=?2 AND state=2";
            Ok(transaction.prepare_cached(sql)?.execute(params![id, fence, until])? == 1)
        })
        .await
    }

    async fn replace_task(&self, task: &Task, most: usize) -> Result<Replaced> {
        let message = &task.message;
        let asked = message.cancel_requested || message.pause_requested;
        let steered = asked && message.state() == TaskState::Running;
        let id = message.id.clone();
        let task = task.clone();
        let replaced = self.run(move |transaction| write::replace(transaction, task, most)).await?;
        if let Replaced::Done(revision) = replaced {
            if steered {
                // Nobody listens where no worker runs.
                let _ = self.steered.send(id);
            }
            self.tell(revision);
        }
        Ok(replaced)
    }

    async fn delete_task(&self, id: &str, revision: i64) -> Result<bool> {
        let id = id.to_owned();
        let deleted = self
            .run(move |transaction| {
                let sql = "DELETE FROM tasks WHERE id=?1 AND revision=?2";
                let deleted = transaction.prepare_cached(sql)?.execute(params![id, revision])? == 1;
                Ok(if deleted { Some(next(transaction)?) } else { None })
            })
            .await?;
        if let Some(revision) = deleted {
            self.tell(revision);
        }
        Ok(deleted.is_some())
    }

    async fn forget_tasks(&self, ended_before: i64, most: usize) -> Result<usize> {
        self.run(move |transaction| {
            let sql = "DELETE FROM tasks WHERE id IN \
                       (SELECT id FROM tasks WHERE ended_at<?1 ORDER BY ended_at LIMIT ?2)";
            transaction.prepare_cached(sql)?.execute(params![ended_before, most as i64])
        })
        .await
    }

    async fn task_counts(&self) -> Result<Vec<TaskCount>> {
        self.run(|transaction| {
            let sql = "SELECT kind, state, count(*), min(due_at) FROM tasks GROUP BY kind, state";
            let mut statement = transaction.prepare_cached(sql)?;
            let counts = statement.query_map([], |row| {
                Ok(TaskCount {
                    kind: row.get(0)?,
                    state: TaskState::try_from(row.get::<_, i32>(1)?).unwrap_or_default(),
                    count: row.get::<_, i64>(2)?.unsigned_abs(),
                    due_at: row.get(3)?,
                })
            })?;
            counts.collect()
        })
        .await
    }

    async fn last_task_revision(&self) -> Result<i64> {
        self.run(|transaction| {
            let sql = "SELECT last FROM task_revision";
            Ok(transaction.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(0))
        })
        .await
    }

    fn task_changes(&self) -> TaskChanges {
        TaskChanges { revision: self.revision.subscribe(), steered: self.steered.subscribe() }
    }
}
