//! What is gone from a table since a moment: rows that were deleted, and rows that changed and do not match the query any
//! more.
//!
//! What is told was true after the changed rows were read: each key is looked up once more, since a row may be made anew
//! under its old key, or match again. So whoever takes the rows of an increment first, and then takes out what is gone,
//! has the table.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, LazyLock};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use columnar::Types;
use servicenow::DisplayMode;
use servicenow::query::{Condition, Operator, Query};
use tokio_util::sync::CancellationToken;

use super::audit::{self, DELETES};
use super::matching::matching;
use super::window::{UPDATED, Window, after, seconds};
use crate::access::{Caller, Guard};
use crate::error::Error;
use crate::export::{Range, Reading, Report, Spec, columns, read};

/// A list of tables that is longer goes unasked: records of other tables are sorted out here anyway.
const MOST_LISTED: usize = 3000;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let moment = DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")));
    Arc::new(Schema::new(vec![
        Field::new("sys_id", DataType::Utf8, true),
        Field::new("deleted_at", moment, true),
        Field::new("reason", DataType::Utf8, true),
    ]))
});

/// The columns: `sys_id`; `deleted_at`, when it was deleted, or written for the last time; `reason`, `deleted` or
/// `unmatched`.
pub fn gone_schema() -> &'static SchemaRef {
    &SCHEMA
}

/// A reading of what is gone. Dropping it stops it.
pub struct Gone {
    guard: Arc<Guard>,
    query: Query,
    tables: BTreeSet<String>,
    readings: VecDeque<(Kind, Reading)>,
    report: Report,
}

/// What is read.
#[derive(Clone, Copy)]
enum Kind {
    Deleted,
    Changed,
}

/// Starts to read what is gone from the rows of a query since the window's begin. Deleted rows are told whether they matched
/// or not: that is not known any more.
///
/// # Errors
/// Deletes that cannot be seen.
pub async fn gone(
    caller: &Caller,
    guard: Arc<Guard>,
    spec: &Spec,
    window: &Window,
    stop: CancellationToken,
) -> Result<Gone, Error> {
    spec.check(&guard).await?;
    let audit = audit::open(caller, &guard).await?;
    let tables = tables(&guard).await?;
    audit::recorded(&guard).await?;
    let deletes = deletes(&tables, window)?;
    audit::visible(&audit, guard.table(), &deletes.query).await?;
    let mut readings = VecDeque::new();
    readings.push_back((Kind::Deleted, start(&audit, &deletes, stop.clone()).await?));
    // Every row of the table matches a query that asks for nothing.
    if spec.query != Query::default() {
        let changed = changed(spec, window);
        readings.push_back((Kind::Changed, start(&guard, &changed, stop).await?));
    }
    Ok(Gone { guard, query: spec.query.clone(), tables, readings, report: Report::default() })
}

async fn start(guard: &Guard, spec: &Spec, stop: CancellationToken) -> Result<Reading, Error> {
    let columns = columns(guard, spec).await?;
    read(guard, spec, columns, &Range::default(), stop).await
}

/// The table and those that extend it: a deleted row is recorded under its own class.
async fn tables(guard: &Guard) -> Result<BTreeSet<String>, Error> {
    let mut tables = guard.instance.hierarchy().await?.descendants(guard.table());
    tables.insert(guard.table().to_owned());
    Ok(tables)
}

/// The records of deletes.
fn deletes(tables: &BTreeSet<String>, window: &Window) -> Result<Spec, Error> {
    let mut query = Query::new().and_term(after("sys_created_on", window.from));
    let listed = tables.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    if listed.len() <= MOST_LISTED {
        query = query.also(Condition::new("tablename", Operator::In, listed));
    }
    let table = DELETES.parse().map_err(Error::internal)?;
    Ok(as_text(table, query, audit::FIELDS.map(str::to_owned).to_vec()))
}

/// All rows that changed. The window has no end: what changes now may be told now.
fn changed(spec: &Spec, window: &Window) -> Spec {
    let fields = ["sys_id", UPDATED].map(str::to_owned).to_vec();
    Window { until: None, ..*window }.narrow(as_text(spec.table.clone(), Query::new(), fields))
}

fn as_text(table: servicenow::TableName, query: Query, fields: Vec<String>) -> Spec {
    Spec { table, query, fields, display: DisplayMode::Value, types: Types::String }
}

impl Gone {
    /// The next rows that are gone; `None` at the end. After an error comes nothing more.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, Error>> {
        while let Some((kind, reading)) = self.readings.front_mut() {
            let kind = *kind;
            match reading.next().await {
                Some(Ok(batch)) => match self.sort_out(kind, &batch).await {
                    Ok(batch) if batch.num_rows() == 0 => {}
                    batch => return Some(batch),
                },
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    let spent = reading.report().clone();
                    self.report.spend_as(&spent);
                    self.readings.pop_front();
                }
            }
        }
        None
    }

    /// What was taken so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    async fn sort_out(&mut self, kind: Kind, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let mut candidates = match kind {
            Kind::Deleted => {
                let of = texts(batch, "tablename")?;
                let mut deleted = candidates(batch, "documentkey", "sys_created_on")?;
                let mut mine = of.iter().map(|of| of.is_some_and(|of| self.tables.contains(of)));
                deleted.retain(|_| mine.next().unwrap_or(false));
                deleted
            }
            Kind::Changed => candidates(batch, "sys_id", UPDATED)?,
        };
        let keys: Vec<&str> = candidates.iter().map(|(key, _)| *key).filter(|key| !key.is_empty()).collect();
        let (there, asked) = matching(&self.guard, &self.query, &keys).await?;
        self.report.requests += asked;
        candidates.retain(|(key, _)| !key.is_empty() && !there.contains(*key));
        self.report.rows += candidates.len() as u64;
        as_batch(&candidates, kind)
    }
}

fn texts<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b StringArray, Error> {
    let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
    column.ok_or_else(|| Error::internal("a row that may be gone lacks a column"))
}

/// Keys, and when something befell them. All rows are there, so that they can be told by their place.
fn candidates<'b>(batch: &'b RecordBatch, key: &str, moment: &str) -> Result<Vec<(&'b str, i64)>, Error> {
    let (keys, moments) = (texts(batch, key)?, texts(batch, moment)?);
    let candidate = |row: usize| {
        let key = if keys.is_null(row) { "" } else { keys.value(row) };
        // They were found by it, so they have one.
        let moment = seconds(moments.value(row));
        Ok((key, moment.ok_or_else(|| Error::internal("a row that may be gone has no moment"))?))
    };
    (0..batch.num_rows()).map(candidate).collect()
}

fn as_batch(gone: &[(&str, i64)], kind: Kind) -> Result<RecordBatch, Error> {
    let reason = match kind {
        Kind::Deleted => "deleted",
        Kind::Changed => "unmatched",
    };
    let moments = gone.iter().map(|(_, seconds)| seconds.saturating_mul(1_000_000));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(gone.iter().map(|(key, _)| Some(*key)).collect::<StringArray>()),
        Arc::new(TimestampMicrosecondArray::from_iter_values(moments).with_timezone("UTC")),
        Arc::new(gone.iter().map(|_| Some(reason)).collect::<StringArray>()),
    ];
    RecordBatch::try_new(gone_schema().clone(), columns).map_err(Error::internal)
}
