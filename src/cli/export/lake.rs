//! All rows into a dataset: a part or more for each range, then the manifest.

use anyhow::{Context, Result, anyhow};
use columnar::file::Format;
use dataset::{Dataset, Layout, Part, Place, S3, Source, Written};
use futures::stream::{self, StreamExt};
use sncgate_client::{ExportPlan, ExportReport};
use tokio_util::sync::CancellationToken;

use super::{Reading, options, report, request};
use crate::cli::args;
use crate::cli::connect::Session;

pub(super) async fn run(session: &Session, arguments: &args::Export) -> Result<()> {
    let place = place(arguments)?;
    let reading = Reading::begin(session, arguments).await?;
    let layout = layout(session, arguments, &reading.plan);
    let run = uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
    let schema = reading.plan.schema().clone();
    let replace = arguments.dataset.replace;
    let dataset = Dataset::open(place.clone(), layout, schema, &run, replace).await.map_err(advised)?;

    let written = write_all(&reading, &dataset).await;
    reading.bar.finish_and_clear();
    let finished = match written {
        Ok((parts, came)) => finish(&reading, &dataset, parts, came).await,
        Err(error) => Err(error),
    };
    if let Err(error) = finished {
        // What was written makes no whole: the next attempt has names of its own.
        if let Err(left) = dataset::discard(&place, &run).await {
            return Err(
                error.context(format!("the export failed, and parts named {run} may be left: {left}"))
            );
        }
        return Err(error);
    }
    Ok(())
}

async fn finish(
    reading: &Reading<'_>,
    dataset: &Dataset,
    parts: Vec<Part>,
    came: ExportReport,
) -> Result<()> {
    let arguments = reading.arguments;
    let cursor = reading.plan.cursor(&came);
    let report = report::completeness(reading, came);
    let asked = request(arguments);
    let source = Source { table: asked.table, query: asked.query, ..Source::default() };
    let written = Written { source, parts, report: report.clone(), cursor };
    let manifest = dataset.commit(written).await.context("the export was read, but not finished")?;
    let what = format!("{} ({} parts)", dataset.place().shown(), manifest.parts.len());
    report::tell(&what, reading, &report, Some(manifest.bytes));
    report::write(arguments.report.as_deref(), &report)
}

fn place(arguments: &args::Export) -> Result<Place> {
    let text = arguments.file().to_string_lossy();
    if !text.starts_with("s3://") {
        return Ok(Place::folder(arguments.file()));
    }
    let endpoint = arguments.dataset.s3_endpoint.clone();
    Ok(Place::s3(&text, &S3 { environment: true, endpoint, ..S3::default() })?)
}

fn layout(session: &Session, arguments: &args::Export, plan: &ExportPlan) -> Layout {
    let asked = &arguments.dataset;
    Layout {
        format: arguments.format.unwrap_or(Format::Parquet),
        options: options(session, arguments, plan),
        partition_by: asked.partition_by.clone(),
        part_rows: asked.part_rows.unwrap_or(u64::MAX),
        part_bytes: asked.part_bytes.unwrap_or(Layout::PART_BYTES),
    }
}

/// All ranges, several at once. After a failure the others end at their next batch.
async fn write_all(reading: &Reading<'_>, dataset: &Dataset) -> Result<(Vec<Part>, ExportReport)> {
    let stop = CancellationToken::new();
    let ranges = (0..reading.plan.parts()).map(|number| write(reading, dataset, number, &stop));
    let mut ranges = stream::iter(ranges).buffer_unordered(reading.parallel());
    let (mut parts, mut came, mut failure) = (Vec::new(), ExportReport::default(), None);
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let range = tokio::select! {
            range = ranges.next() => range,
            _ = &mut interrupt, if failure.is_none() => {
                stop.cancel();
                failure = Some(anyhow!("interrupted; nothing was left"));
                continue;
            }
        };
        match range {
            Some(Ok((written, report))) => {
                parts.extend(written);
                came.merge(&report);
            }
            Some(Err(error)) => {
                stop.cancel();
                failure.get_or_insert(error);
            }
            None => break,
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    parts.sort_by(|one: &Part, other| (one.range, &one.path).cmp(&(other.range, &other.path)));
    Ok((parts, came))
}

async fn write(
    reading: &Reading<'_>,
    dataset: &Dataset,
    number: usize,
    stop: &CancellationToken,
) -> Result<(Vec<Part>, ExportReport)> {
    let mut writer = dataset.range(u32::try_from(number).context("there are too many ranges")?)?;
    let copied = async {
        let mut part = reading.plan.part(number).await?;
        while let Some(batch) = part.next_batch().await? {
            reading.show(batch.num_rows(), batch.get_array_memory_size());
            writer.write(batch).await?;
        }
        reading.ended(&part)
    };
    let copied = tokio::select! {
        copied = copied => copied,
        () = stop.cancelled() => Err(anyhow!("another range failed")),
    };
    match copied {
        Ok(report) => Ok((writer.finish().await?, report)),
        Err(error) => {
            writer.give_up().await;
            Err(error)
        }
    }
}

/// What to do about a place that is taken.
fn advised(error: dataset::Error) -> anyhow::Error {
    match error {
        dataset::Error::Occupied(place) => anyhow!(
            "{place} holds an export already: name another place, or give --replace to put this one in its place"
        ),
        other => other.into(),
    }
}
