//! Creating many records, and writing all records that a query finds.

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use tonic::{Request, Streaming};

use crate::batch::{one_by_one, set_timeout};
use crate::client::{Client, Repeat};
use crate::error::{Error, Result};
use crate::pb::{
    CreateRecordsRequest, CreateRecordsResponse, DeleteRecordsRequest, DeleteRecordsResponse, OperationError,
    OperationResult, Record, RecordValues, UpdateRecordsRequest, UpdateRecordsResponse,
};
use crate::query::Query;
use crate::records::{collect, random_uuid, some};

/// The most records of one call.
const MOST: usize = 1000;

/// What a write by query found, and what it does to it.
pub struct Matched {
    /// How many records match.
    pub matched: i64,
    /// One for each, by sys_id, as they come. Dropping it stops the writing.
    pub results: BoxStream<'static, Result<OperationResult>>,
}

impl Client {
    /// Creates records, a thousand in a call, and says what became of each, in their order.
    ///
    /// # Errors
    /// `FieldUnknown`, before anything of that call is written.
    pub async fn create_many<F>(
        &self,
        table: impl Into<String>,
        records: impl IntoIterator<Item = F>,
    ) -> Result<Vec<std::result::Result<Record, OperationError>>>
    where
        F: IntoIterator<Item = (String, String)>,
    {
        let table = table.into();
        let records: Vec<RecordValues> =
            records.into_iter().map(|fields| RecordValues { fields: collect(fields) }).collect();
        let mut created = Vec::with_capacity(records.len());
        for records in records.chunks(MOST) {
            let request = CreateRecordsRequest {
                table: table.clone(),
                records: records.to_vec(),
                ..CreateRecordsRequest::default()
            };
            for result in self.create_records(request).await?.results {
                created.push(result.into_result().map(Option::unwrap_or_default));
            }
        }
        Ok(created)
    }

    /// Changes these fields of all records that a query finds, unless there are more than `max_records`.
    ///
    /// # Errors
    /// `LimitExceeded`, and `RequestInvalid` for a query without a filter; nothing is written then.
    pub async fn update_where(
        &self,
        table: impl Into<String>,
        query: impl Into<Query>,
        fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
        max_records: i32,
    ) -> Result<Matched> {
        self.update_records(UpdateRecordsRequest {
            table: table.into(),
            query: Some(query.into().into_message()),
            fields: collect(fields),
            max_records,
            ..UpdateRecordsRequest::default()
        })
        .await
    }

    /// Deletes all records that a query finds, unless there are more than `max_records`.
    ///
    /// # Errors
    /// `LimitExceeded`, and `RequestInvalid` for a query without a filter; nothing is deleted then.
    pub async fn delete_where(
        &self,
        table: impl Into<String>,
        query: impl Into<Query>,
        max_records: i32,
    ) -> Result<Matched> {
        self.delete_records(DeleteRecordsRequest {
            table: table.into(),
            query: Some(query.into().into_message()),
            max_records,
            ..DeleteRecordsRequest::default()
        })
        .await
    }

    /// CreateRecords. A request without a request_id gets one, so that it can be sent again safely.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn create_records(&self, mut request: CreateRecordsRequest) -> Result<CreateRecordsResponse> {
        request.instance = self.instance_or(request.instance);
        if request.request_id.is_empty() {
            request.request_id = random_uuid();
        }
        let stub = self.record_stub();
        self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.create_records(request).await
        })
        .await
    }

    /// UpdateRecords.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn update_records(&self, mut request: UpdateRecordsRequest) -> Result<Matched> {
        request.instance = self.instance_or(request.instance);
        let mut request = Request::new(request);
        set_timeout(&mut request, self.settings.stream_deadline);
        self.prepare().await?;
        let messages = self.record_stub().update_records(request).await?.into_inner();
        matched(messages, |UpdateRecordsResponse { matched, results }| (matched, results)).await
    }

    /// DeleteRecords.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn delete_records(&self, mut request: DeleteRecordsRequest) -> Result<Matched> {
        request.instance = self.instance_or(request.instance);
        let mut request = Request::new(request);
        set_timeout(&mut request, self.settings.stream_deadline);
        self.prepare().await?;
        let messages = self.record_stub().delete_records(request).await?.into_inner();
        matched(messages, |DeleteRecordsResponse { matched, results }| (matched, results)).await
    }
}

/// The first message says how many match; results may come with it.
async fn matched<M: Send + 'static>(
    mut messages: Streaming<M>,
    parts: fn(M) -> (i64, Vec<OperationResult>),
) -> Result<Matched> {
    let (matched, first) = parts(some(messages.message().await?)?);
    let rest = messages.map_err(Error::from).map_ok(move |message| parts(message).1);
    Ok(Matched { matched, results: one_by_one(stream::once(async { Ok(first) }).chain(rest)) })
}
