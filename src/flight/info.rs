//! GetFlightInfo: plans an export, whole or since an earlier one.

use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use arrow_schema::Schema;
use serde::Serialize;
use tonic::{Response, Status};

use super::Face;
use super::command::{Command, StreamName};
use super::ticket::{Grant, LIFETIME};
use crate::access::Caller;
use crate::error::Error;
use crate::export::since::{self, Cursor, Planned, Window};
use crate::export::{Range, Spec};

/// What goes along with the endpoints, as JSON.
#[derive(Serialize)]
struct Told<'a> {
    /// The export's name, for lists and logs.
    export: &'a str,
    /// Where the next increment begins, once all parts of this one were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

pub(super) async fn handle(
    face: &Face,
    caller: &Caller,
    descriptor: FlightDescriptor,
) -> Result<Response<FlightInfo>, Status> {
    let command = Command::read(&descriptor)?;
    let spec = command.spec()?;
    let info = face.until(async {
        match command.stream {
            StreamName::Rows => rows(face, caller, command, spec).await,
            StreamName::Deletes => deletes(face, caller, command, &spec).await,
        }
    });
    Ok(Response::new(info.await?.with_descriptor(descriptor)))
}

async fn rows(face: &Face, caller: &Caller, command: Command, spec: Spec) -> Result<FlightInfo, Error> {
    let asked = command.asked(&face.instance_name(&command)?, face.now())?;
    let guard = face.guard(caller, &command).await?;
    let Planned { plan, window, cursor } = since::plan(&guard, spec, asked).await?;
    // Tickets name the columns: what the dictionary says later must not change a reading's schema.
    let fields =
        if plan.spec.fields.is_empty() { plan.columns.fields().to_vec() } else { plan.spec.fields.clone() };
    let mut grant = grant(face, caller, Command { fields, ..command })?;
    grant.window = window;
    // Only the one reading of a window knows all that was given of it.
    grant.cursor = cursor.clone().filter(|_| window.is_some() && plan.ranges.len() == 1);
    let info = described(plan.columns.schema(), plan.expected.try_into().unwrap_or(i64::MAX))?;
    Ok(with_parts(face, info, grant, &plan.ranges, cursor.as_ref()))
}

/// Whether deletes can be seen is found out now, and not only when they are read.
async fn deletes(face: &Face, caller: &Caller, command: Command, spec: &Spec) -> Result<FlightInfo, Error> {
    let asked = command.asked(&face.instance_name(&command)?, face.now())?;
    let guard = face.guard(caller, &command).await?;
    let from = asked.since.as_ref().map_or(0, |since| since.from(asked.overlap));
    let window = Window { from, until: None };
    let stop = face.drain.child_token();
    drop(since::gone(caller, guard.into(), spec, &window, stop).await?);
    let mut grant = grant(face, caller, command)?;
    grant.window = Some(window);
    let info = described(since::gone_schema(), -1)?;
    Ok(with_parts(face, info, grant, &[Range::default()], None))
}

fn grant(face: &Face, caller: &Caller, command: Command) -> Result<Grant, Error> {
    Ok(Grant {
        export: uuid::Uuid::new_v4().to_string(),
        user: caller.principal()?.user_id.clone(),
        command,
        range: Range::default(),
        window: None,
        cursor: None,
        expires: face.now() + LIFETIME,
    })
}

fn described(schema: &Schema, rows: i64) -> Result<FlightInfo, Error> {
    let info = FlightInfo::new().try_with_schema(schema).map_err(Error::internal)?;
    Ok(info.with_total_records(rows).with_total_bytes(-1).with_ordered(true))
}

fn with_parts(
    face: &Face,
    info: FlightInfo,
    mut grant: Grant,
    ranges: &[Range],
    cursor: Option<&Cursor>,
) -> FlightInfo {
    let expires = prost_types::Timestamp { seconds: grant.expires, nanos: 0 };
    let mut endpoints = Vec::with_capacity(ranges.len());
    for range in ranges {
        grant.range = range.clone();
        let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(face.key.sign(&grant)));
        endpoints.push(endpoint.with_expiration_time(expires));
    }
    let told = Told { export: &grant.export, cursor: cursor.map(Cursor::encode) };
    let told = serde_json::to_vec(&told).expect("a struct of text serializes");
    info.with_endpoints(endpoints).with_app_metadata(told)
}
