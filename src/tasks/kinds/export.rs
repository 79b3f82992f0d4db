//! Writes rows into files at a destination.
//!
//! The work is [`crate::export::Job`]'s; the task keeps its checkpoint: which ranges are whole. It refuses an order and a
//! limit, as every export does. A task that is cancelled leaves parts without a manifest: RetryTask goes on from them.

use async_trait::async_trait;
use columnar::Types;
use dataset::{MANIFEST, Manifest};

use super::asked;
use crate::access::{Caller, Guard, Operation};
use crate::error::Error;
use crate::export::{self, Checkpoint, Job, Progress, Settings, Spec, Watcher};
use crate::pb::{ExportTask, Permission, TaskResult};
use crate::schema;
use crate::tasks::{Context, Failure, Kind, Services};

#[async_trait]
impl Kind for ExportTask {
    fn name(&self) -> &'static str {
        "export"
    }

    fn needs(&self) -> Permission {
        Permission::RecordsRead
    }

    async fn check(&self, services: &Services, caller: &Caller) -> Result<(), Error> {
        let job = self.job(services, caller)?;
        asked::place(services, &self.destination, &self.path, "export")?;
        job.settings.layout(&job.spec)?;
        let guard = self.guard(services, caller, &job).await?;
        export::columns(&guard, &job.spec).await.map(|_| ())
    }

    async fn run(&self, context: &Context) -> Result<TaskResult, Failure> {
        let checkpoint: Option<Checkpoint> = context.checkpoint()?;
        let job = self.job(&context.services, &context.caller)?;
        let place = asked::place(&context.services, &self.destination, &self.path, context.id())?;
        let guard = self.guard(&context.services, &context.caller, &job).await?;
        let watching = Watching { context, location: place.shown() };
        let ended = job.run(&guard, &place, checkpoint, &watching, context.stop()).await;
        let manifest = context.unless_stopped(ended)?;
        Ok(result(place.shown(), &manifest)?)
    }
}

impl ExportTask {
    fn job(&self, services: &Services, caller: &Caller) -> Result<Job, Error> {
        if self.incremental {
            let problem = "is not served yet; `sncgate export --since last` writes increments";
            return Err(Error::invalid("task.parameters.export.incremental", problem));
        }
        let selection = (services.parse_query)(self.query.clone().unwrap_or_default())?;
        if selection.limit.is_some() {
            return Err(Error::invalid("query.limit", "must be empty: an export has all rows of its query"));
        }
        let part_rows = u64::try_from(self.part_rows)
            .map_err(|_| Error::invalid("part_rows", "must not be negative; 0 is the gateway's default"))?;
        let spec = Spec {
            table: schema::table_name(&self.table)?,
            query: selection.query,
            fields: selection.fields,
            display: selection.display,
            types: if self.text_types { Types::String } else { Types::Typed },
        };
        let settings = Settings {
            format: self.format.clone(),
            compression: self.compression.clone(),
            partition_by: self.partition_by.clone(),
            part_rows: (part_rows > 0).then_some(part_rows),
            ..Settings::default()
        };
        let owner = caller.principal()?.user_id.clone();
        Ok(Job { spec, settings, strict: self.strict, replace: false, since: String::new(), owner })
    }

    async fn guard(&self, services: &Services, caller: &Caller, job: &Job) -> Result<Guard, Error> {
        services.links.guard(caller, &self.instance, &job.spec.table, Operation::Read).await
    }
}

/// Keeps the job's checkpoints with the task.
struct Watching<'a> {
    context: &'a Context,
    location: &'a str,
}

#[async_trait]
impl Watcher for Watching<'_> {
    async fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let succeeded = i64::try_from(checkpoint.report().rows_read).unwrap_or(i64::MAX);
        let so_far = TaskResult { succeeded, location: self.location.to_owned(), ..TaskResult::default() };
        match self.context.save(checkpoint, &so_far).await {
            Ok(()) => Ok(()),
            Err(Failure::Stopped) => Err(Error::Draining), // the attempt's own reason counts
            Err(Failure::Failed(error)) => Err(error),
        }
    }

    fn progress(&self, progress: Progress) {
        let count = |rows| i64::try_from(rows).unwrap_or(i64::MAX);
        self.context.progress("writing", count(progress.rows), count(progress.expected), "rows");
    }
}

fn result(shown: &str, manifest: &Manifest) -> Result<TaskResult, Error> {
    Ok(TaskResult {
        succeeded: i64::try_from(manifest.report.rows_read).unwrap_or(i64::MAX),
        location: format!("{shown}/{MANIFEST}"),
        report: serde_json::to_string(&manifest.report).map_err(Error::internal)?,
        ..TaskResult::default()
    })
}
