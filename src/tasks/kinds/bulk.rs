//! Writes by query that outlive their caller: records are reached in the order of their sys_ids, a page at a time, each
//! page by the batch engine.
//!
//! Which records match is decided when they are reached: one that comes to match behind the place reached is left out, and
//! one that no longer matches is not written. A walk by sys_id visits each once, also where the write makes it leave the
//! query. No more than a page is in memory.
//!
//! The page is kept, with what its records were, before anything of it is written. An attempt that ends in the middle
//! leaves that page; the next one looks which of its records [were written](written), and writes the others.

mod written;

use futures::stream;
use serde::{Deserialize, Serialize};
use servicenow::query::Query;
use servicenow::{Cursor, RecordScan, Scan};

use super::tally::{self, Tally};
use crate::access::{self, Caller, Guard};
use crate::batch::{self, Bounds, Incoming, Operation};
use crate::error::Error;
use crate::instance::Subject;
use crate::pb::{self, Record, TaskResult};
use crate::records::{self, Change, Selection};
use crate::schema;
use crate::tasks::outcome::is_retryable;
use crate::tasks::{Context, Failure, Services};

/// Records that are written between two checkpoints: as many as the batch engine has under way at once.
const PAGE: u64 = 400;

/// A write by query.
pub(super) struct Bulk<'a> {
    pub(super) instance: &'a str,
    pub(super) table: &'a str,
    pub(super) query: Option<&'a pb::Query>,
    pub(super) max_failures: i64,
    pub(super) dry_run: bool,
    pub(super) write: Write,
}

/// What is done to each record.
pub(super) enum Write {
    Update(Change),
    Delete,
}

/// How far it is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Reached {
    /// Records that matched at the beginning, hidden ones included.
    total: u64,
    /// The last record of all pages so far.
    after: String,
    /// Records of all pages so far.
    count: u64,
    /// The page that is being written.
    page: Vec<Row>,
    /// When that began, milliseconds since 1970.
    since: i64,
}

/// A record of a page, as it was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Row {
    sys_id: String,
    mod_count: i64,
}

/// Which records.
struct Target {
    guard: Guard,
    query: Query,
    limit: Option<u64>,
}

impl Bulk<'_> {
    pub(super) async fn check(&self, services: &Services, caller: &Caller) -> Result<(), Error> {
        tally::check_most(self.max_failures)?;
        self.open(services, caller).await.map(|_| ())
    }

    pub(super) async fn run(&self, context: &Context) -> Result<TaskResult, Failure> {
        let kept: Option<Reached> = context.checkpoint()?;
        let mut tally = Tally::new(context.result(), self.max_failures);
        let target = self.open(&context.services, &context.caller).await?;
        let begun = kept.is_some();
        let mut reached = match kept {
            Some(reached) => reached,
            None => Reached { total: target.count().await?, ..Reached::default() },
        };
        if self.dry_run {
            let succeeded = i64::try_from(reached.total).unwrap_or(i64::MAX);
            return Ok(TaskResult { succeeded, ..TaskResult::default() });
        }
        if begun {
            self.go_on(context, &target, &mut reached, &mut tally).await?;
        }
        let mut scan = target.scan(&reached.after);
        while let Some(page) = target.next(&mut scan, &reached).await? {
            reached.reach(page, context.services.clock.millis());
            context.save(&reached, &tally.result).await?;
            let rows = std::mem::take(&mut reached.page);
            self.write(context, &target.guard, &rows, &reached, &mut tally).await?;
            self.stop_at_too_many(context, &reached, &mut tally).await?;
        }
        Ok(tally.result)
    }

    async fn open(&self, services: &Services, caller: &Caller) -> Result<Target, Error> {
        let table = schema::table_name(self.table)?;
        let Selection { query, fields, limit, .. } =
            (services.parse_query)(self.query.cloned().unwrap_or_default())?;
        check(&query, &fields)?;
        let guard = services.links.guard(caller, self.instance, &table, self.write.operation()).await?;
        if let Write::Update(change) = &self.write {
            records::check_change(&guard, change).await?;
        }
        records::check_query(&guard, &query).await?;
        let query = guard.narrow(query).await?;
        Ok(Target { guard, query, limit })
    }

    /// Writes what the attempt before left of its page.
    async fn go_on(
        &self,
        context: &Context,
        target: &Target,
        reached: &mut Reached,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let mut rows = std::mem::take(&mut reached.page);
        if let Write::Update(change) = &self.write {
            let before = rows.len();
            rows = written::without(&target.guard, change, rows, reached.since).await?;
            tally.result.succeeded += (before - rows.len()) as i64;
        }
        self.write(context, &target.guard, &rows, reached, tally).await?;
        self.stop_at_too_many(context, reached, tally).await
    }

    /// Writes the records of a page. Where the instance is away the attempt fails, unless it is the last one.
    async fn write(
        &self,
        context: &Context,
        guard: &Guard,
        rows: &[Row],
        reached: &Reached,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let operations =
            rows.iter().map(|row| self.operation(guard, row)).collect::<Result<Vec<_>, Error>>()?;
        let bounds = Bounds { deadline: None, drain: context.stop().clone() };
        let operations = stream::iter(operations.into_iter().map(Ok));
        let mut reports = batch::execute(context.caller.clone(), guard.instance.clone(), operations, bounds);
        let mut away = Vec::new();
        while let Some(handful) = reports.next().await {
            for report in context.unless_stopped(handful)? {
                match report.outcome {
                    Ok(_) => tally.result.succeeded += 1,
                    // It was there when its page was read.
                    Err(Error::RecordUnknown { .. }) if matches!(self.write, Write::Delete) => {
                        tally.result.succeeded += 1;
                    }
                    Err(error) if is_retryable(&error) => away.push((report.id, error)),
                    Err(error) => tally.fail(&report.id, error),
                }
            }
            let total = i64::try_from(reached.total).unwrap_or(i64::MAX);
            context.progress("writing", tally.done(), total, "records");
        }
        if away.is_empty() {
            return Ok(());
        }
        if !context.is_last().await {
            // The page is in the checkpoint: the next attempt finds out what of it was written.
            return Err(away.swap_remove(0).1.into());
        }
        away.into_iter().for_each(|(sys_id, error)| tally.fail(&sys_id, error));
        Ok(())
    }

    async fn stop_at_too_many(
        &self,
        context: &Context,
        reached: &Reached,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        if let Err(failure) = tally.check() {
            context.save(reached, &tally.result).await?;
            return Err(failure);
        }
        Ok(())
    }

    fn operation(&self, guard: &Guard, row: &Row) -> Result<Incoming, Error> {
        let sys_id = row.sys_id.parse().map_err(Error::internal)?;
        let kind = match &self.write {
            Write::Update(change) => batch::Kind::Update { sys_id, change: change.clone() },
            Write::Delete => batch::Kind::Delete { sys_id, allow_missing: true },
        };
        let table = guard.table().parse().map_err(Error::internal)?;
        Ok(Incoming::Operation(Operation { id: row.sys_id.clone(), table, kind }))
    }
}

impl Write {
    fn operation(&self) -> access::Operation {
        match self {
            Write::Update(_) => access::Operation::Update,
            Write::Delete => access::Operation::Delete,
        }
    }
}

impl Reached {
    fn reach(&mut self, page: Vec<Row>, now: i64) {
        if let Some(last) = page.last() {
            self.after.clone_from(&last.sys_id);
        }
        self.count += page.len() as u64;
        self.page = page;
        self.since = now;
    }
}

impl Target {
    async fn count(&self) -> Result<u64, Error> {
        let table = self.guard.table().parse().map_err(Error::internal)?;
        let matched = batch::count(&self.guard.instance, &table, &self.query).await?;
        Ok(matched.min(self.limit.unwrap_or(u64::MAX)))
    }

    fn scan(&self, after: &str) -> RecordScan<Record> {
        let after = (!after.is_empty()).then(|| Cursor { last_sys_id: after.to_owned(), offset: 0 });
        let read = records::plain_read(&["sys_id", "sys_mod_count"]);
        let scan = Scan { query: self.query.clone(), read, page_size: PAGE, after };
        self.guard.instance.bulk().scan(self.guard.table(), scan)
    }

    /// The next records; none at the end, which is the limit where there is one.
    async fn next(
        &self,
        scan: &mut RecordScan<Record>,
        reached: &Reached,
    ) -> Result<Option<Vec<Row>>, Error> {
        let left = self.limit.map_or(u64::MAX, |limit| limit.saturating_sub(reached.count));
        if left == 0 {
            return Ok(None);
        }
        let subject = Subject::table(self.guard.table());
        let page = self.guard.instance.call("find", subject, scan.next_page()).await?;
        let Some(page) = page else { return Ok(None) };
        let mut rows: Vec<Row> = page.rows.iter().map(row).collect();
        rows.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        Ok(Some(rows))
    }
}

fn row(record: &Record) -> Row {
    let mod_count = record.fields.get("sys_mod_count").and_then(|field| field.value.parse().ok());
    Row { sys_id: record.sys_id.clone(), mod_count: mod_count.unwrap_or(-1) }
}

/// An empty filter is more often a mistake than a wish.
fn check(query: &Query, fields: &[String]) -> Result<(), Error> {
    if !query.order.is_empty() || !query.group_by.is_empty() {
        return Err(Error::invalid("query.order_by", "must be empty: records are written by sys_id"));
    }
    if !fields.is_empty() {
        return Err(Error::invalid("query.fields", "must be empty: no record is shown"));
    }
    if query.terms().next().is_none() {
        let problem = "is required; to mean all records of the table write sys_idISNOTEMPTY";
        return Err(Error::invalid("query.filter", problem));
    }
    Ok(())
}
