//! All rows into one file, or to stdout.

use std::path::Path;

use anyhow::{Result, bail};
use arrow_array::RecordBatch;
use columnar::file::Format;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use sncgate_client::ExportReport;
use tokio::sync::mpsc;

use super::target::{self, Target};
use super::{Reading, options, report};
use crate::cli::args;
use crate::cli::connect::Session;
use crate::cli::exit::Usage;

/// Batches that wait for the disk.
const AHEAD: usize = 4;

/// What comes from the parts of an export.
enum Step {
    Rows(RecordBatch),
    Ended(ExportReport),
}

pub(super) async fn run(session: &Session, arguments: &args::Export) -> Result<()> {
    let format = format(arguments)?;
    let reading = Reading::begin(session, arguments).await?;
    let target = Target::open(
        arguments.file(),
        format,
        reading.plan.schema(),
        &options(session, arguments, &reading.plan),
    )?;
    let (send, batches) = mpsc::channel(AHEAD);
    let writing = tokio::task::spawn_blocking(move || target.write(batches));

    // Where nobody takes batches any more, the writing failed: its own error is the one to tell.
    let came = tokio::select! {
        came = pass_on(&reading, send) => came,
        _ = tokio::signal::ctrl_c() => bail!("interrupted; no file was written"),
    };
    reading.bar.finish_and_clear();
    // A broken export must not end as a file: dropping the channel would look like its end.
    let came = match came {
        Ok(came) => came,
        Err(error) => {
            writing.abort();
            return Err(error);
        }
    };
    let bytes = writing.await??;
    let report = report::completeness(&reading, came);
    report::tell(&arguments.file().display().to_string(), &reading, &report, bytes);
    report::write(arguments.report.as_deref(), &report)
}

fn format(arguments: &args::Export) -> Result<Format> {
    let known = arguments.format.or_else(|| Format::of_path(arguments.file()));
    if arguments.file() == Path::new("-") && arguments.report.as_deref() == Some(Path::new("-")) {
        return Err(Usage("the rows and the report cannot both go to stdout".into()).into());
    }
    Ok(known.ok_or_else(|| {
        Usage(
            "the file's name says no format: end it in .parquet, .arrow, .csv or .ndjson, give --format, or end it with / to write a dataset"
                .into(),
        )
    })?)
}

/// The rows of all parts, several of them read at once.
fn steps<'a>(reading: &'a Reading<'_>) -> impl Stream<Item = Result<Step>> + Unpin + 'a {
    let parts = stream::iter(0..reading.plan.parts()).map(move |number| {
        let part = async move { Ok::<_, anyhow::Error>(part(reading, reading.plan.part(number).await?)) };
        stream::once(part).try_flatten().boxed_local()
    });
    parts.flatten_unordered(reading.parallel())
}

fn part<'a>(
    reading: &'a Reading<'_>,
    part: sncgate_client::ExportPart,
) -> impl Stream<Item = Result<Step>> + 'a {
    stream::try_unfold(Some(part), move |part| async move {
        let Some(mut part) = part else { return Ok(None) };
        match part.next_batch().await? {
            Some(batch) => Ok(Some((Step::Rows(batch), Some(part)))),
            None => Ok(Some((Step::Ended(reading.ended(&part)?), None))),
        }
    })
}

async fn pass_on(reading: &Reading<'_>, send: mpsc::Sender<target::Message>) -> Result<ExportReport> {
    let mut report = ExportReport::default();
    let mut steps = steps(reading);
    while let Some(step) = steps.try_next().await? {
        match step {
            Step::Rows(batch) => {
                reading.show(batch.num_rows(), batch.get_array_memory_size());
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
