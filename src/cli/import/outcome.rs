//! What became of rows, for people and programs.

use std::collections::BTreeMap;
use std::fmt;

use sncgate_client::pb::{ImportRowResult, Transform, TransformStatus};

use crate::cli::output::{Cell, Column};

pub(super) fn columns() -> Vec<Column> {
    Column::all(&["row", "outcome", "table", "sys_id", "display_value", "message"])
}

/// One line for each transform map; one for a row that none took.
pub(super) fn lines(result: ImportRowResult) -> Vec<Vec<Cell>> {
    let row = result.index.saturating_add(1); // people count from 1
    if let Some(error) = result.error {
        return vec![line(row, "failed", Transform { message: error.message, ..Default::default() })];
    }
    if result.transforms.is_empty() {
        return vec![line(row, "loaded", Transform::default())];
    }
    result.transforms.into_iter().map(|transform| line(row, name(transform.status()), transform)).collect()
}

fn line(row: i64, outcome: &str, transform: Transform) -> Vec<Cell> {
    vec![
        Cell::Number(row),
        Cell::Text(outcome.to_owned()),
        Cell::Text(transform.table),
        Cell::Text(transform.sys_id),
        Cell::Text(transform.display_value),
        Cell::Text(transform.message),
    ]
}

fn name(status: TransformStatus) -> &'static str {
    match status {
        TransformStatus::Inserted => "inserted",
        TransformStatus::Updated => "updated",
        TransformStatus::Ignored => "ignored",
        TransformStatus::Skipped => "skipped",
        TransformStatus::Error => "failed",
        TransformStatus::Unspecified => "unknown",
    }
}

/// How many rows ended how. A row counts as what its worst map did.
#[derive(Default)]
pub(super) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(super) fn add(&mut self, result: &ImportRowResult) {
        let outcomes: Vec<_> = result.transforms.iter().map(|transform| name(transform.status())).collect();
        let outcome = match outcomes.first() {
            _ if result.error.is_some() || outcomes.contains(&"failed") => "failed",
            Some(first) => first,
            None => "loaded",
        };
        *self.0.entry(outcome).or_default() += 1;
    }

    pub(super) fn rows(&self) -> u64 {
        self.0.values().sum()
    }

    pub(super) fn failed(&self) -> u64 {
        self.0.get("failed").copied().unwrap_or(0)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.rows())?;
        for (place, (outcome, rows)) in self.0.iter().enumerate() {
            write!(f, "{}{rows} {outcome}", if place == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sncgate_client::pb::OperationError;

    use super::*;

    #[test]
    fn a_row_counts_as_the_worst_that_became_of_it() {
        let row = |statuses: &[TransformStatus]| ImportRowResult {
            transforms: statuses
                .iter()
                .map(|status| Transform { status: (*status).into(), ..Default::default() })
                .collect(),
            ..Default::default()
        };
        let refused = ImportRowResult { error: Some(OperationError::default()), ..Default::default() };
        let (inserted, error) = (TransformStatus::Inserted, TransformStatus::Error);
        let mut counts = Counts::default();
        for result in [row(&[inserted]), row(&[inserted, error]), row(&[]), refused, row(&[inserted])] {
            counts.add(&result);
        }
        assert_eq!(counts.to_string(), "5 rows: 2 failed, 2 inserted, 1 loaded");
        assert_eq!((counts.rows(), counts.failed()), (5, 2));
        assert_eq!(Counts::default().to_string(), "0 rows");
    }
}
