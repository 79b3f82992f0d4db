//! TaskService: a table of contents.

mod create;
mod list;
mod steer;
mod watch;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::task_service_server::{TaskService, TaskServiceServer};
use crate::pb::{
    CancelTaskRequest, CancelTaskResponse, CreateTaskRequest, CreateTaskResponse, DeleteTaskRequest,
    DeleteTaskResponse, GetTaskRequest, GetTaskResponse, ListTasksRequest, ListTasksResponse,
    PauseTaskRequest, PauseTaskResponse, ResumeTaskRequest, ResumeTaskResponse, RetryTaskRequest,
    RetryTaskResponse, WatchTasksRequest,
};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> TaskServiceServer<impl TaskService> {
    TaskServiceServer::new(Tasks(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Tasks(Gateway);

#[tonic::async_trait]
impl TaskService for Tasks {
    type WatchTasksStream = watch::Responses;

    async fn create_task(
        &self,
        request: Request<CreateTaskRequest>,
    ) -> Result<Response<CreateTaskResponse>, Status> {
        create::handle(&self.0, request).await
    }

    async fn get_task(&self, request: Request<GetTaskRequest>) -> Result<Response<GetTaskResponse>, Status> {
        list::get(&self.0, request).await
    }

    async fn list_tasks(
        &self,
        request: Request<ListTasksRequest>,
    ) -> Result<Response<ListTasksResponse>, Status> {
        list::handle(&self.0, request).await
    }

    async fn watch_tasks(
        &self,
        request: Request<WatchTasksRequest>,
    ) -> Result<Response<watch::Responses>, Status> {
        watch::handle(&self.0, request).await
    }

    async fn cancel_task(
        &self,
        request: Request<CancelTaskRequest>,
    ) -> Result<Response<CancelTaskResponse>, Status> {
        steer::cancel(&self.0, request).await
    }

    async fn pause_task(
        &self,
        request: Request<PauseTaskRequest>,
    ) -> Result<Response<PauseTaskResponse>, Status> {
        steer::pause(&self.0, request).await
    }

    async fn resume_task(
        &self,
        request: Request<ResumeTaskRequest>,
    ) -> Result<Response<ResumeTaskResponse>, Status> {
        steer::resume(&self.0, request).await
    }

    async fn retry_task(
        &self,
        request: Request<RetryTaskRequest>,
    ) -> Result<Response<RetryTaskResponse>, Status> {
        steer::retry(&self.0, request).await
    }

    async fn delete_task(
        &self,
        request: Request<DeleteTaskRequest>,
    ) -> Result<Response<DeleteTaskResponse>, Status> {
        steer::delete(&self.0, request).await
    }
}
