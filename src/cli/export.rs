//! `sncgate export`.

mod since;
mod target;

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use arrow_array::RecordBatch;
use columnar::file::{Format, Options};
use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use sncgate_client::{ExportPlan, ExportReport};
use tokio::sync::mpsc;

use super::args;
use super::connect::Session;
use super::exit::Usage;
use super::progress;
use target::Target;

/// Where a Parquet file says that its export stopped.
const CURSOR: &str = "sncgate.cursor";
/// Batches that wait for the disk.
const AHEAD: usize = 4;

/// What comes from the parts of an export.
enum Step {
    Rows(RecordBatch),
    Ended(ExportReport),
}

pub(crate) async fn run(session: &Session, arguments: args::Export) -> Result<()> {
    if let Some(since) = &arguments.since {
        return since::run(session, &arguments, since, request(&arguments)).await;
    }
    let format = format(&arguments)?;
    let plan = session.client.export(&request(&arguments)).await?;
    let mut metadata = vec![
        ("sncgate.table".to_owned(), arguments.rows.table.clone()),
        ("sncgate.query".to_owned(), arguments.rows.to_encoded()),
    ];
    let cursor = plan.cursor(&ExportReport::default());
    metadata.extend(cursor.map(|cursor| (CURSOR.to_owned(), cursor)));
    let options = Options {
        compression: arguments.compression,
        metadata,
        no_header: session.no_header(),
        ..Options::default()
    };
    let target = Target::open(arguments.file(), format, plan.schema(), &options)?;
    let (send, batches) = mpsc::channel(AHEAD);
    let writing = tokio::task::spawn_blocking(move || target.write(batches));

    let started = Instant::now();
    let bar = progress::export(plan.expected());
    let steps = steps(&plan, usize::from(arguments.parallel));
    // Where nobody takes batches any more, the writing failed: its own error is the one to tell.
    let report = tokio::select! {
        report = pass_on(steps, send, &bar) => report,
        _ = tokio::signal::ctrl_c() => bail!("interrupted; no file was written"),
    };
    bar.finish_and_clear();
    // A broken export must not end as a file: dropping the channel would look like its end.
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            writing.abort();
            return Err(error);
        }
    };
    let bytes = writing.await??;
    tell(arguments.file(), &plan, &report, bytes, started);
    Ok(())
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

fn format(arguments: &args::Export) -> Result<Format> {
    let known = arguments.format.or_else(|| Format::of_path(arguments.file()));
    Ok(known.ok_or_else(|| {
        Usage(
            "the file's name says no format: end it in .parquet, .arrow, .csv or .ndjson, or give --format"
                .into(),
        )
    })?)
}

/// The rows of all parts, several of them read at once.
fn steps(plan: &ExportPlan, parallel: usize) -> impl Stream<Item = Result<Step>> + Unpin + use<'_> {
    let parts = stream::iter(0..plan.parts()).map(move |number| {
        let part = async move { Ok::<_, anyhow::Error>(part(plan.part(number).await?)) };
        stream::once(part).try_flatten().boxed_local()
    });
    parts.flatten_unordered(parallel)
}

fn part(part: sncgate_client::ExportPart) -> impl Stream<Item = Result<Step>> {
    stream::try_unfold(Some(part), |part| async move {
        let Some(mut part) = part else { return Ok(None) };
        match part.next_batch().await? {
            Some(batch) => Ok(Some((Step::Rows(batch), Some(part)))),
            None => Ok(Some((Step::Ended(part.report().cloned().unwrap_or_default()), None))),
        }
    })
}

async fn pass_on(
    mut steps: impl Stream<Item = Result<Step>> + Unpin,
    send: mpsc::Sender<target::Message>,
    bar: &ProgressBar,
) -> Result<ExportReport> {
    let mut report = ExportReport::default();
    let (started, mut bytes) = (Instant::now(), 0.0);
    while let Some(step) = steps.try_next().await? {
        match step {
            Step::Rows(batch) => {
                bar.inc(batch.num_rows() as u64);
                bytes += batch.get_array_memory_size() as f64;
                bar.set_message(format!(
                    "{}/s",
                    HumanBytes((bytes / started.elapsed().as_secs_f64()) as u64)
                ));
                if send.send(target::Message::Rows(batch)).await.is_err() {
                    return Ok(report);
                }
            }
            Step::Ended(part) => report.merge(&part),
        }
    }
    // Only this makes a whole of what was written.
    let _ = send.send(target::Message::End).await;
    Ok(report)
}

/// What came of it, for people.
#[expect(clippy::print_stderr, reason = "stderr is for people")]
fn tell(file: &Path, plan: &ExportPlan, report: &ExportReport, bytes: Option<u64>, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    let size = bytes.map_or_else(String::new, |bytes| format!(", {}", HumanBytes(bytes)));
    eprintln!(
        "{}: {} rows, {} columns{size} in {seconds:.1} s ({} rows/s, {} requests, {} retries)",
        file.display(),
        HumanCount(report.rows),
        plan.schema().fields().len(),
        HumanCount((report.rows as f64 / seconds) as u64),
        report.requests,
        report.retries,
    );
    if report.rows < plan.expected() {
        let missing = HumanCount(plan.expected() - report.rows);
        eprintln!(
            "{missing} rows were counted but not read: access rules hide them, or they are gone meanwhile"
        );
    }
    if report.unparsed > 0 {
        eprintln!("{} values are not of their column's type, and are null; for example:", report.unparsed);
        for value in report.unparsed_samples.iter().take(3) {
            eprintln!("  {} of {}: {:?}", value.column, value.sys_id, value.text);
        }
    }
}
