//! What a kind of task is.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Context, Services};
use crate::access::{Caller, Principal};
use crate::error::Error;
use crate::pb::task_parameters::Parameters;
use crate::pb::{Permission, TaskResult};

/// Why an attempt did not come to its end.
#[derive(Debug)]
pub enum Failure {
    /// [`Context::stop`] asked for it; everything up to the last checkpoint is kept.
    Stopped,
    /// It failed; [`Error`] says whether another attempt may do better.
    Failed(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Failed(error)
    }
}

/// Work of one kind, with its parameters: the message of the contract.
#[async_trait]
pub trait Kind: Send + Sync {
    /// As the field of `TaskParameters`.
    fn name(&self) -> &'static str;

    /// What the caller who makes one, and later its owner, must hold.
    fn needs(&self) -> Permission;

    /// Refuses what can be refused before it runs; nothing is written.
    async fn check(&self, services: &Services, caller: &Caller) -> Result<(), Error>;

    /// Does it, from the last checkpoint on. It is dropped at an await where it does not heed [`Context::stop`] soon.
    async fn run(&self, context: &Context) -> Result<TaskResult, Failure>;

    /// Whether this principal may have such a task at all.
    fn permit(&self, principal: &Principal) -> Result<(), Error> {
        Ok(principal.require(self.needs())?)
    }
}

/// Which kinds there are.
#[derive(Clone)]
pub struct Kinds {
    /// The names of all.
    pub names: &'static [&'static str],
    /// The kind of some parameters.
    pub of: fn(&Parameters) -> Arc<dyn Kind>,
}
