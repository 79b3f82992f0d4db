//! The body of an upload: what the caller gives, measured on its way.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::stream::{self, BoxStream, Peekable, StreamExt as _};
use tokio::time::Instant;

use super::Attachment;
use super::measure::Measure;
use crate::Error;
use crate::transport::Progress;

/// A body as it comes.
pub(super) type Content = BoxStream<'static, Result<Bytes, io::Error>>;

/// What is known of a body while it is sent.
pub(super) struct Sent {
    state: Mutex<State>,
    /// What the caller said it would be.
    stated: Option<u64>,
}

struct State {
    measure: Measure,
    last: Instant,
    complete: bool,
    failure: Option<String>,
}

impl Sent {
    pub(super) fn new(stated: Option<u64>) -> Arc<Sent> {
        let state = State { measure: Measure::new(), last: Instant::now(), complete: false, failure: None };
        Arc::new(Sent { state: Mutex::new(state), stated })
    }

    /// Lets a body through while measuring it. It fails where it is not of the stated size.
    pub(super) fn watch(self: Arc<Sent>, body: Content) -> Content {
        let body = (self, body.peekable());
        let chunks = stream::try_unfold(body, |(sent, mut body)| async move {
            let chunk = sent.next(&mut body).await.map_err(|failure| sent.fail(failure))?;
            Ok(chunk.map(|chunk| (chunk, (sent, body))))
        });
        chunks.boxed()
    }

    /// The next chunk. Who reads a body of known size does not ask for its end, so the chunk that reaches the
    /// size is given only when nothing follows it.
    async fn next(&self, body: &mut Peekable<Content>) -> Result<Option<Bytes>, String> {
        let Some(chunk) = body.next().await.transpose().map_err(|error| error.to_string())? else {
            return self.end().map(|()| None);
        };
        let bytes = self.take(&chunk);
        let Some(stated) = self.stated.filter(|stated| bytes >= *stated) else { return Ok(Some(chunk)) };
        while Pin::new(&mut *body).next_if(|next| next.as_ref().is_ok_and(Bytes::is_empty)).await.is_some() {}
        match Pin::new(body).peek().await {
            Some(Err(error)) => Err(error.to_string()),
            None if bytes == stated => self.end().map(|()| Some(chunk)),
            _ => Err(format!("it is longer than the {stated} bytes stated")),
        }
    }

    fn take(&self, chunk: &[u8]) -> u64 {
        let mut state = self.lock();
        state.last = Instant::now();
        state.measure.take(chunk);
        state.measure.bytes
    }

    fn end(&self) -> Result<(), String> {
        let mut state = self.lock();
        match self.stated.filter(|stated| *stated != state.measure.bytes) {
            Some(stated) => Err(format!("it has {} bytes, not the {stated} stated", state.measure.bytes)),
            None => {
                state.complete = true;
                Ok(())
            }
        }
    }

    fn fail(&self, failure: String) -> io::Error {
        self.lock().failure = Some(failure.clone());
        io::Error::other(failure)
    }

    /// Why the body broke off, if it did.
    pub(super) fn failure(&self) -> Option<Error> {
        self.lock().failure.clone().map(Error::Source)
    }

    /// Whether all of it became the attachment.
    pub(super) fn check(&self, attachment: &Attachment) -> Result<(), Error> {
        let state = self.lock();
        if !state.complete {
            let found = format!("{} bytes", attachment.size_bytes);
            return Err(Error::ContentMismatch { expected: "all bytes".to_owned(), found });
        }
        match state.measure.difference(attachment) {
            Some((expected, found)) => Err(Error::ContentMismatch { expected, found }),
            None => Ok(()),
        }
    }

    /// The SHA-256 of what was sent so far.
    pub(super) fn hash(&self) -> String {
        self.lock().measure.hash()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Sent {
    fn last(&self) -> Instant {
        self.lock().last
    }
}
