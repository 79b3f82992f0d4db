//! What became of many operations: each result as it comes, or those that failed and a summary.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use sncgate_client::pb::operation_result::Outcome;
use sncgate_client::{ErrorReason, OperationError, OperationResult, Record};

use super::args::Format;
use super::connect::Session;
use super::output::{Cell, Column, Rows};

/// The results of one command.
pub(crate) struct Results {
    out: Rows<std::io::BufWriter<std::io::Stdout>>,
    /// A table is for people, who look for what went wrong.
    only_failures: bool,
    done: u64,
    failed: u64,
}

impl Results {
    pub(crate) fn new(session: &Session) -> Self {
        let only_failures = session.format() == Format::Table;
        let mut columns = Column::all(&["id", "outcome", "sys_id", "reason", "message"]);
        if !only_failures {
            columns.push(Column::nested("fields"));
        }
        Self { out: session.rows(columns), only_failures, done: 0, failed: 0 }
    }

    pub(crate) fn add(&mut self, result: OperationResult) -> Result<()> {
        let failed = !matches!(result.outcome, Some(Outcome::Record(_) | Outcome::Deleted(())));
        self.done += u64::from(!failed);
        self.failed += u64::from(failed);
        if failed || !self.only_failures {
            let mut row = row(result);
            if self.only_failures {
                row.pop();
            }
            self.out.write(&[row])?;
        }
        Ok(())
    }

    /// Ends the rows, says how many succeeded, and fails where one did not. `done` is what those are that succeeded.
    #[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
    pub(crate) fn finish(self, done: &str) -> Result<()> {
        if self.failed > 0 || !self.only_failures {
            self.out.finish()?;
        }
        eprintln!("{} {done}, {} failed", self.done, self.failed);
        match self.failed {
            0 => Ok(()),
            failed => bail!("{failed} of {} operations failed", self.done + failed),
        }
    }
}

fn row(result: OperationResult) -> Vec<Cell> {
    let id = Cell::Text(result.id.clone());
    match result.into_result() {
        Ok(Some(record)) => {
            let sys_id = Cell::Text(record.sys_id.clone());
            vec![id, text("ok"), sys_id, Cell::Missing, Cell::Missing, fields(record)]
        }
        Ok(None) => vec![id, text("deleted"), Cell::Missing, Cell::Missing, Cell::Missing, Cell::Missing],
        Err(error) => {
            let reason = text(reason(&error));
            vec![id, text("error"), Cell::Missing, reason, Cell::Text(error.message), Cell::Missing]
        }
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn reason(error: &OperationError) -> &'static str {
    match error.reason() {
        ErrorReason::Unspecified => "",
        reason => reason.as_str_name().trim_start_matches("ERROR_REASON_"),
    }
}

fn fields(record: Record) -> Cell {
    let fields: BTreeMap<String, String> = record
        .fields
        .into_iter()
        .map(|(name, field)| (name, if field.value.is_empty() { field.display_value } else { field.value }))
        .collect();
    Cell::Nested(fields.into_iter().collect())
}
