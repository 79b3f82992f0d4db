//! A file or object under way.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use object_store::buffered::BufWriter;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::Error;

/// A file or object that has its name only once it is committed. Dropped before that, it is given up.
pub(crate) enum Output {
    Local(Local),
    Store(Store),
}

/// A file under a hidden name beside the one that it will have.
pub(crate) struct Local {
    file: File,
    path: PathBuf,
    hidden: Option<PathBuf>,
}

/// An object: a single request if it is small, else an upload in pieces.
pub(crate) struct Store {
    writer: Option<BufWriter>,
    shown: String,
}

impl Output {
    pub(crate) async fn put(&mut self, bytes: Bytes) -> Result<(), Error> {
        match self {
            Self::Local(local) => {
                local.file.write_all(&bytes).await.map_err(Error::disk(local.path.display()))
            }
            Self::Store(store) => {
                let writer = store.writer.as_mut().expect("it is taken by the commit only");
                writer.put(bytes).await.map_err(Error::store(&store.shown))
            }
        }
    }

    /// Takes back what is there of it.
    pub(crate) async fn abort(self) {
        if let Self::Store(mut store) = self
            && let Some(writer) = store.writer.take()
        {
            abort(writer, &store.shown).await;
        }
    }

    /// Gives it its name.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Local(local) => local.commit().await,
            Self::Store(mut store) => {
                let writer = store.writer.as_mut().expect("it is taken by the commit only");
                writer.shutdown().await.map_err(|error| {
                    let error = error.downcast::<object_store::Error>().unwrap_or_else(generic);
                    Error::store(&store.shown)(error)
                })?;
                store.writer = None;
                Ok(())
            }
        }
    }
}

/// Pieces that were sent cost money until somebody takes them away.
async fn abort(mut writer: BufWriter, shown: &str) {
    if let Err(error) = writer.abort().await {
        tracing::warn!(object = shown, %error, "an upload that was given up could not be ended");
    }
}

fn generic(error: std::io::Error) -> object_store::Error {
    object_store::Error::Generic { store: "S3", source: Box::new(error) }
}

impl Local {
    pub(crate) async fn create(path: PathBuf) -> Result<Self, Error> {
        let told = || path.display().to_string();
        let folder = path.parent().expect("a part lies in a folder");
        tokio::fs::create_dir_all(folder).await.map_err(Error::disk(folder.display()))?;
        let hidden = hidden(&path);
        let file = File::create(&hidden).await.map_err(Error::disk(told()))?;
        Ok(Self { file, hidden: Some(hidden), path })
    }

    async fn commit(mut self) -> Result<(), Error> {
        let told = || self.path.display().to_string();
        self.file.flush().await.map_err(Error::disk(told()))?;
        self.file.sync_all().await.map_err(Error::disk(told()))?;
        let hidden = self.hidden.take().expect("it is committed once");
        if let Err(error) = tokio::fs::rename(&hidden, &self.path).await {
            self.hidden = Some(hidden);
            return Err(Error::disk(told())(error));
        }
        sync_folder(&self.path).await
    }
}

/// The name, too, must survive a loss of power.
pub(crate) async fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = path.parent().expect("a file lies in a folder");
    let synced = async { File::open(folder).await?.sync_all().await };
    synced.await.map_err(Error::disk(folder.display()))
}

/// The same for the same part, so that a run that goes on finds no leftovers.
pub(crate) fn hidden(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.sncgate-part"))
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(hidden) = self.hidden.take() {
            let _ = std::fs::remove_file(hidden);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some(writer) = self.writer.take() else { return };
        let shown = std::mem::take(&mut self.shown);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { abort(writer, &shown).await });
        }
    }
}

impl Store {
    pub(crate) fn new(writer: BufWriter, shown: String) -> Self {
        Self { writer: Some(writer), shown }
    }
}
