//! GetRecord.

use tonic::{Request, Response, Status};

use crate::access::Operation;
use crate::grpc::{Gateway, request};
use crate::pb::{GetRecordRequest, GetRecordResponse};
use crate::records;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<GetRecordRequest>,
) -> Result<Response<GetRecordResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let table = request::table(&message.table)?;
    let sys_id = request::sys_id(&message.sys_id)?;
    let fields = request::fields("fields", message.fields)?;
    let display = request::display(message.display)?;

    let read = async {
        let guard = gateway.guard(&caller, &message.instance, &table, Operation::Read).await?;
        caller.about(sys_id.as_str());
        records::check_columns(&guard, fields.iter().map(String::as_str)).await?;
        records::get(&guard, sys_id.as_str(), &fields, display).await
    };
    let record = request::until(deadline, read).await?;
    Ok(Response::new(GetRecordResponse { record: Some(record) }))
}
