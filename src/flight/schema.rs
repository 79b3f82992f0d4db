//! GetSchema: an export's columns, without counting its rows.

use arrow_flight::{FlightDescriptor, SchemaAsIpc, SchemaResult};
use arrow_ipc::writer::IpcWriteOptions;
use tonic::{Response, Status};

use super::Face;
use super::command::Command;
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
    let columns = face
        .until(async {
            let guard = face.guard(caller, &command).await?;
            export::columns(&guard, &spec).await
        })
        .await?;
    let options = IpcWriteOptions::default();
    let schema = SchemaAsIpc::new(columns.schema(), &options);
    Ok(Response::new(schema.try_into().map_err(Error::internal)?))
}
