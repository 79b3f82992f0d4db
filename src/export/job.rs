//! An export that becomes a dataset at a destination, and goes on where it was when its process was killed.
//!
//! A [`Job`] is what is wanted, and can be stored. Running it first makes a [`Checkpoint`]: the run's name, the ranges,
//! the columns. Each range that is whole at the destination is added to it, and the [`Watcher`] keeps it. Whoever runs
//! the job again with the last checkpoint reads the ranges that are missing, and ends with the same parts as if nothing
//! had been: a part depends on its range's rows only.
//!
//! It decides nothing about when to try again; that is for whoever runs it.

mod checkpoint;
mod progress;
mod settings;

use std::sync::Arc;
use std::time::Instant;

use columnar::Columns;
use dataset::{Dataset, Manifest, Place, Source, Written};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::destinations::failed;
use super::{Range, Reading, Spec};
use crate::access::Guard;
use crate::error::{Error, SinkError};

pub use checkpoint::{Checkpoint, Done};
pub use progress::{Progress, Watcher};
pub use settings::Settings;

use progress::Counters;

/// Ranges that are read at once unless something else is said; the instance's budget has the last word.
const AT_ONCE: usize = 4;

/// An export to a destination.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Which rows and columns.
    pub spec: Spec,
    /// How the dataset is cut and written.
    #[serde(default)]
    pub settings: Settings,
    /// Fail at the first value that is not of its column's type.
    #[serde(default)]
    pub strict: bool,
    /// Take the place of an export that lies there.
    #[serde(default)]
    pub replace: bool,
    /// Only rows that changed since then: a cursor of an earlier run of the same rows and columns, or a moment as RFC 3339
    /// writes it. Those of five minutes before come again. Empty for all rows.
    #[serde(default)]
    pub since: String,
    /// The user, by id, whose rights decide what is in it.
    #[serde(default)]
    pub owner: String,
}

impl Job {
    /// Runs to the end: reads what the checkpoint lacks, and makes a whole of it. Without a checkpoint it begins anew.
    ///
    /// # Errors
    /// What the instance, the guard, the destination or the watcher says. What is whole by then is in the last checkpoint;
    /// whoever does not go on from it calls [`Job::discard`]. [`Error::Draining`] where `stop` was cancelled.
    pub async fn run(
        &self,
        guard: &Guard,
        place: &Place,
        checkpoint: Option<Checkpoint>,
        watcher: &dyn Watcher,
        stop: &CancellationToken,
    ) -> Result<Manifest, Error> {
        let started = Instant::now();
        let begun = checkpoint.is_some();
        let mut checkpoint = match checkpoint {
            Some(checkpoint) => checkpoint,
            None => Checkpoint::begin(guard, &self.spec, &self.since).await?,
        };
        let columns = checkpoint.columns(guard).await?;
        let dataset = self.open(place, &columns, &checkpoint).await?;
        if let Some(manifest) = dataset.finished() {
            return Ok(manifest.clone());
        }
        if !begun {
            watcher.checkpoint(&checkpoint).await?;
        }
        self.read_all(guard, &dataset, &columns, &mut checkpoint, watcher, stop).await?;
        let written = Written {
            source: Source {
                instance: guard.instance.name().to_owned(),
                table: self.spec.table.to_string(),
                query: self.spec.query.to_string(),
                owner: self.owner.clone(),
                started: Some(checkpoint.started),
            },
            parts: checkpoint.parts(),
            report: checkpoint.report().after(started.elapsed().as_secs_f64()),
            cursor: checkpoint.cursor.clone(),
        };
        dataset.commit(written).await.map_err(|error| failed(place, error))
    }

    /// Takes back what a run has written that will not be finished. A run that was finished is left alone.
    ///
    /// # Errors
    /// What the destination says.
    pub async fn discard(&self, place: &Place, checkpoint: &Checkpoint) -> Result<(), Error> {
        dataset::discard(place, &checkpoint.run).await.map_err(|error| failed(place, error))
    }

    async fn open(
        &self,
        place: &Place,
        columns: &Columns,
        checkpoint: &Checkpoint,
    ) -> Result<Dataset, Error> {
        let layout = self.settings.layout(&self.spec)?;
        let schema = columns.schema().clone();
        let dataset = Dataset::open(place.clone(), layout, schema, &checkpoint.run, self.replace).await;
        dataset.map_err(|error| failed(place, error))
    }

    /// Reads the ranges that are not done, several at once, and notes each that is.
    async fn read_all(
        &self,
        guard: &Guard,
        dataset: &Dataset,
        columns: &Arc<Columns>,
        checkpoint: &mut Checkpoint,
        watcher: &dyn Watcher,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let halt = stop.child_token();
        let (spec, counters) = (checkpoint.spec.clone(), Counters::of(checkpoint));
        let todo: Vec<(u32, Range)> = checkpoint.todo();
        let (spec, counters, halted) = (&spec, &counters, &halt);
        let work = todo.into_iter().map(|(number, range)| async move {
            let reading = super::read(guard, spec, columns.clone(), &range, halted.clone()).await?;
            let done = self.write(dataset, number, reading, counters, watcher).await?;
            Ok::<_, Error>((number, done))
        });
        let mut work = stream::iter(work).buffer_unordered(AT_ONCE);
        let mut failure = None;
        // After a failure the other ranges end at their next page, and take back what is not whole.
        while let Some(range) = work.next().await {
            let noted = match range {
                Ok((number, done)) if failure.is_none() => {
                    checkpoint.done.insert(number, done);
                    counters.end_range();
                    watcher.progress(counters.read());
                    watcher.checkpoint(checkpoint).await
                }
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = noted {
                halt.cancel();
                failure.get_or_insert(error);
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// One range, to the end.
    async fn write(
        &self,
        dataset: &Dataset,
        number: u32,
        mut reading: Reading,
        counters: &Counters,
        watcher: &dyn Watcher,
    ) -> Result<Done, Error> {
        let told = |error| failed(dataset.place(), error);
        let mut writer = dataset.range(number).map_err(told)?;
        let copied = async {
            while let Some(batch) = reading.next().await {
                let batch = batch?;
                self.check(&reading)?;
                let rows = batch.num_rows() as u64;
                writer.write(batch).await.map_err(told)?;
                counters.add(rows, reading.report().bytes, number);
                watcher.progress(counters.read());
            }
            Ok(())
        };
        if let Err(error) = copied.await {
            writer.give_up().await;
            return Err(error);
        }
        let parts = writer.finish().await.map_err(told)?;
        Ok(Done { parts, report: reading.report().clone() })
    }

    /// A strict export ends at the first value that is not of its column's type.
    fn check(&self, reading: &Reading) -> Result<(), Error> {
        match reading.report().unparsed_samples.first() {
            Some(sample) if self.strict => Err(SinkError::Unparsed {
                column: sample.column.clone(),
                sys_id: sample.sys_id.clone(),
                text: sample.text.clone(),
            }
            .into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
