//! Work in the background: made, found, steered, watched across broken connections, and waited for.

use std::time::{Duration, Instant};

use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use tonic::{Code, Request, Streaming};

use crate::auth::{Authorized, Used};
use crate::backoff::Backoff;
use crate::client::{Client, Repeat};
use crate::error::{Error, Result};
use crate::pb::task_parameters::Parameters;
use crate::pb::task_service_client::TaskServiceClient;
use crate::pb::{
    CancelTaskRequest, CreateTaskRequest, CreateTaskResponse, DeleteTaskRequest, GetTaskRequest,
    ListTasksRequest, ListTasksResponse, PauseTaskRequest, ResumeTaskRequest, RetryTaskRequest, Task,
    TaskFilter, TaskParameters, TaskState, WatchTasksRequest, WatchTasksResponse,
};
use crate::records::{random_uuid, some};

/// One attempt at a watch lasts no longer, and is then resumed.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(3600);
/// A watch outlives a restart of the gateway, which takes longer than a broken connection.
const WATCH_RETRIES: u32 = 3;

impl Task {
    /// Whether it has come to its end: it succeeded, failed or was cancelled.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.state(), TaskState::Succeeded | TaskState::Failed | TaskState::Cancelled)
    }
}

impl Client {
    /// The stub of TaskService.
    #[must_use]
    pub fn task_stub(&self) -> TaskServiceClient<Authorized> {
        TaskServiceClient::new(self.authorized())
    }

    /// Makes a task that does this, with nothing else said of it.
    ///
    /// # Errors
    /// Those of CreateTask.
    pub async fn start_task(&self, parameters: Parameters) -> Result<Task> {
        let parameters = Some(TaskParameters { parameters: Some(parameters) });
        let task = Some(Task { parameters, ..Task::default() });
        some(self.create_task(CreateTaskRequest { task, ..Default::default() }).await?.task)
    }

    /// CreateTask. A request without a request_id gets one, so that it can be sent again safely.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn create_task(&self, mut request: CreateTaskRequest) -> Result<CreateTaskResponse> {
        if request.request_id.is_empty() {
            request.request_id = random_uuid();
        }
        let stub = self.task_stub();
        self.call(
            Repeat::Safe,
            stub,
            request,
            |mut stub, request| async move { stub.create_task(request).await },
        )
        .await
    }

    /// Gets a task.
    ///
    /// # Errors
    /// `TaskUnknown`.
    pub async fn task(&self, id: impl Into<String>) -> Result<Task> {
        let request = GetTaskRequest { id: id.into() };
        let stub = self.task_stub();
        let answer = self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.get_task(request).await
        });
        some(answer.await?.task)
    }

    /// Lists the tasks of a filter, page by page, the newest first.
    pub fn tasks(&self, filter: TaskFilter) -> BoxStream<'static, Result<Task>> {
        let request = ListTasksRequest { filter: Some(filter), page_size: 500, ..Default::default() };
        let pages = task_pages(self.clone(), request);
        pages.map_ok(|page| futures::stream::iter(page.into_iter().map(Ok))).try_flatten().boxed()
    }

    /// ListTasks.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn list_tasks(&self, request: ListTasksRequest) -> Result<ListTasksResponse> {
        let stub = self.task_stub();
        self.call(
            Repeat::Safe,
            stub,
            request,
            |mut stub, request| async move { stub.list_tasks(request).await },
        )
        .await
    }

    /// Asks for a task's end.
    ///
    /// # Errors
    /// `TaskUnknown`, `TaskStateConflict`.
    pub async fn cancel_task(&self, id: impl Into<String>) -> Result<Task> {
        let request = CancelTaskRequest { id: id.into() };
        let stub = self.task_stub();
        let answer = self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.cancel_task(request).await
        });
        some(answer.await?.task)
    }

    /// Asks a task to rest.
    ///
    /// # Errors
    /// `TaskUnknown`, `TaskStateConflict`.
    pub async fn pause_task(&self, id: impl Into<String>) -> Result<Task> {
        let request = PauseTaskRequest { id: id.into() };
        let stub = self.task_stub();
        let answer = self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.pause_task(request).await
        });
        some(answer.await?.task)
    }

    /// Lets a task that rests go on.
    ///
    /// # Errors
    /// `TaskUnknown`, `TaskStateConflict`.
    pub async fn resume_task(&self, id: impl Into<String>) -> Result<Task> {
        let request = ResumeTaskRequest { id: id.into() };
        let stub = self.task_stub();
        let answer = self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.resume_task(request).await
        });
        some(answer.await?.task)
    }

    /// Lets a task that failed or was cancelled begin again from its last checkpoint.
    ///
    /// # Errors
    /// `TaskUnknown`, `TaskStateConflict`, `TaskLimitExceeded`.
    pub async fn retry_task(&self, id: impl Into<String>) -> Result<Task> {
        let request = RetryTaskRequest { id: id.into() };
        let stub = self.task_stub();
        let answer = self.call(Repeat::Unsafe, stub, request, |mut stub, request| async move {
            stub.retry_task(request).await
        });
        some(answer.await?.task)
    }

    /// Forgets a finished task.
    ///
    /// # Errors
    /// `TaskUnknown`, `TaskStateConflict`.
    pub async fn delete_task(&self, id: impl Into<String>) -> Result<()> {
        let request = DeleteTaskRequest { id: id.into() };
        let stub = self.task_stub();
        self.call(Repeat::Unsafe, stub, request, |mut stub, request| async move {
            stub.delete_task(request).await
        })
        .await?;
        Ok(())
    }

    /// A task as it is, and after each change until it is finished. Resumes where the connection breaks.
    pub fn watch_task(&self, id: impl Into<String>) -> BoxStream<'static, Result<Task>> {
        self.watch_tasks(WatchTasksRequest { id: id.into(), ..Default::default() })
    }

    /// WatchTasks. Where the connection breaks, it goes on after the last revision that came.
    pub fn watch_tasks(&self, request: WatchTasksRequest) -> BoxStream<'static, Result<Task>> {
        let changes = changes(self.clone(), request);
        changes.map_ok(|tasks| futures::stream::iter(tasks.into_iter().map(Ok))).try_flatten().boxed()
    }

    /// Waits until a task is finished, however that is; gives it as it is then. One that is paused is waited for too.
    ///
    /// # Errors
    /// `TaskUnknown`, or the gateway stayed away.
    pub async fn wait_for_task(&self, id: impl Into<String>) -> Result<Task> {
        let id = id.into();
        let mut watch = self.watch_task(&id);
        let mut last = None;
        while let Some(task) = watch.try_next().await? {
            last = Some(task);
        }
        match last.filter(Task::is_finished) {
            Some(task) => Ok(task),
            None => self.task(id).await,
        }
    }
}

fn task_pages(client: Client, mut request: ListTasksRequest) -> impl Stream<Item = Result<Vec<Task>>> + Send {
    async_stream::try_stream! {
        loop {
            let answer = client.list_tasks(request.clone()).await?;
            request.page_token = answer.next_page_token;
            yield answer.tasks;
            if request.page_token.is_empty() {
                break;
            }
        }
    }
}

fn changes(client: Client, request: WatchTasksRequest) -> impl Stream<Item = Result<Vec<Task>>> + Send {
    let settings = &client.settings;
    let mut watch = Watch {
        end: settings.stream_deadline.map(|deadline| Instant::now() + deadline),
        backoff: Backoff::new(settings.retries.saturating_mul(WATCH_RETRIES)),
        used: client.bearer().used(),
        recovered: false,
        client,
        request,
    };
    async_stream::try_stream! {
        let mut messages = watch.open().await?;
        loop {
            match messages.message().await {
                Ok(Some(message)) => yield watch.take(message),
                Ok(None) => break,
                Err(status) => {
                    watch.wait_after(status.into()).await?;
                    messages = watch.open().await?;
                }
            }
        }
    }
}

/// The attempts at one watch.
struct Watch {
    client: Client,
    request: WatchTasksRequest,
    end: Option<Instant>,
    backoff: Backoff,
    /// What the last attempt carried.
    used: Used,
    /// It was refreshed since the last message.
    recovered: bool,
}

impl Watch {
    fn take(&mut self, message: WatchTasksResponse) -> Vec<Task> {
        self.request.after_revision = self.request.after_revision.max(message.revision);
        self.backoff.reset();
        self.recovered = false;
        message.tasks
    }

    async fn open(&mut self) -> Result<Streaming<WatchTasksResponse>> {
        loop {
            match self.send().await {
                Ok(messages) => return Ok(messages),
                Err(error) => self.wait_after(error).await?,
            }
        }
    }

    async fn send(&mut self) -> Result<Streaming<WatchTasksResponse>> {
        self.client.prepare().await?;
        self.used = self.client.bearer().used();
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        let mut request = Request::new(self.request.clone());
        request.set_timeout(left.unwrap_or(LONGEST_ATTEMPT).min(LONGEST_ATTEMPT));
        Ok(self.client.task_stub().watch_tasks(request).await?.into_inner())
    }

    /// Returns once it is time to try again; fails where that would not help.
    async fn wait_after(&mut self, error: Error) -> Result<()> {
        let (bearer, channel) = (self.client.bearer(), self.client.channel());
        if !self.recovered && bearer.recover(channel, &error, &self.used).await? {
            self.recovered = true;
            return Ok(());
        }
        // The end of one attempt is not the end of the watch.
        let over =
            error.code() == Code::DeadlineExceeded && self.end.is_some_and(|end| Instant::now() >= end);
        if over || !(error.is_retryable() || error.code() == Code::DeadlineExceeded) {
            return Err(error);
        }
        let delay = self.backoff.next(error.retry_after());
        let in_time = |delay: &Duration| self.end.is_none_or(|end| Instant::now() + *delay < end);
        let Some(delay) = delay.filter(in_time) else { return Err(error) };
        tokio::time::sleep(delay).await;
        Ok(())
    }
}
