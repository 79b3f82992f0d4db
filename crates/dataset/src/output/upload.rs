//! An object under way: one request if it is small, else an upload in pieces.
//!
//! Pieces that were sent are no object before the upload is completed, and cost money until it is ended: whatever goes wrong,
//! it is.

use std::sync::Arc;

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use tokio::task::JoinSet;

use crate::Error;

/// Bytes of a piece, held in memory until it is sent. S3 takes 10,000 of them, so an object of 80 GB.
const PIECE: usize = 8 << 20;
/// Pieces that are sent at once.
const AT_ONCE: usize = 2;

pub struct Upload {
    store: Arc<dyn ObjectStore>,
    path: Path,
    shown: String,
    waiting: Vec<u8>,
    pieces: Option<Box<dyn MultipartUpload>>,
    under_way: JoinSet<object_store::Result<()>>,
}

impl Upload {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, path: Path, shown: String) -> Self {
        Self { store, path, shown, waiting: Vec::new(), pieces: None, under_way: JoinSet::new() }
    }

    /// Takes bytes, no faster than they are sent.
    pub(super) async fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.waiting.extend_from_slice(bytes);
        while self.waiting.len() >= PIECE {
            let rest = self.waiting.split_off(PIECE);
            let piece = std::mem::replace(&mut self.waiting, rest);
            self.send(piece).await?;
        }
        Ok(())
    }

    /// Makes an object of what was put; ends the upload where that fails.
    pub(super) async fn commit(&mut self) -> Result<(), Error> {
        let done = self.complete().await;
        if done.is_ok() {
            self.pieces = None;
        } else {
            self.abort().await;
        }
        done
    }

    /// Ends the upload.
    pub(super) async fn abort(&mut self) {
        let under_way = std::mem::take(&mut self.under_way);
        if let Some(pieces) = self.pieces.take() {
            end(pieces, under_way, &self.shown).await;
        }
    }

    async fn complete(&mut self) -> Result<(), Error> {
        let rest = std::mem::take(&mut self.waiting);
        if self.pieces.is_none() {
            let put = self.store.put(&self.path, rest.into()).await;
            return put.map(drop).map_err(Error::store(&self.shown));
        }
        if !rest.is_empty() {
            self.send(rest).await?;
        }
        self.wait(0).await?;
        let pieces = self.pieces.as_mut().expect("it was looked for above");
        pieces.complete().await.map(drop).map_err(Error::store(&self.shown))
    }

    async fn send(&mut self, piece: Vec<u8>) -> Result<(), Error> {
        self.wait(AT_ONCE - 1).await?;
        let pieces = match &mut self.pieces {
            Some(pieces) => pieces,
            none => {
                let begun = self.store.put_multipart(&self.path).await;
                none.insert(begun.map_err(Error::store(&self.shown))?)
            }
        };
        self.under_way.spawn(pieces.put_part(piece.into()));
        Ok(())
    }

    /// Until no more than that many pieces are under way.
    async fn wait(&mut self, most: usize) -> Result<(), Error> {
        while self.under_way.len() > most {
            let sent = self.under_way.join_next().await.expect("some are under way");
            sent.map_err(|_| Error::Broken)?.map_err(Error::store(&self.shown))?;
        }
        Ok(())
    }
}

/// A piece that arrives later would begin to cost money again: those under way are stopped first.
async fn end(
    mut pieces: Box<dyn MultipartUpload>,
    mut under_way: JoinSet<object_store::Result<()>>,
    shown: &str,
) {
    under_way.shutdown().await;
    if let Err(error) = pieces.abort().await {
        tracing::warn!(object = shown, %error, "an upload that was given up could not be ended");
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(pieces) = self.pieces.take() else { return };
        let (shown, under_way) = (std::mem::take(&mut self.shown), std::mem::take(&mut self.under_way));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { end(pieces, under_way, &shown).await });
        }
    }
}
