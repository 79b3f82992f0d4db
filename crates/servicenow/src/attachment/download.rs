//! Reading content from the instance, and going on where a connection broke.

mod parked;
mod transfer;

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::{BoxStream, Stream, StreamExt as _};
use http::header::{self, HeaderMap, HeaderValue};
use reqwest::Response;
use url::Url;

use super::{Attachment, ROOT, described};
use crate::address::Params;
use crate::transport::Opened;
use crate::{Client, DisplayMode, Error, SysId, decode};
use transfer::Transfer;

/// The header that describes the content.
const METADATA: &str = "x-attachment-metadata";

/// An attachment's content as it comes. Dropping it ends the transfer.
///
/// A connection that breaks is replaced, and the transfer goes on where it was; so is one that was let go because
/// nothing was read for 30 s, in which time others may use its place at the instance. At the end the size is compared
/// with the attachment's, and where the download began at 0 the SHA-256 too: content that differs ends in
/// [`Error::ContentMismatch`], so no chunk is proved before the stream has ended.
pub struct Download {
    attachment: Attachment,
    offset: u64,
    chunks: BoxStream<'static, Result<Bytes, Error>>,
    pub(super) max_bytes: usize,
}

impl Client {
    /// Starts to read an attachment's content from the byte `offset` on.
    ///
    /// Where the instance does not serve ranges, what comes before is read and dropped.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidInput`] if the content ends before `offset`.
    pub async fn download(&self, sys_id: &str, offset: u64) -> Result<Download, Error> {
        let sys_id: SysId = sys_id.parse()?;
        let [api, now, attachment] = ROOT;
        let url =
            self.transport().url(&[api, now, attachment, sys_id.as_str(), "file"], &Params::default())?;
        let mut attempt = 1;
        let opened = loop {
            match self.open_content(&url, offset).await {
                // The range holds nothing, which is right at the end.
                Err(error) if offset > 0 && error.status() == Some(416) => break None,
                Err(error) => self.transport().pause(attempt, error, true).await?,
                Ok(reply) => break Some(reply),
            }
            attempt += 1;
        };
        let attachment = match &opened {
            Some(opened) => self.describe(&sys_id, opened).await?,
            None => self.attachment(sys_id.as_str()).await?,
        };
        if offset > attachment.size_bytes {
            let size = attachment.size_bytes;
            return Err(Error::InvalidInput(format!("the content ends at {size}, before {offset}")));
        }
        let max_bytes = self.transport().max_body;
        let transfer = Transfer::new(self.clone(), url, attachment.clone(), offset, opened);
        Ok(Download { attachment, offset, chunks: transfer.into_stream().boxed(), max_bytes })
    }

    /// What is known of the content that was opened.
    async fn describe(&self, sys_id: &SysId, opened: &Opened) -> Result<Attachment, Error> {
        if let Some(attachment) = metadata(&opened.reply) {
            return Ok(attachment);
        }
        let [api, now, attachment] = ROOT;
        let segments = [api, now, attachment, sys_id.as_str()];
        let request = self.transport().get(&segments, &Params::default())?;
        let decode = |reply: &crate::transport::Reply| described(&reply.body);
        let attachment = self.transport().within(&opened.permit, &request, decode).await?;
        is_content(&opened.reply, &attachment)?;
        Ok(attachment)
    }

    /// Asks for the content from a byte on.
    async fn open_content(&self, url: &Url, offset: u64) -> Result<Opened, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        // Ranges and sizes speak of the content as it is.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if offset > 0 {
            let range =
                HeaderValue::try_from(format!("bytes={offset}-")).expect("digits are a header's text");
            headers.insert(header::RANGE, range);
        }
        self.transport().open(url, &headers).await
    }
}

/// A page for people in place of the content has its type, and no description.
fn is_content(reply: &Response, attachment: &Attachment) -> Result<(), Error> {
    let kind = reply.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    match kind.filter(|kind| kind.starts_with("text/html")) {
        Some(kind) if !attachment.content_type.starts_with("text/html") => {
            Err(Error::NotJson { status: reply.status().as_u16(), content_type: kind.to_owned() })
        }
        _ => Ok(()),
    }
}

fn metadata(reply: &Response) -> Option<Attachment> {
    let text = reply.headers().get(METADATA)?.as_bytes();
    let attachment: Attachment = decode::bare_row(text, "sys_attachment", DisplayMode::Value).ok()?;
    (!attachment.sys_id.is_empty()).then_some(attachment)
}

impl Download {
    /// What is known of the attachment.
    pub fn attachment(&self) -> &Attachment {
        &self.attachment
    }

    /// The byte with which the stream begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.chunks.as_mut().poll_next(context)
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Download");
        shown.field("attachment", &self.attachment).field("offset", &self.offset).finish_non_exhaustive()
    }
}
