//! Where a dataset lies.

mod names;
mod s3;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use tokio_util::io::ReaderStream;

use crate::Error;
use crate::error::is_without_bucket;
use crate::output::{Local, Output, Upload, hidden, sync_folder};

pub use s3::S3;

/// What is read of a file at once.
const CHUNK: usize = 64 << 10;
/// The longest relative path.
const MOST_CHARS: usize = 512;

/// A folder, or a prefix of a bucket.
#[derive(Clone, Debug)]
pub struct Place {
    root: Root,
    shown: String,
}

#[derive(Clone, Debug)]
enum Root {
    Folder(PathBuf),
    Store { store: Arc<dyn ObjectStore>, prefix: Path },
}

impl Place {
    /// A folder. It is made when something is written.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { shown: path.display().to_string(), root: Root::Folder(path) }
    }

    /// A prefix of a bucket, as `s3://bucket/prefix`.
    ///
    /// # Errors
    /// [`Error::Address`].
    pub fn s3(url: &str, access: &S3) -> Result<Self, Error> {
        let (store, prefix) = s3::open(url, access)?;
        Ok(Self { root: Root::Store { store, prefix }, shown: url.trim_end_matches('/').to_owned() })
    }

    /// A place within this one, by a path of letters, digits and `_ - . =`, such as `daily/incident`.
    ///
    /// # Errors
    /// [`Error::Address`] for what could leave this place, or is no such path.
    pub fn below(&self, relative: &str) -> Result<Self, Error> {
        check(relative)?;
        let shown = format!("{}/{relative}", self.shown);
        let root = match &self.root {
            Root::Folder(path) => Root::Folder(path.join(relative)),
            Root::Store { store, prefix } => {
                Root::Store { store: store.clone(), prefix: joined(prefix, relative)? }
            }
        };
        Ok(Self { root, shown })
    }

    /// The same place under a name for people, where its address is not theirs to know.
    #[must_use]
    pub fn called(self, name: impl Into<String>) -> Self {
        Self { shown: name.into(), ..self }
    }

    /// As people know it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// All bytes of what is there; `None` where nothing is. For what is small.
    ///
    /// # Errors
    /// What the place says.
    pub async fn get(&self, name: &str) -> Result<Option<Bytes>, Error> {
        match &self.root {
            Root::Folder(path) => match tokio::fs::read(path.join(name)).await {
                Ok(bytes) => Ok(Some(bytes.into())),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Error::disk(self.told(name))(error)),
            },
            Root::Store { store, prefix } => match store.get(&joined(prefix, name)?).await {
                Ok(found) => Ok(Some(found.bytes().await.map_err(Error::store(self.told(name)))?)),
                Err(error @ object_store::Error::NotFound { .. }) if !is_without_bucket(&error) => Ok(None),
                Err(error) => Err(Error::store(self.told(name))(error)),
            },
        }
    }

    /// How many bytes a file or object has; `None` where there is none.
    ///
    /// # Errors
    /// What the place says.
    pub async fn size(&self, name: &str) -> Result<Option<u64>, Error> {
        match &self.root {
            Root::Folder(path) => match tokio::fs::metadata(path.join(name)).await {
                Ok(metadata) => Ok(Some(metadata.len())),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Error::disk(self.told(name))(error)),
            },
            Root::Store { store, prefix } => match store.head(&joined(prefix, name)?).await {
                Ok(found) => Ok(Some(found.size)),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(Error::store(self.told(name))(error)),
            },
        }
    }

    /// The bytes of a file or object, as they are taken; `None` where there is none.
    ///
    /// # Errors
    /// What the place says.
    pub async fn read(&self, name: &str) -> Result<Option<BoxStream<'static, Result<Bytes, Error>>>, Error> {
        let told = self.told(name);
        match &self.root {
            Root::Folder(path) => match tokio::fs::File::open(path.join(name)).await {
                Ok(file) => {
                    let chunks = ReaderStream::with_capacity(file, CHUNK);
                    let path = path.join(name).display().to_string();
                    Ok(Some(chunks.map(move |chunk| chunk.map_err(Error::disk(&path))).boxed()))
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Error::disk(told)(error)),
            },
            Root::Store { store, prefix } => match store.get(&joined(prefix, name)?).await {
                Ok(found) => {
                    Ok(Some(found.into_stream().map(move |chunk| chunk.map_err(Error::store(&told))).boxed()))
                }
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(Error::store(told)(error)),
            },
        }
    }

    /// Opens a part for reading from a file, where it lies in one.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        match &self.root {
            Root::Folder(path) => Some(path.join(name)),
            Root::Store { .. } => None,
        }
    }

    /// Puts something small there at one stroke. `new` refuses to write over what is there.
    ///
    /// # Errors
    /// [`Error::Occupied`]; what the place says.
    pub async fn put(&self, name: &str, bytes: Bytes, new: bool) -> Result<(), Error> {
        match &self.root {
            Root::Folder(path) => {
                let path = path.join(name);
                if new && tokio::fs::try_exists(&path).await.unwrap_or(true) {
                    return Err(Error::Occupied(self.shown.clone()));
                }
                let mut output = Output::Local(Local::create(path).await?);
                output.put(bytes).await?;
                output.commit().await
            }
            Root::Store { store, prefix } => {
                let path = joined(prefix, name)?;
                let mode = if new { PutMode::Create } else { PutMode::Overwrite };
                let options = PutOptions { mode, ..PutOptions::default() };
                match store.put_opts(&path, PutPayload::from_bytes(bytes), options).await {
                    Ok(_) => Ok(()),
                    Err(object_store::Error::AlreadyExists { .. }) => {
                        Err(Error::Occupied(self.shown.clone()))
                    }
                    Err(error) => Err(Error::store(self.told(name))(error)),
                }
            }
        }
    }

    /// Begins a file or object.
    ///
    /// # Errors
    /// What the place says.
    pub async fn begin(&self, name: &str) -> Result<Output, Error> {
        match &self.root {
            Root::Folder(path) => Ok(Output::Local(Local::create(path.join(name)).await?)),
            Root::Store { store, prefix } => {
                let upload = Upload::new(store.clone(), joined(prefix, name)?, self.told(name));
                Ok(Output::Store(Box::new(upload)))
            }
        }
    }

    /// Takes a file or object away, and what a run that was killed left of it. That it is not there is no error.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), Error> {
        match &self.root {
            Root::Folder(path) => {
                let path = path.join(name);
                for path in [hidden(&path), path.clone()] {
                    match tokio::fs::remove_file(&path).await {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            return Err(Error::disk(path.display())(error));
                        }
                        _ => {}
                    }
                }
                self.remove_empty_folders(name).await;
                Ok(())
            }
            Root::Store { store, prefix } => match store.delete(&joined(prefix, name)?).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(Error::store(self.told(name))(error)),
            },
        }
    }

    /// Folders of partitions that hold nothing any more. One that does is not removed: that is how this ends.
    async fn remove_empty_folders(&self, name: &str) {
        let Root::Folder(root) = &self.root else { return };
        let mut folder = std::path::Path::new(name).parent();
        while let Some(below) = folder.filter(|below| !below.as_os_str().is_empty()) {
            if tokio::fs::remove_dir(root.join(below)).await.is_err() {
                return;
            }
            folder = below.parent();
        }
        let _ = sync_folder(&root.join("x")).await;
    }

    fn told(&self, name: &str) -> String {
        format!("{}/{name}", self.shown)
    }
}

fn joined(prefix: &Path, relative: &str) -> Result<Path, Error> {
    let whole = if prefix.as_ref().is_empty() { relative.to_owned() } else { format!("{prefix}/{relative}") };
    Path::parse(whole).map_err(|error| Error::Address(error.to_string()))
}

fn check(relative: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '=');
    let good = |segment: &str| !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(plain);
    if relative.len() <= MOST_CHARS && relative.split('/').all(good) {
        return Ok(());
    }
    Err(Error::Address(format!(
        "{relative:?} is no path within the destination: name folders of letters, digits and _ - . =, as in daily/incident"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_within_its_place() {
        let place = Place::folder("/exports");
        for bad in ["", "/", "/etc", "a//b", "..", "a/../b", ".ssh", "a/.b", "a\\b", "a b", "a%2e", "~", "a/"]
        {
            assert!(matches!(place.below(bad), Err(Error::Address(_))), "{bad}");
        }
        assert!(place.below(&"a".repeat(513)).is_err());
        let below = place.below("daily/incident.v1").unwrap();
        assert_eq!(
            (below.shown(), below.file("x")),
            ("/exports/daily/incident.v1", Some("/exports/daily/incident.v1/x".into()))
        );
    }

    #[tokio::test]
    async fn what_is_there_is_not_written_over_unless_that_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::folder(folder.path().join("made"));
        assert_eq!(place.get("m").await.unwrap(), None);
        place.put("m", "old".into(), true).await.unwrap();
        assert!(matches!(place.put("m", "new".into(), true).await, Err(Error::Occupied(_))));
        place.put("m", "new".into(), false).await.unwrap();
        assert_eq!(place.get("m").await.unwrap().unwrap(), "new");
    }

    #[tokio::test]
    async fn a_file_under_way_is_hidden_and_goes_when_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::folder(folder.path());
        let mut output = place.begin("state=1/part.csv").await.unwrap();
        output.put("half".into()).await.unwrap();
        let inside = folder.path().join("state=1");
        let names = || {
            std::fs::read_dir(&inside).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>()
        };
        assert_eq!(names(), [".part.csv.sncgate-part"]);
        drop(output);
        assert!(names().is_empty());

        let mut output = place.begin("state=1/part.csv").await.unwrap();
        output.put("whole".into()).await.unwrap();
        output.commit().await.unwrap();
        assert_eq!(names(), ["part.csv"]);
        place.remove("state=1/part.csv").await.unwrap();
        assert!(!inside.exists() && folder.path().exists());
    }
}
