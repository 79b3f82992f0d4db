//! `[tasks]`: work in the background.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::duration;
use super::section::Section;

/// The kinds of tasks, by the names that the contract gives them.
pub const KINDS: [&str; 6] =
    ["export", "bulk_update", "bulk_delete", "import", "attachment_copy", "clean_up"];

/// Work in the background.
#[derive(Clone, Debug, Serialize)]
pub struct Tasks {
    /// Most tasks that this gateway runs at once. 0: it runs none, and others on the same store do.
    pub workers: usize,
    /// How long a task is a gateway's that does not say that it still has it.
    #[serde(serialize_with = "duration::serialize")]
    pub lease: Duration,
    /// How often the store is looked at for what became due; what is made here begins at once.
    #[serde(serialize_with = "duration::serialize")]
    pub poll_interval: Duration,
    /// Attempts of a task that names no number.
    pub max_attempts: u32,
    /// Before the second attempt; each further wait is twice as long.
    #[serde(serialize_with = "duration::serialize")]
    pub retry_delay: Duration,
    /// Longest wait before an attempt.
    #[serde(serialize_with = "duration::serialize")]
    pub max_retry_delay: Duration,
    /// How long finished tasks are kept.
    #[serde(serialize_with = "duration::serialize")]
    pub retention: Duration,
    /// Most unfinished tasks of one user.
    pub max_per_owner: usize,
    /// Most tasks of a kind that this gateway runs at once.
    pub at_once: BTreeMap<String, usize>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self {
            workers: 4,
            lease: Duration::from_secs(30),
            poll_interval: Duration::from_secs(1),
            max_attempts: 5,
            retry_delay: Duration::from_secs(2),
            max_retry_delay: Duration::from_secs(300),
            retention: Duration::from_secs(7 * 24 * 3600),
            max_per_owner: 1000,
            at_once: BTreeMap::new(),
        }
    }
}

impl Tasks {
    /// How often finished tasks are forgotten and all are counted.
    pub fn upkeep_interval(&self) -> Duration {
        Duration::from_secs(15)
    }

    pub(super) fn read(mut section: Section<'_>) -> Self {
        let default = Self::default();
        let at_once = read_at_once(section.section("at_once"));
        let tasks = Self {
            workers: section.take("workers").unwrap_or(default.workers),
            lease: section.take("lease").unwrap_or(default.lease),
            poll_interval: section.take("poll_interval").unwrap_or(default.poll_interval),
            max_attempts: section.take("max_attempts").unwrap_or(default.max_attempts),
            retry_delay: section.take("retry_delay").unwrap_or(default.retry_delay),
            max_retry_delay: section.take("max_retry_delay").unwrap_or(default.max_retry_delay),
            retention: section.take("retention").unwrap_or(default.retention),
            max_per_owner: section.take("max_per_owner").unwrap_or(default.max_per_owner),
            at_once,
        };
        tasks.check(&mut section);
        section.finish();
        tasks
    }

    fn check(&self, section: &mut Section<'_>) {
        if self.lease < Duration::from_secs(1) {
            section.problem(
                "lease",
                "shorter than a second",
                "Lengthen it: a busy gateway would lose its tasks.",
            );
        }
        if self.poll_interval < Duration::from_millis(10) {
            section.problem("poll_interval", "shorter than 10ms", "Lengthen it.");
        }
        if !(1..=100).contains(&self.max_attempts) {
            section.problem("max_attempts", "not between 1 and 100", "Write \"5\".");
        }
        if self.workers > 256 {
            section.problem(
                "workers",
                "more than 256",
                "Lower it: the instance's rate is what bounds the work.",
            );
        }
    }
}

fn read_at_once(mut section: Section<'_>) -> BTreeMap<String, usize> {
    let mut at_once = BTreeMap::new();
    for kind in KINDS {
        match section.take::<usize>(kind) {
            Some(0) => section.problem(kind, "0", "Write a number above 0, or leave the line out."),
            Some(most) => {
                at_once.insert(kind.to_owned(), most);
            }
            None => {}
        }
    }
    section.finish();
    at_once
}
