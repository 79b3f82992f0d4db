//! GetSchema: an export's columns, without counting its rows.

use arrow_flight::{FlightDescriptor, SchemaAsIpc, SchemaResult};
use arrow_ipc::writer::IpcWriteOptions;
use tonic::{Response, Status};

use super::Face;
use super::command::{Command, StreamName};
use crate::access::Caller;
use crate::error::Error;
use crate::export;

pub(super) async fn handle(
    face: &Face,
    caller: &Caller,
    descriptor: FlightDescriptor,
) -> Result<Response<SchemaResult>, Status> {
    let command = Command::read(&descriptor)?;
    let spec = command.spec()?;
    let schema = face
        .until(async {
            let guard = face.guard(caller, &command).await?;
            match command.stream {
                StreamName::Rows => Ok(export::columns(&guard, &spec).await?.schema().clone()),
                StreamName::Deletes => Ok(export::since::gone_schema().clone()),
            }
        })
        .await?;
    let options = IpcWriteOptions::default();
    let schema = SchemaAsIpc::new(&schema, &options);
    Ok(Response::new(schema.try_into().map_err(Error::internal)?))
}
