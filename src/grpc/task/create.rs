//! CreateTask.

use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::pb::{CreateTaskRequest, CreateTaskResponse};
use crate::tasks::NewTask;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<CreateTaskRequest>,
) -> Result<Response<CreateTaskResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let request_id = request::request_id(&message.request_id)?;
    let task = message.task.ok_or_else(|| Error::invalid("task", "is required"))?;
    let new = NewTask { message: task, request_id, ..NewTask::default() };
    let (task, existed) = request::until(deadline, gateway.tasks.create(&caller, new)).await?;
    caller.about(&task.id);
    Ok(Response::new(CreateTaskResponse { task: Some(task), existed }))
}
