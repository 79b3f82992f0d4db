//! `sncgate export --since`: an increment, as a folder beside those before it.
//!
//! `DIR/increments/000001` and so on hold `rows.parquet`, `deleted.parquet` and `increment.json` with the cursor for the
//! next one. A folder gets its name when all of it is there, so that whoever reads `increments/*` sees whole increments.

mod begin;
mod folder;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use columnar::file::{Format, Options, Part, Writer};
use indicatif::{HumanCount, ProgressBar};
use sncgate_client::{Export, ExportPlan, ExportReport, ExportStream};

use crate::cli::connect::Session;
use crate::cli::exit::Usage;
use crate::cli::{args, progress};
use begin::Begin;
use folder::{Folder, Increment};

/// Rows that changed.
const ROWS: &str = "rows.parquet";
/// What is gone.
const DELETED: &str = "deleted.parquet";

pub(crate) async fn run(
    session: &Session,
    arguments: &args::Export,
    since: &str,
    whole: Export,
) -> Result<()> {
    let folder = Folder::open(arguments.file())?;
    check(arguments)?;
    let begin = Begin::read(since, &folder)?;
    let work = write(session, arguments, &folder, begin, whole);
    tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => bail!("interrupted; no increment was written"),
    }
}

fn check(arguments: &args::Export) -> Result<()> {
    match arguments.format {
        None | Some(Format::Parquet) => Ok(()),
        Some(_) => Err(Usage("increments are Parquet files: leave --format out".to_owned()).into()),
    }
}

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
async fn write(
    session: &Session,
    arguments: &args::Export,
    folder: &Folder,
    begin: Begin,
    whole: Export,
) -> Result<()> {
    let changed = Export { since: begin.since().to_owned(), ..whole };
    let options = Options {
        compression: arguments.compression,
        metadata: vec![
            ("sncgate.table".to_owned(), changed.table.clone()),
            ("sncgate.query".to_owned(), changed.query.clone()),
        ],
        ..Options::default()
    };
    let begun = folder.begin()?;
    let rows = session.client.export(&changed).await?;
    let report = file(&rows, &begun.file(ROWS), &options).await?;
    let cursor = rows.cursor(&report);
    let cursor =
        cursor.context("the table has no sys_updated_on that you may read: export all of it each time")?;
    // After the rows: what is told to be gone is then true of them.
    let gone = match &begin {
        _ if arguments.no_deletes => 0,
        // Nothing is gone of nothing: an empty file, so that every increment has the same.
        Begin::Everything => nothing(&begun.file(DELETED), &options)?,
        Begin::After(_) => {
            let deletes = Export { stream: ExportStream::Deletes, ..changed.clone() };
            let plan = session.client.export(&deletes).await.context(NO_DELETES)?;
            file(&plan, &begun.file(DELETED), &options).await?.rows
        }
    };
    let (report, cursor) = (report.rows, cursor.as_str());
    let of = (changed.table.as_str(), changed.query.as_str());
    if report == 0 && gone == 0 && !matches!(begin, Begin::Everything) {
        eprintln!("{}: nothing changed", folder.path().display());
        return Ok(());
    }
    let deletes = !arguments.no_deletes;
    let path = begun.commit(&Increment { table: of.0, query: of.1, rows: report, gone, deletes, cursor })?;
    eprintln!("{}: {} rows, {} gone", path.display(), HumanCount(report), HumanCount(gone));
    Ok(())
}

const NO_DELETES: &str = "which rows are gone cannot be told; --no-deletes leaves that out";

/// A file without rows, with the columns that the gateway gives what is gone.
fn nothing(path: &Path, options: &Options) -> Result<u64> {
    let moment = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let columns = [("sys_id", DataType::Utf8), ("deleted_at", moment), ("reason", DataType::Utf8)];
    let columns: Vec<Field> =
        columns.into_iter().map(|(name, data_type)| Field::new(name, data_type, true)).collect();
    let part = Part::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let writer = Writer::new(Format::Parquet, &Arc::new(Schema::new(columns)), options, part)?;
    writer.finish()?.commit()?;
    Ok(0)
}

/// All rows of a plan as a file; gives what came of it.
async fn file(plan: &ExportPlan, path: &Path, options: &Options) -> Result<ExportReport> {
    let part = Part::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut writer = Writer::new(Format::Parquet, plan.schema(), options, part)?;
    let bar: ProgressBar = progress::export(plan.expected());
    let mut report = ExportReport::default();
    for number in 0..plan.parts() {
        let mut part = plan.part(number).await?;
        while let Some(batch) = part.next_batch().await? {
            bar.inc(batch.num_rows() as u64);
            writer.write(batch)?;
        }
        report.merge(part.report().context("a part that ended has a report")?);
    }
    bar.finish_and_clear();
    writer.finish()?.commit()?;
    Ok(report)
}
