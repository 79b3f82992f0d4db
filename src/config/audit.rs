//! `[audit]`: how much of the audit log is kept.

use std::time::Duration;

use serde::Serialize;

use super::duration;
use super::section::Section;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How much of the audit log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Older events are dropped.
    #[serde(serialize_with = "duration::serialize")]
    pub keep: Duration,
    /// The oldest are dropped beyond this.
    pub max_events: usize,
}

impl Default for Audit {
    fn default() -> Self {
        Self { keep: DAY * 365, max_events: 10_000_000 }
    }
}

impl Audit {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let default = Self::default();
        let audit = Self {
            keep: section.take("keep").unwrap_or(default.keep),
            max_events: section.take("max_events").unwrap_or(default.max_events),
        };
        if audit.keep < DAY {
            let fix = "Lengthen it: what was done must be there when it is looked for.";
            section.problem("keep", "shorter than a day", fix);
        }
        if audit.max_events < 1000 {
            section.problem("max_events", "fewer than 1000", "Raise it: one busy minute makes as many.");
        }
        section.finish();
        audit
    }
}
