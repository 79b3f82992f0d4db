//! The body of an upload: what the caller gives, measured on its way.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use tokio::time::Instant;

use super::Attachment;
use super::measure::Measure;
use crate::Error;
use crate::transport::Progress;

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
    pub(super) fn watch(
        self: Arc<Sent>,
        body: impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static,
    ) -> BoxStream<'static, Result<Bytes, io::Error>> {
        let end = stream::once(async { None });
        let marked = body.map(Some).chain(end);
        marked.filter_map(move |item| std::future::ready(self.step(item))).boxed()
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
            return Err(Error::ContentMismatch { expected: "more bytes".to_owned(), found });
        }
        match state.measure.difference(attachment) {
            Some((expected, found)) => Err(Error::ContentMismatch { expected, found }),
            None => Ok(()),
        }
    }

    /// `None` in place of an item is the end.
    fn step(&self, item: Option<Result<Bytes, io::Error>>) -> Option<Result<Bytes, io::Error>> {
        let mut state = self.lock();
        state.last = Instant::now();
        let failure = match item {
            Some(Ok(chunk)) => {
                state.measure.take(&chunk);
                if self.stated.is_none_or(|stated| state.measure.bytes <= stated) {
                    return Some(Ok(chunk));
                }
                format!("it is longer than the {} bytes stated", self.stated.unwrap_or_default())
            }
            Some(Err(error)) => error.to_string(),
            None => match self.stated.filter(|stated| *stated != state.measure.bytes) {
                Some(stated) => format!("it has {} bytes, not the {stated} stated", state.measure.bytes),
                None => {
                    state.complete = true;
                    return None;
                }
            },
        };
        state.failure.get_or_insert_with(|| failure.clone());
        Some(Err(io::Error::other(failure)))
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
