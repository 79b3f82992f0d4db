//! Reading a content, across broken connections.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tonic::{Code, Request, Streaming};

use super::hash::{Measure, check_size, mismatch};
use crate::backoff::Backoff;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::pb::download_attachment_response::Part;
use crate::pb::{Attachment, DownloadAttachmentRequest, DownloadAttachmentResponse};

/// A content as it comes. Dropping it ends the transfer.
///
/// A connection that breaks is replaced, and the transfer goes on at the first byte that is missing. Size and hash are
/// verified at the end (the hash where the download began at 0): no chunk is proved before the stream has ended well.
pub struct Download {
    attachment: Attachment,
    chunks: BoxStream<'static, Result<Bytes>>,
}

impl Client {
    /// Starts to read an attachment's content from the byte `offset` on.
    ///
    /// # Errors
    /// `AttachmentUnknown`, and `RequestInvalid` where the content ends before the offset.
    pub async fn download(&self, sys_id: impl Into<String>, offset: u64) -> Result<Download> {
        let measure = (offset == 0).then(Measure::default);
        self.download_after(sys_id.into(), offset, measure).await
    }

    /// The same where what came before is known, so that the whole can be verified.
    pub(super) async fn download_after(
        &self,
        sys_id: String,
        offset: u64,
        measure: Option<Measure>,
    ) -> Result<Download> {
        let end = self.settings.stream_deadline.map(|deadline| Instant::now() + deadline);
        let backoff = Backoff::new(self.settings.retries);
        let client = self.clone();
        let mut attempts = Attempts { client, sys_id, position: offset, measure, end, backoff };
        let (attachment, messages) = match attempts.open().await {
            Ok(opened) => opened,
            Err(error) => attempts.again(error).await?,
        };
        let chunks = attempts.into_chunks(attachment.clone(), messages).boxed();
        Ok(Download { attachment, chunks })
    }
}

impl Download {
    /// What is known of the attachment.
    #[must_use]
    pub fn attachment(&self) -> &Attachment {
        &self.attachment
    }

    /// Writes the content as it comes, and says how much it was. The writer is flushed, not closed.
    ///
    /// # Errors
    /// Those of the transfer and of the writer.
    pub async fn write_to(mut self, writer: &mut (impl AsyncWrite + Unpin + ?Sized)) -> Result<u64> {
        let mut written = 0;
        while let Some(chunk) = self.try_next().await? {
            writer.write_all(&chunk).await.map_err(|error| unwritable(&error))?;
            written += chunk.len() as u64;
        }
        writer.flush().await.map_err(|error| unwritable(&error))?;
        Ok(written)
    }
}

impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.chunks.as_mut().poll_next(context)
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("attachment", &self.attachment).finish_non_exhaustive()
    }
}

pub(super) fn unwritable(error: &std::io::Error) -> Error {
    Error::local(Code::Aborted, format!("cannot write what is downloaded: {error}"))
}

type Messages = Streaming<DownloadAttachmentResponse>;

/// The attempts at one download.
struct Attempts {
    client: Client,
    sys_id: String,
    /// The byte that comes next.
    position: u64,
    /// Of everything from the start; none where that is not known.
    measure: Option<Measure>,
    end: Option<Instant>,
    backoff: Backoff,
}

impl Attempts {
    fn into_chunks(
        mut self,
        attachment: Attachment,
        mut messages: Messages,
    ) -> impl Stream<Item = Result<Bytes>> + Send {
        async_stream::try_stream! {
            loop {
                match messages.message().await {
                    Ok(Some(DownloadAttachmentResponse { part: Some(Part::Chunk(chunk)) })) => {
                        self.take(&chunk);
                        yield chunk;
                    }
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(status) => messages = self.go_on(&attachment, status.into()).await?,
                }
            }
            match &self.measure {
                Some(measure) => measure.check(&attachment)?,
                None => check_size(self.position, &attachment)?,
            }
        }
    }

    fn take(&mut self, chunk: &[u8]) {
        self.position += chunk.len() as u64;
        self.backoff.reset();
        if let Some(measure) = &mut self.measure {
            measure.take(chunk);
        }
    }

    /// Asks for what is missing, of the same content.
    async fn go_on(&mut self, attachment: &Attachment, error: Error) -> Result<Messages> {
        let (known, messages) = self.again(error).await?;
        let of = |attachment: &Attachment| format!("{} bytes, {}", attachment.size_bytes, attachment.sha256);
        if of(&known) == of(attachment) { Ok(messages) } else { Err(mismatch(of(attachment), of(&known))) }
    }

    /// The next attempt, or the error where there is none.
    async fn again(&mut self, mut error: Error) -> Result<(Attachment, Messages)> {
        loop {
            let delay = if error.is_retryable() { self.backoff.next(error.retry_after()) } else { None };
            let in_time =
                |delay: &std::time::Duration| self.end.is_none_or(|end| Instant::now() + *delay < end);
            let Some(delay) = delay.filter(in_time) else { return Err(error) };
            tokio::time::sleep(delay).await;
            match self.open().await {
                Ok(opened) => return Ok(opened),
                Err(next) => error = next,
            }
        }
    }

    async fn open(&self) -> Result<(Attachment, Messages)> {
        let mut request = Request::new(DownloadAttachmentRequest {
            instance: self.client.settings.instance.clone(),
            sys_id: self.sys_id.clone(),
            offset: i64::try_from(self.position).unwrap_or(i64::MAX),
        });
        if let Some(end) = self.end {
            request.set_timeout(end.saturating_duration_since(Instant::now()));
        }
        self.client.prepare().await?;
        let mut messages = self.client.attachment_stub().download_attachment(request).await?.into_inner();
        match messages.message().await? {
            Some(DownloadAttachmentResponse { part: Some(Part::Attachment(known)) }) => Ok((known, messages)),
            _ => Err(Error::local(Code::Internal, "the gateway's answer does not begin with the attachment")),
        }
    }
}
