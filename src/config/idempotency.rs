//! `[idempotency]`: how long and how many request ids are remembered.

use std::time::Duration;

use serde::Serialize;

use super::duration;
use super::section::Section;

/// How long and how many request ids are remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Idempotency {
    /// From the first call with an id.
    #[serde(serialize_with = "duration::serialize")]
    pub window: Duration,
    /// Beyond this the oldest are forgotten before their time.
    pub max_request_ids: usize,
}

impl Default for Idempotency {
    fn default() -> Self {
        Self { window: Duration::from_secs(24 * 3600), max_request_ids: 1_000_000 }
    }
}

impl Idempotency {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let default = Self::default();
        let idempotency = Self {
            window: section.take("window").unwrap_or(default.window),
            max_request_ids: section.take("max_request_ids").unwrap_or(default.max_request_ids),
        };
        section.finish();
        idempotency
    }
}
