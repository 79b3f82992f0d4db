//! A file or object under way.

mod upload;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::Error;

pub(crate) use upload::Upload;

/// A file or object that has its name only once it is committed. Dropped before that, it is given up.
pub enum Output {
    /// A file.
    Local(Local),
    /// An object.
    Store(Box<Upload>),
}

/// A file under a hidden name beside the one that it will have.
pub struct Local {
    file: File,
    path: PathBuf,
    hidden: Option<PathBuf>,
}

impl Output {
    /// Writes what comes next.
    ///
    /// # Errors
    /// What the disk or the store says.
    pub async fn put(&mut self, bytes: Bytes) -> Result<(), Error> {
        match self {
            Self::Local(local) => {
                local.file.write_all(&bytes).await.map_err(Error::disk(local.path.display()))
            }
            Self::Store(upload) => upload.put(&bytes).await,
        }
    }

    /// Takes back what is there of it.
    pub async fn abort(self) {
        if let Self::Store(mut upload) = self {
            upload.abort().await;
        }
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// What the disk or the store says; it has no name then.
    pub async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Local(local) => local.commit().await,
            Self::Store(mut upload) => upload.commit().await,
        }
    }
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
