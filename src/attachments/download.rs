//! Reading a file from the instance.

use std::sync::Arc;

use async_stream::try_stream;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use servicenow::{Attachment, Download};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::allowed;
use crate::access::{Caller, Operation};
use crate::error::Error;
use crate::inbound::at;
use crate::instance::{Instance, Subject};

/// Longest chunk that is handed on.
const MAX_CHUNK: usize = 1024 * 1024;

/// A content that is ready to be read. Dropping it ends the transfer.
pub struct Opened {
    instance: Arc<Instance>,
    download: Download,
}

/// Opens an attachment's content at a byte.
///
/// Fails with [`Error::AttachmentUnknown`], and with [`Error::Invalid`] where the content ends before the offset.
pub async fn download(
    caller: &Caller,
    instance: Arc<Instance>,
    sys_id: &str,
    offset: u64,
) -> Result<Opened, Error> {
    allowed::check(caller, &instance, sys_id, Operation::Read).await?;
    let call = instance.bulk().download(sys_id, offset);
    let download = instance.call("attachment_download", Subject::attachment(sys_id), call).await?;
    Ok(Opened { instance, download })
}

impl Opened {
    /// What is known of the attachment.
    pub fn attachment(&self) -> &Attachment {
        self.download.attachment()
    }

    /// The content, at most 1 MiB at a time, read as it is taken. A connection to the instance that breaks is replaced.
    /// Fails with [`Error::ContentMismatch`] at the end of a content that is not the one described, with
    /// [`Error::Draining`] and with [`Error::DeadlineExceeded`].
    pub fn into_chunks(
        mut self,
        drain: CancellationToken,
        deadline: Option<Instant>,
    ) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        try_stream! {
            while let Some(mut rest) = self.next(&drain, deadline).await? {
                while !rest.is_empty() {
                    yield rest.split_to(rest.len().min(MAX_CHUNK)); // shares the bytes
                }
            }
        }
    }

    async fn next(
        &mut self,
        drain: &CancellationToken,
        deadline: Option<Instant>,
    ) -> Result<Option<Bytes>, Error> {
        let chunk = tokio::select! {
            biased;
            () = drain.cancelled() => return Err(Error::Draining),
            () = at(deadline) => return Err(Error::DeadlineExceeded),
            chunk = self.download.next() => chunk,
        };
        chunk.transpose().map_err(|error| self.failure(error))
    }

    fn failure(&self, error: servicenow::Error) -> Error {
        self.instance.failure(Subject::attachment(&self.download.attachment().sys_id), error)
    }
}
