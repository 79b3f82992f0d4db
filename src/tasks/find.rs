//! Finding tasks: a caller's own, or everybody's for who may see those.

use super::Tasks;
use crate::access::{Caller, Credential, Principal};
use crate::error::Error;
use crate::moment::millis;
use crate::pb::{self, Permission, TaskState};
use crate::store::{Task, TaskFilter};

/// Longest id that is looked for.
const MAX_ID: usize = 64;

/// Which tasks a caller may see, of those that were asked for.
#[derive(Clone, Debug)]
pub struct Wanted(TaskFilter);

impl Tasks {
    /// A task that the caller may see.
    ///
    /// # Errors
    /// [`Error::TaskUnknown`], also where it is somebody else's.
    pub async fn get(&self, caller: &Caller, id: &str) -> Result<pb::Task, Error> {
        Ok(self.find(caller, id).await?.message)
    }

    /// The newest first, those before that place; each with its place.
    pub async fn list(
        &self,
        wanted: &Wanted,
        before: i64,
        limit: usize,
    ) -> Result<Vec<(i64, pb::Task)>, Error> {
        let found = self.store().tasks(&wanted.0, before, limit).await?;
        Ok(found.into_iter().map(|(place, task)| (place, task.message)).collect())
    }

    /// In the order of their last changes, those after that revision.
    pub async fn after(&self, wanted: &Wanted, revision: i64, limit: usize) -> Result<Vec<pb::Task>, Error> {
        let found = self.store().tasks_after(&wanted.0, revision, limit).await?;
        Ok(found.into_iter().map(|task| task.message).collect())
    }

    /// The revision of the last change of any task.
    pub async fn last_revision(&self) -> Result<i64, Error> {
        self.store().last_task_revision().await
    }

    /// What of a filter is the caller's to see.
    ///
    /// # Errors
    /// It names somebody else, or is malformed.
    pub async fn wanted(&self, caller: &Caller, filter: pb::TaskFilter) -> Result<Wanted, Error> {
        let principal = caller.principal()?;
        let states = filter.states.iter().map(|&state| TaskState::try_from(state).map_err(|_| state));
        let states: Vec<TaskState> = states
            .collect::<Result<_, _>>()
            .map_err(|state| Error::invalid("filter.states", format!("{state} is no TaskState")))?;
        if let Some(kind) = filter.kinds.iter().find(|kind| !self.kinds.names.contains(&kind.as_str())) {
            let problem = format!("{kind:?} is no kind; there are {}", self.kinds.names.join(", "));
            return Err(Error::invalid("filter.kinds", problem));
        }
        let owner_id = match (filter.owner.as_str(), principal.holds(Permission::TasksAdmin)) {
            ("", true) => None,
            ("", false) => Some(principal.user_id.clone()),
            (name, _) if name == principal.username => Some(principal.user_id.clone()),
            (name, true) => Some(self.services.access.user_id_of(name).await?),
            (_, false) => {
                return Err(principal.require(Permission::TasksAdmin).expect_err("it is not held").into());
            }
        };
        Ok(Wanted(TaskFilter {
            owner_id,
            key_id: bound_key(principal),
            states,
            kinds: filter.kinds,
            labels: filter.labels.into_iter().collect(),
            schedule: filter.schedule,
            parent: filter.parent,
            created_from: filter.create_time_from.as_ref().map(millis),
            created_before: filter.create_time_before.as_ref().map(millis),
        }))
    }

    pub(super) async fn find(&self, caller: &Caller, id: &str) -> Result<Task, Error> {
        if id.is_empty() {
            return Err(Error::invalid("id", "is required"));
        }
        let principal = caller.principal()?;
        let id: String = id.chars().take(MAX_ID).collect();
        let found = self.store().task(&id).await?;
        found.filter(|task| is_visible(principal, task)).ok_or(Error::TaskUnknown { id })
    }
}

fn is_visible(principal: &Principal, task: &Task) -> bool {
    let own = task.owner_id == principal.user_id || principal.holds(Permission::TasksAdmin);
    own && bound_key(principal).is_none_or(|key| key == task.key_id)
}

/// A key with bounds sees what was made with it: other tasks may be about tables that are not its.
fn bound_key(principal: &Principal) -> Option<String> {
    match &principal.credential {
        Credential::Key(id) if principal.has_bounds() => Some(id.clone()),
        _ => None,
    }
}
