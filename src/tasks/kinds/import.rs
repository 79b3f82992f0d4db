//! Writes rows of a file at a destination into a table, in their order, a page at a time.
//!
//! A row of a table is created under a request id made of the task's id and the row's number: a page that is repeated,
//! because its attempt broke off, makes no second record. Rows for a staging table have nothing of the kind: those of the page
//! that was under way may be taken in again, which a transform map that coalesces does not mind.
//!
//! It refuses rows with a sys_id, which would be two ways to say which record is meant.

mod source;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use servicenow::Fields;

use self::source::{Rows, Source};
use super::tally::{self, Tally};
use crate::access::{self, Caller, Guard, Principal};
use crate::batch::{self, Bounds, Incoming, Operation};
use crate::error::Error;
use crate::imports::{self, Coalescing};
use crate::pb::{ImportTask, Permission, TaskResult};
use crate::records::Change;
use crate::schema;
use crate::tasks::outcome::is_retryable;
use crate::tasks::{Context, Failure, Kind, Services};

/// Rows that are written between two checkpoints.
const PAGE: usize = 400;
/// The same for staging tables, whose rows may come twice.
const STAGED: usize = 20;

#[async_trait]
impl Kind for ImportTask {
    fn name(&self) -> &'static str {
        "import"
    }

    fn needs(&self) -> Permission {
        if self.staging { Permission::RecordsImport } else { Permission::RecordsWrite }
    }

    fn permit(&self, principal: &Principal) -> Result<(), Error> {
        Ok(principal.require(self.needs())?)
    }

    async fn check(&self, services: &Services, caller: &Caller) -> Result<(), Error> {
        tally::check_most(self.max_failures)?;
        if self.staging && self.input_display_value {
            let problem = "cannot be set for a staging table: its maps say how values are read";
            return Err(Error::invalid("input_display_value", problem));
        }
        Source::new(&services.destinations, &self.destination, &self.path)?;
        self.open(services, caller).await.map(|_| ())
    }

    async fn run(&self, context: &Context) -> Result<TaskResult, Failure> {
        let mut done: u64 = context.checkpoint()?.unwrap_or(0);
        let mut tally = Tally::new(context.result(), self.max_failures);
        let guard = self.open(&context.services, &context.caller).await?;
        let source = Source::new(&context.services.destinations, &self.destination, &self.path)?;
        let mut rows = source.rows(done).await?;
        loop {
            let page = next(&mut rows, if self.staging { STAGED } else { PAGE }).await?;
            if page.is_empty() {
                return Ok(tally.result);
            }
            let count = page.len() as u64;
            if self.staging {
                stage(context, &guard, done, page, &mut tally).await?;
            } else {
                self.create(context, &guard, done, page, &mut tally).await?;
            }
            done += count;
            context.progress("writing", tally.done(), 0, "rows");
            context.save(&done, &tally.result).await?;
            tally.check()?;
        }
    }
}

impl ImportTask {
    async fn open(&self, services: &Services, caller: &Caller) -> Result<Guard, Error> {
        let table = schema::table_name(&self.table)?;
        let guard = services.links.guard(caller, &self.instance, &table, access::Operation::Create).await?;
        if self.staging {
            guard.require_whole("transform maps keep to no rules; import into a table that has none")?;
        }
        imports::check_table(&guard.instance, table.as_str()).await?;
        Ok(guard)
    }

    async fn create(
        &self,
        context: &Context,
        guard: &Guard,
        first: u64,
        page: Vec<Fields>,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let table: servicenow::TableName = guard.table().parse().map_err(Error::internal)?;
        let operations = (first..).zip(page).map(|(number, fields)| {
            let id = (number + 1).to_string();
            if fields.contains_key("sys_id") {
                let error = Error::invalid("sys_id", "is chosen by the gateway; leave the column out");
                return Ok(Incoming::Refused { id, error });
            }
            let input_display_value = self.input_display_value;
            let change = Change { fields, input_display_value, ..Change::default() };
            let request_id = Some(format!("{}/{number}", context.id()));
            let kind = batch::Kind::Create { change, request_id };
            Ok(Incoming::Operation(Operation { id, table: table.clone(), kind }))
        });
        let operations = stream::iter(operations.collect::<Vec<Result<_, Error>>>());
        let bounds = Bounds { deadline: None, drain: context.stop().clone() };
        let mut reports = batch::execute(context.caller.clone(), guard.instance.clone(), operations, bounds);
        let last = context.is_last().await;
        while let Some(handful) = reports.next().await {
            for report in context.unless_stopped(handful)? {
                match report.outcome {
                    Ok(_) => tally.result.succeeded += 1,
                    Err(error) if is_retryable(&error) && !last => return Err(error.into()),
                    Err(error) => tally.fail(&report.id, error),
                }
            }
        }
        Ok(())
    }
}

/// Rows of a staging table. One whose answer was lost counts as failed: it is not sent again.
async fn stage(
    context: &Context,
    guard: &Guard,
    first: u64,
    page: Vec<Fields>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let coalescing = Coalescing::of(&guard.instance, guard.table()).await?;
    let rows = stream::iter(page.into_iter().map(Ok));
    let imported = imports::import(guard.instance.clone(), guard.table().to_owned(), coalescing, rows);
    let mut imported = std::pin::pin!(imported);
    while let Some(row) = imported.next().await {
        if context.stop().is_cancelled() {
            return Err(Failure::Stopped);
        }
        let row = row?;
        match row.outcome {
            Ok(_) => tally.result.succeeded += 1,
            Err(why) => tally.fail(&(first + row.index + 1).to_string(), why.error),
        }
    }
    Ok(())
}

async fn next(rows: &mut Rows, most: usize) -> Result<Vec<Fields>, Error> {
    let mut page = Vec::new();
    while page.len() < most {
        match rows.next().await {
            Some(row) => page.push(row?),
            None => break,
        }
    }
    Ok(page)
}
