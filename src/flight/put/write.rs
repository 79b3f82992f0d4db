//! From rows to results, by one of the two ways that rows are written.

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use tokio::time::Instant;

use super::command::{Mode, Put};
use super::results::{Outcome, Result as Row};
use super::rows::{self, Rows};
use crate::access::{Caller, Guard, Operation};
use crate::batch::{self, Bounds, Incoming, Kind};
use crate::error::Error;
use crate::flight::Face;
use crate::imports::{self, Coalescing};
use crate::instance::Instance;
use crate::pb::Permission;
use crate::records::{self, Change};

/// Results of imports that are ready at once go together, at most so many.
const TOGETHER: usize = 100;

type Results = BoxStream<'static, std::result::Result<Vec<Row>, Error>>;

/// Checks what can be known before the first row, and starts.
pub(super) async fn start(
    face: &Face,
    caller: Caller,
    instance: Arc<Instance>,
    put: Put,
    rows: Rows,
    deadline: Option<Instant>,
) -> std::result::Result<Results, Error> {
    let (mode, table) = (put.mode()?, put.table()?);
    let needed = match mode {
        Mode::Insert | Mode::Update => [Permission::RecordsBatch, Permission::RecordsWrite],
        Mode::Import => [Permission::RecordsImport; 2],
    };
    for permission in needed {
        caller.principal()?.require(permission)?;
    }
    let operation = if mode == Mode::Update { Operation::Update } else { Operation::Create };
    let guard = face.until(Guard::open(&caller, &instance, table.as_str(), operation)).await?;
    if mode == Mode::Import {
        return face.until(import(guard, rows)).await;
    }
    let has_key = rows.columns().iter().any(|name| name == "sys_id");
    if mode == Mode::Update && !has_key {
        return Err(Error::invalid("schema", "lacks sys_id, which says which record a row changes"));
    }
    let request_id = put.request_id()?;
    if request_id.is_some() && has_key {
        let problem = "cannot stand beside a column sys_id; a sys_id makes an insert repeatable by itself";
        return Err(Error::invalid("request_id", problem));
    }
    face.until(records::check_fields(&guard, rows.columns().iter().map(String::as_str))).await?;
    let operations = rows.read().map(move |row| {
        let rows::Row { index, fields } = row?;
        let kind = fields.and_then(|fields| kind(mode, fields, request_id.as_deref(), index));
        let id = index.to_string();
        Ok(match kind {
            Ok(kind) => Incoming::Operation(batch::Operation { id, table: table.clone(), kind }),
            Err(error) => Incoming::Refused { id, error },
        })
    });
    let bounds = Bounds { deadline, drain: face.drain.clone() };
    Ok(reports(batch::execute(caller, instance, operations, bounds)).boxed())
}

fn kind(
    mode: Mode,
    mut fields: servicenow::Fields,
    request_id: Option<&str>,
    index: u64,
) -> std::result::Result<Kind, Error> {
    let parse = |sys_id: Option<String>| {
        let sys_id = sys_id.ok_or_else(|| Error::invalid("sys_id", "is null"))?;
        sys_id.parse().map_err(|_| Error::invalid("sys_id", "must be at most 32 letters and digits"))
    };
    if mode == Mode::Update {
        let sys_id = parse(fields.remove("sys_id").flatten())?;
        return Ok(Kind::Update { sys_id, change: Change { fields, ..Change::default() } });
    }
    // Null says nothing of a new record; its default does.
    fields.retain(|_, value| value.is_some());
    if let Some(sys_id) = fields.get("sys_id") {
        let _: servicenow::SysId = parse(sys_id.clone())?;
    }
    let request_id = request_id.map(|id| format!("{id}/{index}"));
    Ok(Kind::Create { change: Change { fields, ..Change::default() }, request_id })
}

fn reports(mut reports: batch::Reports) -> impl Stream<Item = std::result::Result<Vec<Row>, Error>> + Send {
    async_stream::try_stream! {
        while let Some(handful) = reports.next().await {
            let rows: Vec<Row> = handful?.into_iter().map(report).collect();
            yield rows;
        }
    }
}

fn report(report: batch::Report) -> Row {
    // Ids were made of numbers here.
    let index = report.id.parse().unwrap_or(u64::MAX);
    let outcome = report.outcome.map(|outcome| match outcome {
        batch::Outcome::Record(record) => Outcome::written(record.sys_id),
        batch::Outcome::Deleted => Outcome::default(),
    });
    Row::new(index, outcome)
}

async fn import(guard: Guard, rows: Rows) -> std::result::Result<Results, Error> {
    guard.require_whole("transform maps keep to no rules; import into a table that has none")?;
    imports::check_table(&guard.instance, guard.table()).await?;
    let coalescing = Coalescing::of(&guard.instance, guard.table()).await?;
    // Rows of an import set may depend on each other: one that has no text ends the call after those before it.
    let fields = rows.read().map(|row| row.and_then(|row| row.fields));
    let imported = imports::import(guard.instance.clone(), guard.table().to_owned(), coalescing, fields);
    let results = imported.map(|imported| {
        let imported = imported?;
        Ok(match imported.outcome {
            Ok(reply) => Row::new(imported.index, Ok(Outcome::imported(&reply.results))),
            Err(why) => Row::new(imported.index, Err(why.error)).lost(why.lost),
        })
    });
    Ok(results.ready_chunks(TOGETHER).flat_map(together).boxed())
}

/// The results in one message, and after it the error that ended them.
fn together(
    results: Vec<std::result::Result<Row, Error>>,
) -> impl Stream<Item = std::result::Result<Vec<Row>, Error>> + Send {
    let (mut rows, mut failure) = (Vec::new(), None);
    for result in results {
        match result {
            Ok(row) => rows.push(row),
            Err(error) => failure = Some(Err(error)),
        }
    }
    let rows = (!rows.is_empty()).then_some(Ok(rows));
    futures::stream::iter(rows.into_iter().chain(failure))
}
