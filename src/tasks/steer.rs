//! Cancelling, pausing, resuming, retrying and deleting tasks.

use super::Tasks;
use super::state::{self, Wish};
use crate::access::Caller;
use crate::error::Error;
use crate::pb;
use crate::store::Replaced;

/// How often a change is tried again that another one came before.
const TRIES: usize = 32;

impl Tasks {
    /// Ends a task: at once where it does not run, else soon.
    pub async fn cancel(&self, caller: &Caller, id: &str) -> Result<pb::Task, Error> {
        self.steer(caller, id, Wish::Cancel).await
    }

    /// Lets a task rest: at once where it does not run, else at its next checkpoint.
    pub async fn pause(&self, caller: &Caller, id: &str) -> Result<pb::Task, Error> {
        self.steer(caller, id, Wish::Pause).await
    }

    /// Lets a task that rests go on.
    pub async fn resume(&self, caller: &Caller, id: &str) -> Result<pb::Task, Error> {
        self.steer(caller, id, Wish::Resume).await
    }

    /// Begins again what failed or was cancelled.
    pub async fn retry(&self, caller: &Caller, id: &str) -> Result<pb::Task, Error> {
        self.steer(caller, id, Wish::Retry).await
    }

    /// Forgets a finished task.
    pub async fn delete(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        for _ in 0..TRIES {
            let task = self.find(caller, id).await?;
            state::may_delete(&task)?;
            if self.store().delete_task(&task.message.id, task.message.revision).await? {
                return Ok(());
            }
        }
        Err(Error::StoreBusy { doing: "changes the task" })
    }

    async fn steer(&self, caller: &Caller, id: &str, wish: Wish) -> Result<pb::Task, Error> {
        for _ in 0..TRIES {
            let mut task = self.find(caller, id).await?;
            if !state::steer(&mut task, wish, self.now())? {
                return Ok(task.message);
            }
            match self.store().replace_task(&task, self.settings.max_per_owner).await? {
                Replaced::Done(revision) => {
                    task.message.revision = revision;
                    return Ok(task.message);
                }
                Replaced::Changed => {}
                Replaced::KeyTaken => return Err(state::key_taken(&task)),
                Replaced::Full => {
                    return Err(Error::TaskLimitExceeded { limit: self.settings.max_per_owner });
                }
            }
        }
        Err(Error::StoreBusy { doing: "changes the task" })
    }
}
