//! Making tasks.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::{Kind, Tasks};
use crate::access::{Caller, Credential};
use crate::error::Error;
use crate::moment::{from_millis, millis};
use crate::pb::{self, TaskState};
use crate::store::{Added, Task};

const MAX_LABELS: usize = 16;
const MAX_LABEL: usize = 64;
const MAX_KEY: usize = 128;
const MAX_ATTEMPTS: i32 = 100;
const PRIORITIES: std::ops::RangeInclusive<i32> = -100..=100;

/// A task that is to be made.
#[derive(Clone, Debug, Default)]
pub struct NewTask {
    /// With what callers may set; the rest is empty.
    pub message: pb::Task,
    /// The caller's id of the call: a task that was made with it is not made again.
    pub request_id: Option<String>,
    /// The schedule that makes it; empty: none.
    pub schedule: String,
    /// The task that makes it; empty: none.
    pub parent: String,
}

impl Tasks {
    /// Makes a task of the caller's. Gives the one that has the unique key, where there is one; whether there was.
    ///
    /// # Errors
    /// The caller may not do such work, the parameters are wrong, or there are too many already.
    pub async fn create(&self, caller: &Caller, new: NewTask) -> Result<(pb::Task, bool), Error> {
        let principal = caller.principal()?;
        let parameters = new.message.parameters.as_ref().and_then(|one| one.parameters.as_ref());
        let parameters = parameters.ok_or_else(|| Error::invalid("task.parameters", "is required"))?;
        let kind: std::sync::Arc<dyn Kind> = (self.kinds.of)(parameters);
        kind.permit(principal)?;
        check(&new.message)?;
        kind.check(&self.services, caller).await?;
        let now = self.now();
        let due_at = new.message.start_time.as_ref().map_or(now, |start| millis(start).max(now));
        let mut message = pb::Task {
            id: id(&principal.user_id, new.request_id.as_deref()),
            kind: kind.name().to_owned(),
            owner: principal.username.clone(),
            create_time: Some(from_millis(now)),
            schedule: new.schedule,
            parent: new.parent,
            ..new.message
        };
        message.set_state(TaskState::Pending);
        if message.max_attempts == 0 {
            message.max_attempts = i32::try_from(self.settings.max_attempts).unwrap_or(MAX_ATTEMPTS);
        }
        let key_id = match &principal.credential {
            Credential::Key(id) => id.clone(),
            Credential::Session(_)
            | Credential::Certificate(_)
            | Credential::External(_)
            | Credential::None => String::new(),
        };
        let owner_id = principal.user_id.clone();
        let mut task = Task { message, owner_id, key_id, due_at, ..Task::default() };
        match self.store().add_task(&task, self.settings.max_per_owner).await? {
            Added::New(revision) => {
                task.message.revision = revision;
                Ok((task.message, false))
            }
            Added::Exists(known) => Ok((known.message, true)),
            Added::Full => Err(Error::TaskLimitExceeded { limit: self.settings.max_per_owner }),
        }
    }
}

/// The same for the same call, so that one that is repeated finds its task.
fn id(owner_id: &str, request_id: Option<&str>) -> String {
    let Some(request_id) = request_id else { return uuid::Uuid::new_v4().simple().to_string() };
    let digest = Sha256::new().chain_update(owner_id).chain_update(" ").chain_update(request_id).finalize();
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses what is out of bounds, and what is the gateway's to set.
fn check(task: &pb::Task) -> Result<(), Error> {
    let set = [
        ("task.id", !task.id.is_empty()),
        ("task.kind", !task.kind.is_empty()),
        ("task.state", task.state != 0),
        ("task.parent", !task.parent.is_empty()),
        ("task.schedule", !task.schedule.is_empty()),
        ("task.owner", !task.owner.is_empty()),
        ("task.progress", task.progress.is_some()),
        ("task.attempts", !task.attempts.is_empty()),
        ("task.attempt_count", task.attempt_count != 0),
        ("task.result", task.result.is_some()),
        ("task.error", task.error.is_some()),
        ("task.create_time", task.create_time.is_some()),
        ("task.first_start_time", task.first_start_time.is_some()),
        ("task.end_time", task.end_time.is_some()),
        ("task.next_attempt_time", task.next_attempt_time.is_some()),
        ("task.cancel_requested", task.cancel_requested),
        ("task.pause_requested", task.pause_requested),
        ("task.revision", task.revision != 0),
    ];
    if let Some((field, _)) = set.into_iter().find(|(_, is_set)| *is_set) {
        return Err(Error::invalid(field, "is for the gateway to set; leave it out"));
    }
    if !PRIORITIES.contains(&task.priority) {
        return Err(Error::invalid("task.priority", "must be between -100 and 100"));
    }
    if !(0..=MAX_ATTEMPTS).contains(&task.max_attempts) {
        return Err(Error::invalid("task.max_attempts", "must be between 0 and 100"));
    }
    if task.unique_key.chars().count() > MAX_KEY {
        return Err(Error::invalid("task.unique_key", "must have at most 128 characters"));
    }
    check_labels(&task.labels)
}

fn check_labels(labels: &HashMap<String, String>) -> Result<(), Error> {
    if labels.len() > MAX_LABELS {
        return Err(Error::invalid("task.labels", "must be at most 16"));
    }
    let fits = |text: &String| text.chars().count() <= MAX_LABEL && !text.chars().any(char::is_control);
    if labels.iter().any(|(name, value)| name.is_empty() || !fits(name) || !fits(value)) {
        return Err(Error::invalid(
            "task.labels",
            "names and values must have at most 64 characters, names at least 1",
        ));
    }
    Ok(())
}
