//! What came of an export.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use dataset::{Completeness, Sample};
use indicatif::{HumanBytes, HumanCount};
use sncgate_client::ExportReport;

use super::Reading;
use crate::cli::progress::say;

/// Values that are shown to people.
const SHOWN: usize = 3;

pub(super) fn completeness(reading: &Reading<'_>, came: ExportReport) -> Completeness {
    let sample = |value: sncgate_client::UnparsedValue| Sample {
        column: value.column,
        sys_id: value.sys_id,
        text: value.text,
    };
    let report = Completeness {
        rows_expected: reading.plan.expected(),
        rows_read: came.rows,
        partitions: reading.plan.parts() as u64,
        requests: came.requests,
        retries: came.retries,
        bytes: came.bytes,
        unparsed: came.unparsed,
        unparsed_samples: came.unparsed_samples.into_iter().map(sample).collect(),
        ..Completeness::default()
    };
    report.after(reading.started.elapsed().as_secs_f64())
}

/// For people, on stderr.
pub(super) fn tell(what: &str, reading: &Reading<'_>, report: &Completeness, bytes: Option<u64>) {
    let size = bytes.map_or_else(String::new, |bytes| format!(", {}", HumanBytes(bytes)));
    say(&format!(
        "{what}: {} rows, {} columns{size} in {:.1} s ({} rows/s, {} requests, {} retries)",
        HumanCount(report.rows_read),
        reading.plan.schema().fields().len(),
        report.seconds,
        HumanCount(report.rows_per_second as u64),
        report.requests,
        report.retries,
    ));
    if report.rows_hidden > 0 {
        let missing = HumanCount(report.rows_hidden);
        say(&format!(
            "{missing} rows were counted but not read: access rules hide them, or they are gone meanwhile"
        ));
    }
    if report.unparsed > 0 {
        let values = report.unparsed;
        say(&format!("{values} values are not of their column's type, and are null; for example:"));
        for value in report.unparsed_samples.iter().take(SHOWN) {
            say(&format!("  {} of {}: {:?}", value.column, value.sys_id, value.text));
        }
    }
}

/// For programs, as JSON.
pub(super) fn write(file: Option<&Path>, report: &Completeness) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    if file == Path::new("-") {
        return Ok(std::io::stdout().write_all(text.as_bytes())?);
    }
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
