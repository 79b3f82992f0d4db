//! Kinds of the contract that this gateway does not run.

use async_trait::async_trait;

use crate::access::Caller;
use crate::error::Error;
use crate::pb::{Permission, TaskResult};
use crate::tasks::{Context, Failure, Kind, Services};

/// A kind that is refused.
pub(super) struct Unserved(pub(super) &'static str);

#[async_trait]
impl Kind for Unserved {
    fn name(&self) -> &'static str {
        self.0
    }

    fn needs(&self) -> Permission {
        Permission::TasksWrite
    }

    async fn check(&self, _: &Services, _: &Caller) -> Result<(), Error> {
        Err(Error::invalid("task.parameters", format!("this gateway runs no tasks of the kind {}", self.0)))
    }

    async fn run(&self, _: &Context) -> Result<TaskResult, Failure> {
        let problem = format!("this gateway runs no tasks of the kind {}", self.0);
        Err(Failure::Failed(Error::invalid("task.parameters", problem)))
    }
}
