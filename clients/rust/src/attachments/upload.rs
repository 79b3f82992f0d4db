//! Sending a content.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio::fs::File;
use tokio::io::AsyncRead;
use tokio::sync::oneshot;
use tonic::{Code, Request};

use super::chunks;
use super::hash::Measure;
use crate::backoff::Backoff;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::pb::upload_attachment_request::Part;
use crate::pb::{Attachment, ErrorReason, UploadAttachmentRequest, UploadHeader};
use crate::records::some;

/// Longest chunk of the API.
const MAX_CHUNK: usize = 1024 * 1024;

impl Client {
    /// Attaches what a stream gives, as it comes. What arrived is compared with what was sent.
    ///
    /// A stream that fails, and a future that is dropped, leave no attachment behind. Nothing is sent again, since a
    /// stream cannot be read twice.
    ///
    /// # Errors
    /// `RecordUnknown`, `ContentMismatch`, those of the stream, and `InstanceUnavailable` where the instance may have
    /// stored it and did not say so.
    pub async fn upload(
        &self,
        mut header: UploadHeader,
        content: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Attachment> {
        header.instance = self.instance_or(header.instance);
        let sent = Arc::new(Mutex::new(Measure::default()));
        let (broken, breaks) = oneshot::channel();
        let head = UploadAttachmentRequest { part: Some(Part::Header(header)) };
        let chunks = until_broken(content, broken).flat_map(cut).map(measured(sent.clone()));
        let mut request = Request::new(stream::iter([head]).chain(chunks));
        if let Some(deadline) = self.settings.stream_deadline {
            request.set_timeout(deadline);
        }
        self.prepare().await?;
        let mut stub = self.attachment_stub();
        let answer = tokio::select! {
            answer = stub.upload_attachment(request) => answer?,
            // The call is dropped, which tells the gateway that this is not the end of the content.
            Ok(error) = breaks => return Err(unreadable(&error)),
        };
        let attachment = some(answer.into_inner().attachment)?;
        let sent = sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Err(mismatch) = sent.check(&attachment) {
            // The mismatch is what matters, whether or not this succeeds.
            let _ = self.delete_attachment(attachment.sys_id).await;
            return Err(mismatch);
        }
        Ok(attachment)
    }

    /// Attaches what a reader gives. See [`upload`](Self::upload).
    ///
    /// # Errors
    /// Those of [`upload`](Self::upload).
    pub async fn upload_reader(
        &self,
        header: UploadHeader,
        reader: impl AsyncRead + Send + Unpin + 'static,
    ) -> Result<Attachment> {
        self.upload(header, chunks::of(reader)).await
    }

    /// Attaches bytes. Sent again where certainly nothing was stored.
    ///
    /// # Errors
    /// Those of [`upload`](Self::upload).
    pub async fn upload_bytes(
        &self,
        mut header: UploadHeader,
        content: impl Into<Bytes>,
    ) -> Result<Attachment> {
        let content = content.into();
        header.size_bytes = i64::try_from(content.len()).ok();
        let mut backoff = Backoff::new(self.settings.retries);
        loop {
            let content = content.clone();
            let again = match self.upload(header.clone(), stream::once(async { Ok(content) })).await {
                Err(error) if stored_nothing(&error) => error,
                other => return other,
            };
            wait(&mut backoff, again).await?;
        }
    }

    /// Attaches a file, under its own name where the header has none. Sent again where certainly nothing was stored.
    ///
    /// # Errors
    /// Those of [`upload`](Self::upload).
    pub async fn upload_path(&self, mut header: UploadHeader, path: impl AsRef<Path>) -> Result<Attachment> {
        let path = path.as_ref();
        if header.file_name.is_empty() {
            header.file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        }
        let mut backoff = Backoff::new(self.settings.retries);
        loop {
            let file = File::open(path).await.map_err(|error| unreadable(&error))?;
            let metadata = file.metadata().await.map_err(|error| unreadable(&error))?;
            header.size_bytes = metadata.is_file().then(|| i64::try_from(metadata.len()).ok()).flatten();
            let again = match self.upload_reader(header.clone(), file).await {
                Err(error) if stored_nothing(&error) => error,
                other => return other,
            };
            wait(&mut backoff, again).await?;
        }
    }
}

/// The chunks up to the first failure, which is told elsewhere; after it, neither chunks nor an end.
fn until_broken(
    content: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    broken: oneshot::Sender<io::Error>,
) -> impl Stream<Item = Bytes> + Send + 'static {
    stream::unfold((content.boxed(), broken), |(mut content, broken)| async move {
        match content.next().await? {
            Ok(chunk) => Some((chunk, (content, broken))),
            Err(error) => {
                // Nobody listens any more where the call has ended.
                let _ = broken.send(error);
                std::future::pending().await
            }
        }
    })
}

/// Into chunks that fit a message; they share the bytes.
fn cut(mut chunk: Bytes) -> impl Stream<Item = Bytes> + Send + 'static {
    let pieces =
        std::iter::from_fn(move || (!chunk.is_empty()).then(|| chunk.split_to(chunk.len().min(MAX_CHUNK))));
    stream::iter(pieces)
}

fn measured(sent: Arc<Mutex<Measure>>) -> impl FnMut(Bytes) -> UploadAttachmentRequest + Send + 'static {
    move |chunk| {
        sent.lock().unwrap_or_else(PoisonError::into_inner).take(&chunk);
        UploadAttachmentRequest { part: Some(Part::Chunk(chunk)) }
    }
}

fn unreadable(error: &io::Error) -> Error {
    Error::local(Code::Aborted, format!("cannot read what is to be attached: {error}"))
}

/// The gateway broke off before the end, or did not begin.
fn stored_nothing(error: &Error) -> bool {
    use ErrorReason::{Draining, InstanceBusy, InstanceRateLimited};
    error.is_retryable() && matches!(error.reason(), Draining | InstanceBusy | InstanceRateLimited)
}

/// Waits for the next attempt, if there is one.
async fn wait(backoff: &mut Backoff, error: Error) -> Result<()> {
    let delay = backoff.next(error.retry_after()).ok_or(error)?;
    tokio::time::sleep(delay).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_chunks_are_cut() {
        for (size, expected) in
            [(0, vec![]), (1, vec![1]), (2 * MAX_CHUNK + 1, vec![MAX_CHUNK, MAX_CHUNK, 1])]
        {
            let sizes: Vec<usize> = cut(vec![0; size].into()).map(|piece| piece.len()).collect().await;
            assert_eq!(sizes, expected);
        }
    }
}
