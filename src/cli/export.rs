//! `sncgate export`: a file, stdout, or a dataset.

mod lake;
mod report;
mod since;
mod single;
mod target;

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use columnar::file::{Options, RowGroup};
use indicatif::{HumanBytes, ProgressBar};
use sncgate_client::{ExportPart, ExportPlan, ExportReport};

use super::args;
use super::connect::Session;
use super::exit::Usage;
use super::progress;

/// Where a Parquet file says that its export stopped.
const CURSOR: &str = "sncgate.cursor";

/// An export that is being read.
struct Reading<'a> {
    plan: ExportPlan,
    arguments: &'a args::Export,
    bar: ProgressBar,
    started: Instant,
}

pub(crate) async fn run(session: &Session, arguments: args::Export) -> Result<()> {
    if let Some(since) = &arguments.since {
        return since::run(session, &arguments, since, request(&arguments)).await;
    }
    let file = arguments.file();
    let is_dataset = is_dataset(file)?;
    if !is_dataset && arguments.dataset.is_asked_for() {
        let text = "a single file has no parts: end the name with / to write a dataset, or leave the options of datasets out";
        return Err(Usage(text.into()).into());
    }
    if is_dataset { lake::run(session, &arguments).await } else { single::run(session, &arguments).await }
}

/// What ends with a slash, is a folder, or lies in S3.
fn is_dataset(file: &Path) -> Result<bool> {
    let text = file.to_string_lossy();
    let s3 = text.starts_with("s3://");
    if s3 && columnar::file::Format::of_path(file).is_some() {
        let text =
            "s3:// addresses name a prefix, below which a dataset is written: leave the file's name out";
        return Err(Usage(text.into()).into());
    }
    Ok(s3 || text.ends_with('/') || file.is_dir())
}

fn request(arguments: &args::Export) -> sncgate_client::Export {
    sncgate_client::Export {
        query: arguments.rows.to_encoded(),
        fields: arguments.fields.clone(),
        types: arguments.types.into(),
        display: arguments.display.into(),
        ..sncgate_client::Export::of(&arguments.rows.table)
    }
}

/// How files are written. They say what they are, and where the next increment begins.
fn options(session: &Session, arguments: &args::Export, plan: &ExportPlan) -> Options {
    let mut row_group = RowGroup::default();
    if let Some(rows) = arguments.row_group.and_then(|rows| usize::try_from(rows).ok()) {
        row_group.rows = rows;
    }
    let mut metadata = vec![
        ("sncgate.table".to_owned(), arguments.rows.table.clone()),
        ("sncgate.query".to_owned(), arguments.rows.to_encoded()),
    ];
    let cursor = plan.cursor(&ExportReport::default());
    metadata.extend(cursor.map(|cursor| (CURSOR.to_owned(), cursor)));
    Options { compression: arguments.compression, metadata, no_header: session.no_header(), row_group }
}

impl<'a> Reading<'a> {
    async fn begin(session: &Session, arguments: &'a args::Export) -> Result<Self> {
        let plan = session.client.export(&request(arguments)).await?;
        let bar = progress::export(plan.expected());
        Ok(Self { plan, arguments, bar, started: Instant::now() })
    }

    fn parallel(&self) -> usize {
        usize::from(self.arguments.parallel)
    }

    /// Shows rows that came, and how many bytes all have come to by the second.
    fn show(&self, rows: usize, bytes: usize) {
        self.bar.inc(rows as u64);
        // The message's own number is the sum so far: a bar has room for one count only.
        let sum = self.bar.prefix().parse::<u64>().unwrap_or(0) + bytes as u64;
        self.bar.set_prefix(sum.to_string());
        let rate = sum as f64 / self.started.elapsed().as_secs_f64();
        self.bar.set_message(format!("{}/s", HumanBytes(rate as u64)));
    }

    /// The report of a part that came to its end; under `--strict` only where every value was of its column's type.
    fn ended(&self, part: &ExportPart) -> Result<ExportReport> {
        let report = part.report().cloned().unwrap_or_default();
        match report.unparsed_samples.first() {
            Some(value) if self.arguments.strict => bail!(
                "{} of {} is {:?}, which is not of the column's type; leave --strict out to have it as null, or say --types string; nothing was written",
                value.column,
                value.sys_id,
                value.text
            ),
            _ => Ok(report),
        }
    }
}
