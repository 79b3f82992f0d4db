//! Many operations in one call, and what came of each.

use std::time::Duration;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tonic::Request;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::pb::operation::Kind;
use crate::pb::operation_result::Outcome;
use crate::pb::{
    CreateOperation, DeleteOperation, ExecuteBatchRequest, GetOperation, Operation, OperationError,
    OperationResult, Record, UpdateOperation,
};
use crate::records::collect;

/// Operations of one message.
const HANDFUL: usize = 100;

impl Client {
    /// Carries operations out as they come, and gives the result of each as it is done, in any order. Each is reported
    /// once; those on the same record run in the order they came. The gateway has at most 1000 on their way: whoever
    /// reads results slowly is read slowly.
    ///
    /// The stream fails when the call does. An operation without a result was then not begun, or its result was lost;
    /// creates with a request_id or a sys_id, updates and deletes with allow_missing may be sent again.
    pub fn batch(
        &self,
        operations: impl Stream<Item = Operation> + Send + 'static,
    ) -> BoxStream<'static, Result<OperationResult>> {
        let instance = self.settings.instance.clone();
        let messages = operations
            .ready_chunks(HANDFUL)
            .map(move |operations| ExecuteBatchRequest { instance: instance.clone(), operations });
        let mut request = Request::new(messages);
        set_timeout(&mut request, self.settings.stream_deadline);
        let mut stub = self.batch_stub();
        let client = self.clone();
        let answer = async move {
            client.prepare().await?;
            let messages = stub.execute_batch(request).await?.into_inner();
            Ok::<_, Error>(messages.map_err(Error::from))
        };
        let messages = stream::once(answer).try_flatten();
        one_by_one(messages.map_ok(|message| message.results))
    }
}

/// The results of all messages.
pub(crate) fn one_by_one(
    messages: impl Stream<Item = Result<Vec<OperationResult>>> + Send + 'static,
) -> BoxStream<'static, Result<OperationResult>> {
    messages.map_ok(|results| stream::iter(results.into_iter().map(Ok))).try_flatten().boxed()
}

impl Operation {
    /// Reads a record, all columns, values as stored.
    #[must_use]
    pub fn get(id: impl Into<String>, table: impl Into<String>, sys_id: impl Into<String>) -> Self {
        let get = GetOperation { table: table.into(), sys_id: sys_id.into(), ..Default::default() };
        Self { id: id.into(), kind: Some(Kind::Get(get)) }
    }

    /// Creates a record.
    #[must_use]
    pub fn create(
        id: impl Into<String>,
        table: impl Into<String>,
        fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let create = CreateOperation { table: table.into(), fields: collect(fields), ..Default::default() };
        Self { id: id.into(), kind: Some(Kind::Create(create)) }
    }

    /// Changes these fields of a record.
    #[must_use]
    pub fn update(
        id: impl Into<String>,
        table: impl Into<String>,
        sys_id: impl Into<String>,
        fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let (table, sys_id, fields) = (table.into(), sys_id.into(), collect(fields));
        let update = UpdateOperation { table, sys_id, fields, ..Default::default() };
        Self { id: id.into(), kind: Some(Kind::Update(update)) }
    }

    /// Deletes a record; one that is not there is an error.
    #[must_use]
    pub fn delete(id: impl Into<String>, table: impl Into<String>, sys_id: impl Into<String>) -> Self {
        let delete = DeleteOperation { table: table.into(), sys_id: sys_id.into(), allow_missing: false };
        Self { id: id.into(), kind: Some(Kind::Delete(delete)) }
    }
}

impl OperationResult {
    /// The record, or none where it was deleted.
    ///
    /// # Errors
    /// Why the operation failed.
    pub fn into_result(self) -> std::result::Result<Option<Record>, OperationError> {
        match self.outcome {
            Some(Outcome::Record(record)) => Ok(Some(record)),
            Some(Outcome::Deleted(())) => Ok(None),
            Some(Outcome::Error(error)) => Err(error),
            None => Err(OperationError {
                code: tonic::Code::Internal.into(),
                message: "the gateway's result is empty".to_owned(),
                ..OperationError::default()
            }),
        }
    }
}

pub(crate) fn set_timeout<M>(request: &mut Request<M>, deadline: Option<Duration>) {
    if let Some(deadline) = deadline {
        request.set_timeout(deadline);
    }
}
