//! What UpdateRecords and DeleteRecords have in common: which records, how many at most, and their results.

use std::sync::Arc;

use async_stream::try_stream;
use futures::{Stream, stream};
use servicenow::{DisplayMode, SysId, TableName};
use tonic::metadata::MetadataMap;

use crate::access::{self, Caller};
use crate::batch::{self, Bounds, Incoming, Kind, Matching, Operation};
use crate::error::Error;
use crate::grpc::batch::result;
use crate::grpc::query::Parsed;
use crate::grpc::{Gateway, request};
use crate::instance::Instance;
use crate::pb::{self, OperationResult};
use crate::records;

const MAX_RECORDS: u64 = 100_000;

/// A write by query, parsed.
pub(super) struct ByQuery {
    caller: Caller,
    instance: Arc<Instance>,
    matching: Matching,
    display: DisplayMode,
    bounds: Bounds,
}

/// What both requests have.
pub(super) struct Asked {
    pub(super) instance: String,
    pub(super) table: String,
    pub(super) query: Option<pb::Query>,
    pub(super) max_records: i32,
}

/// A part of the answer: how many match, and results.
pub(super) type Part = (i64, Vec<OperationResult>);

impl ByQuery {
    /// Parses what both requests have, and looks the fields of the query and `written` ones up.
    pub(super) async fn new(
        gateway: &Gateway,
        metadata: &MetadataMap,
        caller: Caller,
        asked: Asked,
        operation: access::Operation,
        written: &[&str],
    ) -> Result<Self, Error> {
        let bounds = Bounds { deadline: request::stream_deadline(metadata), drain: gateway.drain.clone() };
        let table = request::table(&asked.table)?;
        let query = Parsed::new(asked.query.unwrap_or_default())?;
        check(&query)?;
        let max_records = u64::try_from(asked.max_records).unwrap_or_default();
        if !(1..=MAX_RECORDS).contains(&max_records) {
            let problem = format!("{} is not between 1 and {MAX_RECORDS}; it is required", asked.max_records);
            return Err(Error::invalid("max_records", problem));
        }
        let fields = query.all_fields().chain(written.iter().copied());
        let selection = query.selection();
        let check = async {
            let guard = gateway.guard(&caller, &asked.instance, &table, operation).await?;
            records::check_fields(&guard, fields).await?;
            guard.check_query(&selection.query).await?;
            let narrowed = guard.narrow(selection.query.clone()).await?;
            Ok((narrowed, guard.instance))
        };
        let (narrowed, instance) = bounds.within(check).await?;
        let matching = Matching { table, query: narrowed, limit: selection.limit, max_records };
        Ok(ByQuery { caller, instance, matching, display: selection.display, bounds })
    }

    /// How values of the answer are shown.
    pub(super) fn display(&self) -> DisplayMode {
        self.display
    }

    /// Finds the records, then does `kind` to each, or in a dry run only reads it.
    pub(super) async fn run(
        self,
        dry_run: bool,
        kind: impl Fn(SysId) -> Kind + Send + 'static,
    ) -> Result<impl Stream<Item = Result<Part, Error>> + Send, Error> {
        let ByQuery { caller, instance, matching, display, bounds } = self;
        let sys_ids = bounds.within(matching.find(&instance)).await?;
        let matched = i64::try_from(sys_ids.len()).unwrap_or(i64::MAX);
        let look = move |sys_id| Kind::Get { sys_id, fields: Vec::new(), display };
        let table = matching.table;
        let operations = sys_ids.into_iter().map(move |sys_id| {
            let id = sys_id.to_string();
            let kind = if dry_run { look(sys_id) } else { kind(sys_id) };
            Ok(operation(id, &table, kind))
        });
        Ok(try_stream! {
            yield (matched, Vec::new());
            let mut reports = batch::execute(caller, instance, stream::iter(operations), bounds);
            while let Some(handful) = reports.next().await {
                yield (matched, handful?.into_iter().map(result).collect());
            }
        })
    }
}

fn operation(id: String, table: &TableName, kind: Kind) -> Incoming {
    Incoming::Operation(Operation { id, table: table.clone(), kind })
}

/// An empty filter is more often a mistake than a wish.
fn check(query: &Parsed) -> Result<(), Error> {
    if query.is_ordered() {
        return Err(Error::invalid("query.order_by", "must be empty: all records that match are written"));
    }
    if !query.selection().fields.is_empty() {
        return Err(Error::invalid("query.fields", "must be empty: answers have all fields"));
    }
    if query.selection().query.terms().next().is_none() {
        let problem = "is required; to mean all records of the table write sys_idISNOTEMPTY";
        return Err(Error::invalid("query.filter", problem));
    }
    Ok(())
}
