//! GetFlightInfo: plans an export.

use std::time::{Duration, SystemTime};

use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use tonic::{Response, Status};

use super::Face;
use super::command::Command;
use super::ticket::{Grant, LIFETIME, seconds};
use crate::access::Caller;
use crate::error::Error;
use crate::export::{self, Plan};

pub(super) async fn handle(
    face: &Face,
    caller: &Caller,
    descriptor: FlightDescriptor,
) -> Result<Response<FlightInfo>, Status> {
    let command = Command::read(&descriptor)?;
    let spec = command.spec()?;
    let plan = async {
        let guard = face.guard(caller, &command).await?;
        export::plan(&guard, spec, command.partitions).await
    };
    let plan = face.until(plan).await?;
    Ok(Response::new(info(face, caller, descriptor, command, &plan)?))
}

fn info(
    face: &Face,
    caller: &Caller,
    descriptor: FlightDescriptor,
    command: Command,
    plan: &Plan,
) -> Result<FlightInfo, Error> {
    // Tickets name the columns: what the dictionary says later must not change a reading's schema.
    let fields =
        if plan.spec.fields.is_empty() { plan.columns.fields().to_vec() } else { plan.spec.fields.clone() };
    let mut grant = Grant {
        export: uuid::Uuid::new_v4().to_string(),
        user: caller.principal()?.user_id.clone(),
        command: Command { fields, ..command },
        range: export::Range::default(),
        expires: seconds(SystemTime::now() + LIFETIME),
    };
    let expires = Duration::from_secs(grant.expires);
    let mut endpoints = Vec::with_capacity(plan.ranges.len());
    for range in &plan.ranges {
        grant.range = range.clone();
        let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(face.key.sign(&grant)));
        let expires = prost_types::Timestamp { seconds: expires.as_secs() as i64, nanos: 0 };
        endpoints.push(endpoint.with_expiration_time(expires));
    }
    let info = FlightInfo::new()
        .try_with_schema(plan.columns.schema())
        .map_err(Error::internal)?
        .with_descriptor(descriptor)
        .with_endpoints(endpoints)
        .with_total_records(i64::try_from(plan.expected).unwrap_or(i64::MAX))
        .with_total_bytes(-1)
        .with_ordered(true)
        .with_app_metadata(grant.export);
    Ok(info)
}
