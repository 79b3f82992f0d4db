//! The content of an upload on its way, and how far it came.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};

use super::expected::{Expected, Measure, Mismatch};
use crate::error::Error;

/// What became of a content, for the one who waits for the instance's answer.
#[derive(Default)]
pub(super) struct Sent(Mutex<State>);

#[derive(Default)]
struct State {
    failure: Option<Error>,
    complete: bool,
}

impl Sent {
    /// The content as a request's body. Where it is not what was announced, or breaks, the body breaks off before its
    /// end: an instance keeps nothing of such a request.
    pub(super) fn body(
        self: Arc<Self>,
        instance: String,
        expected: Expected,
        content: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
    ) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
        let state = (self, content.boxed(), Measure::new(expected));
        stream::try_unfold(state, move |(sent, mut content, mut measure)| {
            let instance = instance.clone();
            async move {
                let mismatch = |found: Mismatch| {
                    let Mismatch { expected, actual } = found;
                    Error::ContentMismatch { instance, expected, actual }
                };
                let next = match content.next().await {
                    Some(Ok(chunk)) => measure.take(&chunk).map(|()| Some(chunk)).map_err(mismatch),
                    Some(Err(error)) => Err(error),
                    None => measure.end().map(|()| None).map_err(mismatch),
                };
                match next {
                    Ok(Some(chunk)) => Ok(Some((chunk, (sent, content, measure)))),
                    Ok(None) => {
                        sent.lock().complete = true;
                        Ok(None)
                    }
                    Err(error) => Err(sent.fail(error)),
                }
            }
        })
    }

    /// Why the content broke off, if it did.
    pub(super) fn failure(&self) -> Option<Error> {
        self.lock().failure.take()
    }

    /// Whether all of it was given away: the instance may have stored it.
    pub(super) fn is_complete(&self) -> bool {
        self.lock().complete
    }

    fn fail(&self, error: Error) -> io::Error {
        let told = io::Error::other(error.to_string());
        self.lock().failure = Some(error);
        told
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
