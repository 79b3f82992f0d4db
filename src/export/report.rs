//! What an export came to.

use columnar::Unparsed;
use dataset::{Completeness, Sample};
use serde::{Deserialize, Serialize};
use servicenow::Effort;

/// What was read, and what it took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Rows that came.
    pub rows: u64,
    /// Requests to the instance, repeated ones included.
    pub requests: u64,
    /// Those that were repeated after a failure.
    pub retries: u64,
    /// Bytes of JSON that the instance sent.
    pub bytes: u64,
    /// Values that were not of their column's type, and are null.
    pub unparsed: u64,
    /// Some of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unparsed_samples: Vec<Sample>,
}

/// How many samples a report has.
const SAMPLES: usize = 10;

impl Report {
    pub(super) fn add(&mut self, rows: u64, unparsed: Unparsed) {
        self.rows += rows;
        self.unparsed += unparsed.count;
        let room = SAMPLES.saturating_sub(self.unparsed_samples.len());
        let samples = unparsed.samples.into_iter().take(room);
        self.unparsed_samples.extend(samples.map(|value| Sample {
            column: value.column,
            sys_id: value.sys_id,
            text: value.text,
        }));
    }

    /// Adds what another reading took, but not its rows.
    pub(super) fn spend_as(&mut self, other: &Report) {
        self.requests += other.requests;
        self.retries += other.retries;
        self.bytes += other.bytes;
    }

    pub(super) fn spend(&mut self, effort: Effort) {
        self.requests += effort.requests;
        self.retries += effort.retries;
        self.bytes += effort.bytes;
    }

    /// Adds another range's.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.requests += other.requests;
        self.retries += other.retries;
        self.bytes += other.bytes;
        self.unparsed += other.unparsed;
        self.unparsed_samples.extend(other.unparsed_samples.iter().cloned());
        self.unparsed_samples.truncate(SAMPLES);
    }

    /// What it says of a whole of so many ranges.
    pub fn completeness(self, expected: u64, ranges: u64) -> Completeness {
        Completeness {
            rows_expected: expected,
            rows_read: self.rows,
            partitions: ranges,
            requests: self.requests,
            retries: self.retries,
            bytes: self.bytes,
            unparsed: self.unparsed,
            unparsed_samples: self.unparsed_samples,
            ..Completeness::default()
        }
    }
}
