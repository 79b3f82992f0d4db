//! CancelTask, PauseTask, ResumeTask, RetryTask, DeleteTask.

use tonic::{Request, Response, Status};

use crate::grpc::{Gateway, request};
use crate::pb::{
    CancelTaskRequest, CancelTaskResponse, DeleteTaskRequest, DeleteTaskResponse, PauseTaskRequest,
    PauseTaskResponse, ResumeTaskRequest, ResumeTaskResponse, RetryTaskRequest, RetryTaskResponse,
};

pub(super) async fn cancel(
    gateway: &Gateway,
    request: Request<CancelTaskRequest>,
) -> Result<Response<CancelTaskResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let id = request.into_inner().id;
    caller.about(&id);
    let task = request::until(deadline, gateway.tasks.cancel(&caller, &id)).await?;
    Ok(Response::new(CancelTaskResponse { task: Some(task) }))
}

pub(super) async fn pause(
    gateway: &Gateway,
    request: Request<PauseTaskRequest>,
) -> Result<Response<PauseTaskResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let id = request.into_inner().id;
    caller.about(&id);
    let task = request::until(deadline, gateway.tasks.pause(&caller, &id)).await?;
    Ok(Response::new(PauseTaskResponse { task: Some(task) }))
}

pub(super) async fn resume(
    gateway: &Gateway,
    request: Request<ResumeTaskRequest>,
) -> Result<Response<ResumeTaskResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let id = request.into_inner().id;
    caller.about(&id);
    let task = request::until(deadline, gateway.tasks.resume(&caller, &id)).await?;
    Ok(Response::new(ResumeTaskResponse { task: Some(task) }))
}

pub(super) async fn retry(
    gateway: &Gateway,
    request: Request<RetryTaskRequest>,
) -> Result<Response<RetryTaskResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let id = request.into_inner().id;
    caller.about(&id);
    let task = request::until(deadline, gateway.tasks.retry(&caller, &id)).await?;
    Ok(Response::new(RetryTaskResponse { task: Some(task) }))
}

pub(super) async fn delete(
    gateway: &Gateway,
    request: Request<DeleteTaskRequest>,
) -> Result<Response<DeleteTaskResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let id = request.into_inner().id;
    caller.about(&id);
    request::until(deadline, gateway.tasks.delete(&caller, &id)).await?;
    Ok(Response::new(DeleteTaskResponse {}))
}
