//! Sending content to the instance.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt as _};
use http::header::{self, HeaderMap, HeaderValue};
use reqwest::Body;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::content::{Content, Sent};
use super::{Attachment, ROOT, described};
use crate::address::Params;
use crate::{Client, Error, SysId, TableName};

/// How much of a file is read at a time.
const CHUNK: usize = 64 * 1024;

/// What is uploaded, and where to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// The table of the row it hangs on.
    pub table: String,
    /// The row it hangs on.
    pub record: String,
    /// The file's name.
    pub file_name: String,
    /// The media type; `application/octet-stream` if none is given.
    pub content_type: Option<String>,
    /// How many bytes there will be, if that is known: other sizes are refused.
    pub size: Option<u64>,
    /// The encryption context under which it is stored.
    pub encryption_context: Option<String>,
}

/// Content that can be read more than once.
enum Source {
    Bytes(Bytes),
    Path(PathBuf),
}

impl Client {
    /// Uploads what a stream gives, as it comes. Nothing is held but the chunk that is being sent.
    ///
    /// The stored size and SHA-256 are compared with what was sent; where the instance tells no hash, the result
    /// holds that of what was sent. As a stream cannot be read twice, nothing is
    /// sent again: a failure of the connection leaves it open whether there is an attachment.
    ///
    /// # Errors
    /// [`Error::Source`] if the stream fails or is not of the size that was stated; [`Error::ContentMismatch`] if
    /// the instance stored something else, which is then deleted.
    pub async fn upload(
        &self,
        upload: &Upload,
        body: impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static,
    ) -> Result<Attachment, Error> {
        self.upload_once(upload, body.boxed()).await
    }

    /// Uploads bytes.
    ///
    /// # Errors
    /// See [`Client::upload`].
    pub async fn upload_bytes(&self, upload: &Upload, bytes: impl Into<Bytes>) -> Result<Attachment, Error> {
        let bytes = bytes.into();
        let upload = Upload { size: Some(bytes.len() as u64), ..upload.clone() };
        self.upload_again(&upload, &Source::Bytes(bytes)).await
    }

    /// Uploads a file, under its own name if [`Upload::file_name`] is empty.
    ///
    /// # Errors
    /// See [`Client::upload`]; [`Error::Source`] also if the file cannot be opened.
    pub async fn upload_path(&self, upload: &Upload, path: impl AsRef<Path>) -> Result<Attachment, Error> {
        let path = path.as_ref();
        let metadata = tokio::fs::metadata(path).await.map_err(|error| unreadable(&error))?;
        let mut upload = Upload { size: Some(metadata.len()), ..upload.clone() };
        if upload.file_name.is_empty() {
            upload.file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        }
        self.upload_again(&upload, &Source::Path(path.to_owned())).await
    }

    /// Sends again where the instance cannot have acted, and once after a refused token.
    async fn upload_again(&self, upload: &Upload, source: &Source) -> Result<Attachment, Error> {
        let mut attempt = 1;
        let mut signed_in_again = false;
        loop {
            let error = match self.upload_once(upload, source.open().await?).await {
                Ok(attachment) => return Ok(attachment),
                Err(error) => error,
            };
            if matches!(error, Error::Unauthenticated(_))
                && self.transport().auth.renews()
                && !signed_in_again
            {
                signed_in_again = true;
                continue;
            }
            self.transport().pause(attempt, error, false).await?;
            attempt += 1;
        }
    }

    async fn upload_once(&self, upload: &Upload, body: Content) -> Result<Attachment, Error> {
        let (params, headers) = (upload.params()?, upload.headers()?);
        let [api, now, attachment] = ROOT;
        let url = self.transport().url(&[api, now, attachment, "file"], &params)?;
        let sent = Sent::new(upload.size);
        let mut body = sent.clone().watch(body);
        if upload.size == Some(0) {
            // Nobody reads a body that is to be empty.
            let first = body.next().await.transpose();
            first.map_err(|error| sent.failure().unwrap_or_else(|| unreadable(&error)))?;
        }
        let body = Body::wrap_stream(body);
        let reply = match self.transport().send(&url, headers, body, &*sent).await {
            Ok(reply) => reply,
            Err(error) => return Err(sent.failure().unwrap_or(error)),
        };
        let mut attachment = described(&reply.body)?;
        if let Err(mismatch) = sent.check(&attachment) {
            if let Err(error) = self.delete_attachment(&attachment.sys_id).await {
                tracing::warn!(sys_id = attachment.sys_id, %error, "cannot delete an upload that went wrong");
            }
            return Err(mismatch);
        }
        attachment.hash.get_or_insert_with(|| sent.hash());
        Ok(attachment)
    }
}

impl Upload {
    fn params(&self) -> Result<Params, Error> {
        let (table, record): (TableName, SysId) = (self.table.parse()?, self.record.parse()?);
        if self.file_name.is_empty() {
            return Err(Error::InvalidInput("an upload needs a file name".to_owned()));
        }
        let mut params = Params::default();
        params.push("table_name", table.as_str());
        params.push("table_sys_id", record.as_str());
        params.push("file_name", &self.file_name);
        if let Some(context) = &self.encryption_context {
            params.push("encryption_context", context);
        }
        Ok(params)
    }

    fn headers(&self) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        let kind = self.content_type.as_deref().filter(|kind| !kind.is_empty());
        let kind = HeaderValue::from_str(kind.unwrap_or("application/octet-stream")).map_err(|_| {
            Error::InvalidInput("the media type holds characters that no header can".to_owned())
        })?;
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(size) = self.size {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
        }
        Ok(headers)
    }
}

impl Source {
    async fn open(&self) -> Result<Content, Error> {
        match self {
            Source::Bytes(bytes) => {
                let bytes = bytes.clone();
                Ok(stream::once(async { Ok(bytes) }).boxed())
            }
            Source::Path(path) => {
                let file = File::open(path).await.map_err(|error| unreadable(&error))?;
                Ok(chunks(file).boxed())
            }
        }
    }
}

fn chunks(file: File) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    stream::try_unfold(file, |mut file| async move {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read = (&mut file).take(CHUNK as u64).read_to_end(&mut chunk).await?;
        Ok((read > 0).then_some((Bytes::from(chunk), file)))
    })
}

fn unreadable(error: &io::Error) -> Error {
    Error::Source(error.to_string())
}
