//! What a ticket's rows are read from.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use tokio_util::sync::CancellationToken;

use crate::access::Caller;
use crate::error::Error;
use crate::export::since::{self, Changed, Gone, Since};
use crate::export::{self, Reading, Report, Spec};
use crate::flight::Face;
use crate::flight::command::StreamName;
use crate::flight::ticket::Grant;

/// A reading of one of three kinds.
pub(super) enum Source {
    /// Rows of a range.
    Rows(Reading),
    /// Those of a window of time.
    Changed(Box<Changed>),
    /// What is gone.
    Gone(Box<Gone>),
}

impl Source {
    /// Asks the caller's guard anew, and starts to read.
    pub(super) async fn open(
        face: &Face,
        caller: &Caller,
        grant: &Grant,
        stop: &CancellationToken,
    ) -> Result<(SchemaRef, Self), Error> {
        let spec = grant.command.spec()?;
        let guard = face.guard(caller, &grant.command).await?;
        let Some(window) = grant.window else {
            let (schema, reading) = rows(&guard, &spec, grant, stop).await?;
            return Ok((schema, Source::Rows(reading)));
        };
        if grant.command.stream == StreamName::Deletes {
            let gone = since::gone(caller, guard.into(), &spec, &window, stop.clone()).await?;
            return Ok((since::gone_schema().clone(), Source::Gone(Box::new(gone))));
        }
        let (schema, reading) = rows(&guard, &window.narrow(spec), grant, stop).await?;
        let since = Since::signed(&grant.command.since)?;
        let changed = Changed::new(reading, &since, &window, grant.cursor.clone());
        Ok((schema, Source::Changed(Box::new(changed))))
    }

    /// The next rows; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Result<RecordBatch, Error>> {
        match self {
            Source::Rows(reading) => reading.next().await,
            Source::Changed(changed) => changed.next().await,
            Source::Gone(gone) => gone.next().await,
        }
    }

    /// What was taken so far.
    pub(super) fn report(&self) -> Report {
        match self {
            Source::Rows(reading) => reading.report().clone(),
            Source::Changed(changed) => changed.report(),
            Source::Gone(gone) => gone.report().clone(),
        }
    }

    /// The last row that was taken, where what follows it can be read by itself.
    pub(super) fn last_sys_id(&self) -> Option<&str> {
        match self {
            Source::Rows(reading) => Some(reading.last_sys_id()),
            Source::Changed(changed) => Some(changed.last_sys_id()),
            Source::Gone(_) => None,
        }
    }

    /// Where the next increment begins, where this reading knows more of that than the plan did.
    pub(super) fn cursor(&self) -> Option<String> {
        match self {
            Source::Changed(changed) => changed.cursor().map(|cursor| cursor.encode()),
            Source::Rows(_) | Source::Gone(_) => None,
        }
    }
}

async fn rows(
    guard: &crate::access::Guard,
    spec: &Spec,
    grant: &Grant,
    stop: &CancellationToken,
) -> Result<(SchemaRef, Reading), Error> {
    let columns = export::columns(guard, spec).await?;
    let schema = columns.schema().clone();
    let reading = export::read(guard, spec, columns, &grant.range, stop.clone()).await?;
    Ok((schema, reading))
}
