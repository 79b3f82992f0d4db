//! Where the file lies: where it was asked for, or in a private folder that goes away.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Error;

/// Names to try for a private folder.
const ATTEMPTS: u32 = 100;

#[derive(Debug)]
pub(super) struct Place {
    file: PathBuf,
    private: Option<PathBuf>,
}

impl Place {
    pub(super) fn new(path: Option<&Path>) -> Result<Self, Error> {
        if let Some(path) = path {
            return Ok(Place { file: path.to_owned(), private: None });
        }
        let folder = private_folder()?;
        Ok(Place { file: folder.join("instance.db"), private: Some(folder) })
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.private
            && let Err(error) = fs::remove_dir_all(folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "private database not removed");
        }
    }
}

fn private_folder() -> Result<PathBuf, Error> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let base = std::env::temp_dir();
    for _ in 0..ATTEMPTS {
        let folder =
            base.join(format!("servicenow-emulator-{}-{:08x}", std::process::id(), rand::random::<u32>()));
        match builder.create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(source) => return Err(Error::Place { path: folder, source }),
        }
    }
    Err(Error::Place { path: base, source: ErrorKind::AlreadyExists.into() })
}
