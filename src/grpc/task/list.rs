//! GetTask, ListTasks.

use prost::Message;
use tonic::{Request, Response, Status};

use crate::grpc::{Gateway, request};
use crate::pb::{GetTaskRequest, GetTaskResponse, ListTasksRequest, ListTasksResponse};
use crate::records::{Fingerprint, PageToken};

const DEFAULT_PAGE_SIZE: u64 = 50;
const MAX_PAGE_SIZE: u64 = 500;

pub(super) async fn get(
    gateway: &Gateway,
    request: Request<GetTaskRequest>,
) -> Result<Response<GetTaskResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let task = request::until(deadline, gateway.tasks.get(&caller, &message.id)).await?;
    Ok(Response::new(GetTaskResponse { task: Some(task) }))
}

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<ListTasksRequest>,
) -> Result<Response<ListTasksResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let filter = message.filter.unwrap_or_default();
    let fingerprint = Fingerprint::of(&filter.encode_to_vec());
    let size = request::page_size_up_to(message.page_size, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)?;
    let before = match message.page_token.as_str() {
        "" => i64::MAX,
        text => i64::try_from(PageToken::decode(text, &fingerprint)?.offset).unwrap_or(i64::MAX),
    };
    let limit = usize::try_from(size).unwrap_or(usize::MAX);
    let list = async {
        let wanted = gateway.tasks.wanted(&caller, filter).await?;
        gateway.tasks.list(&wanted, before, limit).await
    };
    let found = request::until(deadline, list).await?;
    let last = found.last().filter(|_| found.len() == limit).map(|(place, _)| place.unsigned_abs());
    Ok(Response::new(ListTasksResponse {
        next_page_token: last.map_or_else(String::new, |place| PageToken::encode(&fingerprint, place)),
        tasks: found.into_iter().map(|(_, task)| task).collect(),
    }))
}
