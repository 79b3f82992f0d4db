//! GetRecord.

use tonic::{Request, Response, Status};

use crate::grpc::{Gateway, request};
use crate::pb::{GetRecordRequest, GetRecordResponse};
use crate::records;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<GetRecordRequest>,
) -> Result<Response<GetRecordResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let message = request.into_inner();
    let instance = gateway.instances.get(&message.instance)?;
    let table = request::table(&message.table)?;
    let sys_id = request::sys_id(&message.sys_id)?;
    let fields = request::fields("fields", message.fields)?;
    let display = request::display(message.display)?;

    let read = async {
        records::check_fields(instance, table.as_str(), fields.iter().map(String::as_str)).await?;
        records::get(instance, table.as_str(), sys_id.as_str(), &fields, display).await
    };
    let record = request::until(deadline, read).await?;
    Ok(Response::new(GetRecordResponse { record: Some(record) }))
}
