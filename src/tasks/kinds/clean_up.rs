//! Removes what the gateway need not keep any longer: tasks that finished long ago.
//!
//! Old answers of request ids, ended sessions and dead keys go with what replaces them, and need nobody here.

use async_trait::async_trait;

use crate::access::Caller;
use crate::error::Error;
use crate::pb::{CleanUpTask, Permission, TaskResult};
use crate::tasks::{Context, Failure, Kind, Services};

/// At once: the store does nothing else meanwhile.
const AT_ONCE: usize = 500;

#[async_trait]
impl Kind for CleanUpTask {
    fn name(&self) -> &'static str {
        "clean_up"
    }

    fn needs(&self) -> Permission {
        Permission::TasksAdmin
    }

    async fn check(&self, _: &Services, _: &Caller) -> Result<(), Error> {
        Ok(())
    }

    async fn run(&self, context: &Context) -> Result<TaskResult, Failure> {
        let mut done: i64 = context.checkpoint()?.unwrap_or(0);
        loop {
            context.progress("forgetting", done, 0, "tasks");
            let forgotten = context.forget_finished(AT_ONCE).await?;
            done += forgotten as i64;
            let result = TaskResult { succeeded: done, ..TaskResult::default() };
            if forgotten < AT_ONCE {
                return Ok(result);
            }
            context.save(&done, &result).await?;
        }
    }
}
