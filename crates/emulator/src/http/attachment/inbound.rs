//! An upload as its bytes come: gathered into pieces, written on a thread that may block.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use super::describe;
use crate::attachments::{PIECE, too_large};
use crate::engine::{self, NewAttachment, Session, Upload};
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;

/// A file on its way in. Dropped before its end, it leaves nothing.
pub(super) struct Inbound {
    upload: Option<Upload>,
    waiting: Vec<Bytes>,
    length: usize,
}

impl Inbound {
    /// Starts, if the record is there and may be written to and the declared size is allowed.
    pub(super) async fn open(
        face: &Face,
        session: &Arc<Session>,
        declared: Option<u64>,
        new: NewAttachment,
    ) -> Result<Self, Failure> {
        let session = Arc::clone(session);
        let upload = face
            .ask(move |engine| {
                let limit = engine.settings().max_attachment_bytes;
                if declared.is_some_and(|declared| declared > limit) {
                    return Err(too_large(limit));
                }
                engine.attach(&session, new)
            })
            .await?;
        Ok(Inbound { upload: Some(upload), waiting: Vec::new(), length: 0 })
    }

    /// Takes the next bytes.
    pub(super) async fn push(&mut self, bytes: Bytes) -> Result<(), Failure> {
        self.length += bytes.len();
        self.waiting.push(bytes);
        if self.length >= PIECE {
            let upload = self.written().await?;
            self.upload = Some(upload);
        }
        Ok(())
    }

    /// Shows the file; the result is its sys_id.
    pub(super) async fn finish(mut self) -> Result<String, Failure> {
        let upload = self.written().await?;
        blocking(move || upload.finish()).await
    }

    /// The upload with all that waited in it. If it fails, its pieces go on the thread that wrote them.
    async fn written(&mut self) -> Result<Upload, Failure> {
        let mut upload = self.upload.take().expect("it is only away while it writes, and a failure ends it");
        let waiting = std::mem::take(&mut self.waiting);
        self.length = 0;
        blocking(move || {
            for bytes in &waiting {
                upload.write(bytes)?;
            }
            Ok(upload)
        })
        .await
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        // Removing pieces blocks. Without a runtime there is nothing to hold up.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(upload))),
            Err(_) => drop(upload),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, engine::Error> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::internal(&error))?.map_err(Failure::from)
}

/// The reply to an upload: the description, and where the content is.
pub(super) async fn created(face: &Face, call: &Call, sys_id: &str) -> Result<Response, Failure> {
    let (names, cells) = describe(face, &call.session, sys_id).await?;
    let mut response = call.reply(StatusCode::CREATED, call.attachment_encoder().single(&names, &cells));
    let location = HeaderValue::from_str(&call.url(&format!("attachment/{sys_id}/file")));
    response.headers_mut().insert(LOCATION, location.map_err(|error| Failure::internal(&error))?);
    Ok(response)
}
