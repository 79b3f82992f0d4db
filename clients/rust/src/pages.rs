//! Everything a query finds, page by page, across broken connections.

use std::time::{Duration, Instant};

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use tonic::{Code, Request, Streaming};

use crate::auth::Used;
use crate::backoff::Backoff;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::pb::{ListRecordsRequest, Record, StreamRecordsRequest, StreamRecordsResponse};
use crate::query::Query;

/// One attempt lasts no longer, and is then resumed: the gateway bounds every call.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(3600);

/// Some records of a stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// May be none.
    pub records: Vec<Record>,
    /// Where to go on after this page. Empty on the last page of an ordered query.
    pub resume_token: String,
    /// How many records the stream has carried so far, those before a resume included. 0 in an ordered query.
    pub sent: i64,
}

impl Client {
    /// Reads all records of a query, as [`pages`](Self::pages) does, one by one.
    pub fn records(
        &self,
        table: impl Into<String>,
        query: impl Into<Query>,
    ) -> BoxStream<'static, Result<Record>> {
        let pages = self.pages(table, query);
        pages.map_ok(|page| futures::stream::iter(page.records.into_iter().map(Ok))).try_flatten().boxed()
    }

    /// Reads all records of a query. Memory stays bounded whatever their number.
    ///
    /// Without an order they come in sys_id order, each exactly once whatever is inserted or deleted meanwhile.
    /// With an order they are paged by offset, and rows that come or go meanwhile may move over a page's edge.
    /// A broken connection is resumed after the last page; the stream fails when that does not help, with a
    /// token to [resume from](Query::resume_from) later.
    pub fn pages(
        &self,
        table: impl Into<String>,
        query: impl Into<Query>,
    ) -> BoxStream<'static, Result<Page>> {
        let query = query.into();
        if query.is_ordered() {
            self.clone().listed(table.into(), query).boxed()
        } else {
            self.clone().streamed(table.into(), query).boxed()
        }
    }

    fn listed(self, table: String, query: Query) -> impl futures::Stream<Item = Result<Page>> + Send {
        async_stream::try_stream! {
            let mut request = ListRecordsRequest {
                instance: self.settings.instance.clone(),
                table,
                page_size: query.page_size,
                page_token: query.resume_token.clone(),
                query: Some(query.into_message()),
            };
            loop {
                let answer = self.list_records(request.clone()).await;
                let answer = answer.map_err(|error| error.with_resume_token(&request.page_token))?;
                request.page_token = answer.next_page_token;
                yield Page { records: answer.records, resume_token: request.page_token.clone(), sent: 0 };
                if request.page_token.is_empty() {
                    break;
                }
            }
        }
    }

    fn streamed(self, table: String, query: Query) -> impl futures::Stream<Item = Result<Page>> + Send {
        let mut attempts = Attempts {
            end: self.settings.stream_deadline.map(|deadline| Instant::now() + deadline),
            backoff: Backoff::new(self.settings.retries),
            request: StreamRecordsRequest {
                instance: self.settings.instance.clone(),
                table,
                page_size: query.page_size,
                resume_token: query.resume_token.clone(),
                query: Some(query.into_message()),
            },
            used: self.bearer().used(),
            client: self,
            moved: false,
            recovered: false,
        };
        async_stream::try_stream! {
            let mut messages = attempts.first().await?;
            loop {
                match messages.message().await {
                    Ok(Some(message)) => yield attempts.page(message),
                    Ok(None) => break,
                    Err(status) => messages = attempts.again(status.into()).await?,
                }
            }
        }
    }
}

/// The attempts at one stream.
struct Attempts {
    client: Client,
    request: StreamRecordsRequest,
    end: Option<Instant>,
    backoff: Backoff,
    /// A page came since the last attempt.
    moved: bool,
    /// What the last attempt carried.
    used: Used,
    /// It was refreshed since the last page.
    recovered: bool,
}

impl Attempts {
    fn page(&mut self, message: StreamRecordsResponse) -> Page {
        self.moved = true;
        self.recovered = false;
        self.backoff.reset();
        self.request.resume_token.clone_from(&message.resume_token);
        Page { records: message.records, resume_token: message.resume_token, sent: message.sent }
    }

    async fn first(&mut self) -> Result<Streaming<StreamRecordsResponse>> {
        match self.send().await {
            Ok(messages) => Ok(messages),
            Err(error) => self.again(error).await,
        }
    }

    /// Goes on after the last page, or says that the stream has failed.
    async fn again(&mut self, mut error: Error) -> Result<Streaming<StreamRecordsResponse>> {
        loop {
            let (bearer, channel) = (self.client.bearer(), self.client.channel());
            if !self.recovered && bearer.recover(channel, &error, &self.used).await? {
                self.recovered = true;
                match self.send().await {
                    Ok(messages) => return Ok(messages),
                    Err(next) => error = next,
                }
            }
            let delay = if self.may_go_on(&error) { self.backoff.next(error.retry_after()) } else { None };
            let in_time = |delay: &Duration| self.end.is_none_or(|end| Instant::now() + *delay < end);
            let Some(delay) = delay.filter(in_time) else {
                return Err(error.with_resume_token(&self.request.resume_token));
            };
            tokio::time::sleep(delay).await;
            self.moved = false;
            match self.send().await {
                Ok(messages) => return Ok(messages),
                Err(next) => error = next,
            }
        }
    }

    /// An attempt whose time is over is no failure as long as it moves on.
    fn may_go_on(&self, error: &Error) -> bool {
        error.is_retryable() || (error.code() == Code::DeadlineExceeded && self.moved)
    }

    async fn send(&mut self) -> Result<Streaming<StreamRecordsResponse>> {
        self.client.prepare().await?;
        self.used = self.client.bearer().used();
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        let mut request = Request::new(self.request.clone());
        request.set_timeout(left.unwrap_or(LONGEST_ATTEMPT).min(LONGEST_ATTEMPT));
        let response = self.client.record_stub().stream_records(request).await?;
        Ok(response.into_inner())
    }
}
