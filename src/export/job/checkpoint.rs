//! What of a job is done, and what it was when it began.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use columnar::Columns;
use dataset::{Column, Completeness, Part};
use serde::{Deserialize, Serialize};

use crate::access::Guard;
use crate::error::Error;
use crate::export::since::{self, Asked, OVERLAP, Since};
use crate::export::{self, Range, Report, Spec};

/// How far a job is. It can be stored; it holds no rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The run's name, part of each part's.
    pub run: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// Rows that matched then, hidden ones included.
    pub expected: u64,
    /// Where the next increment begins; none where the table has no `sys_updated_on` that the caller may use.
    #[serde(default)]
    pub cursor: Option<String>,
    /// All ranges, by their number from 0.
    pub ranges: Vec<Range>,
    /// What is read. Fields are spelled out: what the dictionary gains meanwhile is not part of this run. Of an increment
    /// it has the window of time.
    pub spec: Spec,
    /// The columns that they make.
    pub columns: Vec<Column>,
    /// Ranges that are whole at the destination.
    #[serde(default)]
    pub done: BTreeMap<u32, Done>,
}

/// A range that is whole at the destination.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Done {
    /// Its parts; none where it had no rows.
    pub parts: Vec<Part>,
    /// What it came to.
    pub report: Report,
}

impl Checkpoint {
    /// Plans a new run: of all rows, or of those that changed since a cursor or moment.
    pub(super) async fn begin(guard: &Guard, spec: &Spec, since: &str) -> Result<Self, Error> {
        let started = Utc::now();
        let fingerprint = spec.fingerprint(guard.instance.name());
        let since = if since.is_empty() { None } else { Some(Since::read(since, &fingerprint)?) };
        let most = None;
        let asked = Asked { since, overlap: OVERLAP, most, fingerprint, now: started.timestamp() };
        let planned = since::plan(guard, spec.clone(), asked).await?;
        let plan = planned.plan;
        let mut spec = plan.spec;
        if spec.fields.is_empty() {
            spec.fields = plan.columns.fields().to_vec();
        }
        Ok(Self {
            run: uuid::Uuid::new_v4().simple().to_string()[..12].to_owned(),
            started,
            expected: plan.expected,
            cursor: planned.cursor.map(|cursor| cursor.encode()),
            spec,
            columns: described(&plan.columns),
            ranges: plan.ranges,
            done: BTreeMap::new(),
        })
    }

    /// The columns, which must be those with which the run began: parts of one dataset are alike.
    pub(super) async fn columns(&self, guard: &Guard) -> Result<Arc<Columns>, Error> {
        let columns = export::columns(guard, &self.spec).await?;
        if described(&columns) == self.columns {
            return Ok(columns);
        }
        Err(Error::invalid(
            "table",
            "its columns, or what of them the caller may see, have changed since the export began; begin anew",
        ))
    }

    /// Ranges that are not whole yet.
    pub(super) fn todo(&self) -> Vec<(u32, Range)> {
        let numbered = (0..).zip(&self.ranges);
        let missing = numbered.filter(|(number, _)| !self.done.contains_key(number));
        missing.map(|(number, range)| (number, range.clone())).collect()
    }

    /// The parts so far, in the order of their rows.
    pub fn parts(&self) -> Vec<Part> {
        self.done.values().flat_map(|done| done.parts.iter().cloned()).collect()
    }

    /// What came of it so far, without times.
    pub fn report(&self) -> Completeness {
        let mut whole = Report::default();
        for done in self.done.values() {
            whole.merge(&done.report);
        }
        whole.completeness(self.expected, self.ranges.len() as u64)
    }
}

fn described(columns: &Columns) -> Vec<Column> {
    let column = |column: &columnar::Column| Column {
        name: column.name.clone(),
        data_type: column.kind.data_type().to_string(),
    };
    columns.iter().map(column).collect()
}
