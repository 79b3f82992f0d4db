//! Sending a file to the instance.

use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use servicenow::{Attachment, DisplayMode};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Instrument;

use super::expected::Expected;
use super::sent::Sent;
use crate::access::Guard;
use crate::error::Error;
use crate::instance::Subject;
use crate::records;

/// What is to be attached, and to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAttachment {
    /// The record's table.
    pub table: String,
    /// The record.
    pub record_sys_id: String,
    /// The file's name.
    pub file_name: String,
    /// The media type.
    pub content_type: String,
    /// What the content is announced to be.
    pub expected: Expected,
}

/// Attaches a content to a record, as it comes.
///
/// Whatever goes wrong, no attachment is left behind: a request whose body is not whole is broken off, and a content
/// that the instance stored for a caller who left is deleted again. Dropping the future counts as leaving.
///
/// Fails with [`Error::RecordUnknown`] and [`Error::TableUnknown`] before any content is asked for, and with
/// [`Error::ContentMismatch`].
pub async fn upload(
    guard: Guard,
    new: NewAttachment,
    content: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
    deadline: Option<Instant>,
) -> Result<Attachment, Error> {
    let (answer, answered) = oneshot::channel();
    // A task of its own, because it outlives a caller who leaves.
    tokio::spawn(run(guard, new, content, answer).in_current_span());
    tokio::select! {
        answer = answered => answer.unwrap_or_else(|_| Err(Error::internal("the upload's task ended"))),
        () = crate::inbound::at(deadline) => Err(Error::DeadlineExceeded),
    }
}

type Answer = oneshot::Sender<Result<Attachment, Error>>;

async fn run(
    guard: Guard,
    new: NewAttachment,
    content: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
    mut answer: Answer,
) {
    let sent = Arc::new(Sent::default());
    let mut call = Box::pin(attach(&guard, &new, content, sent.clone()));
    let result = tokio::select! {
        result = &mut call => result,
        () = answer.closed() => {
            if !sent.is_complete() {
                return; // the request goes with its future, unfinished
            }
            call.await
        }
    };
    // Nobody waits for the answer any more: take back what was stored.
    if let Err(Ok(attachment)) = answer.send(result)
        && let Err(error) = super::delete::remove(&guard.instance, &attachment.sys_id).await
    {
        tracing::warn!(sys_id = attachment.sys_id, %error, "cannot delete the upload of a caller who left");
    }
}

async fn attach(
    guard: &Guard,
    new: &NewAttachment,
    content: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
    sent: Arc<Sent>,
) -> Result<Attachment, Error> {
    let (table, record) = (new.table.as_str(), new.record_sys_id.as_str());
    let instance = &guard.instance;
    // Told before the content is sent for nothing.
    records::get(guard, record, &["sys_id".to_owned()], DisplayMode::Value).await?;
    let upload = servicenow::Upload {
        table: new.table.clone(),
        record: new.record_sys_id.clone(),
        file_name: new.file_name.clone(),
        content_type: Some(new.content_type.clone()),
        size: new.expected.size,
        encryption_context: None,
    };
    let body = sent.clone().body(instance.name().to_owned(), new.expected.clone(), content);
    let call = instance.bulk().upload(&upload, body);
    let result = instance.call("attachment_upload", Subject::record(table, record), call).await;
    // The cause is on our side of the instance, where the content broke off.
    result.map_err(|error| sent.failure().unwrap_or(error))
}
