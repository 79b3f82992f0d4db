//! CreateRecords.

use futures::stream;
use tonic::{Request, Response, Status};

use crate::access;
use crate::batch::{self, Bounds, Incoming, Kind, Operation};
use crate::error::Error;
use crate::grpc::batch::result;
use crate::grpc::{Gateway, request};
use crate::pb::{CreateRecordsRequest, CreateRecordsResponse, OperationResult};
use crate::records::{self, Change};
use crate::store::Repeatable;

const MAX_RECORDS: usize = 1000;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<CreateRecordsRequest>,
) -> Result<Response<CreateRecordsResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let mut message = request.into_inner();
    let table = request::table(&message.table)?;
    let display = request::display(message.display)?;
    let request_id = request::request_id(&std::mem::take(&mut message.request_id))?;
    check(&message, request_id.is_some())?;
    let guard = gateway.guard(&caller, &message.instance, &table, access::Operation::Create);
    let guard = request::until(deadline, guard).await?;
    let repeatable =
        request_id.as_deref().map(|id| Repeatable::new("CreateRecords", &guard.scope(), id, &message));

    let bounds = Bounds { deadline: Some(deadline), drain: gateway.drain.clone() };
    let write = gateway.request_ids.once(repeatable, |_| async {
        let names = message.records.iter().flat_map(|record| record.fields.keys().map(String::as_str));
        records::check_fields(&guard, names).await?;
        let count = message.records.len();
        let operations = message.records.into_iter().enumerate().map(move |(place, record)| {
            let fields = record.fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
            let change = Change { fields, input_display_value: message.input_display_value, display };
            // Each has its own part of the id: a repeated call finds those that were made.
            let request_id = request_id.as_ref().map(|id| format!("{id}/{place}"));
            let kind = Kind::Create { change, request_id };
            Ok(Incoming::Operation(Operation { id: place.to_string(), table: table.clone(), kind }))
        });
        let results =
            collect(batch::execute(caller, guard.instance.clone(), stream::iter(operations), bounds), count);
        Ok(CreateRecordsResponse { results: results.await? })
    });
    Ok(Response::new(request::until(deadline, write).await?))
}

fn check(message: &CreateRecordsRequest, has_request_id: bool) -> Result<(), Error> {
    if !(1..=MAX_RECORDS).contains(&message.records.len()) {
        let problem = format!("{} is not between 1 and {MAX_RECORDS}", message.records.len());
        return Err(Error::invalid("records", problem));
    }
    for record in &message.records {
        match record.fields.get("sys_id") {
            Some(_) if has_request_id => {
                let problem = "cannot stand beside a sys_id; a sys_id makes a create idempotent by itself";
                return Err(Error::invalid("request_id", problem));
            }
            Some(sys_id) if !sys_id.is_empty() => drop(request::sys_id(sys_id)?),
            _ => {}
        }
    }
    Ok(())
}

/// All results, each at its place.
async fn collect(mut reports: batch::Reports, count: usize) -> Result<Vec<OperationResult>, Error> {
    let mut results = vec![OperationResult::default(); count];
    while let Some(handful) = reports.next().await {
        for report in handful? {
            let place: usize = report.id.parse().map_err(Error::internal)?;
            results[place] = result(report);
        }
    }
    Ok(results)
}
