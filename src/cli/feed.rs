//! What a file holds, read on a thread that may block, as fast as it is taken.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use futures::{Stream, stream};
use tokio::sync::mpsc;

/// How much is read ahead.
const AHEAD: usize = 64;

/// What the file holds; boxed, since formats differ.
pub(crate) type Items<T> = Box<dyn Iterator<Item = Result<T>>>;

/// Why the reading ended early, if it did.
#[derive(Clone, Default)]
pub(crate) struct Broken(Arc<Mutex<Option<anyhow::Error>>>);

impl Broken {
    /// Fails where the reading did.
    pub(crate) fn check(&self) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

/// The items as a stream. One that cannot be read is the end, and is kept in `broken`.
pub(crate) fn stream_of<T: Send + 'static>(
    read: impl FnOnce() -> Result<Items<T>> + Send + 'static,
    broken: &Broken,
) -> impl Stream<Item = T> + Send + 'static {
    let broken = broken.clone();
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let send = || -> Result<()> {
            for item in read()? {
                if sender.blocking_send(item?).is_err() {
                    break; // nobody takes any more
                }
            }
            Ok(())
        };
        if let Err(error) = send() {
            *broken.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    });
    stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) })
}
