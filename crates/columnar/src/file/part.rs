//! A file that has its name only when it is whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file under way, beside the place it will have, under a hidden name. Dropped before its
/// [commit](Part::commit) it is removed.
pub struct Part {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl Part {
    /// Begins a file that will lie at `path`.
    ///
    /// # Errors
    /// Where the folder is not there, or may not be written to.
    pub fn create(path: &Path) -> io::Result<Self> {
        let folder = folder(path);
        let file = tempfile::Builder::new().prefix(".sncgate-").suffix(".part").tempfile_in(folder)?;
        Ok(Self { file: BufWriter::with_capacity(1 << 20, file), path: path.to_owned() })
    }

    /// Gives the file its name, in place of one that had it; gives its size in bytes.
    ///
    /// # Errors
    /// Where the disk does not take it. Then there is no file.
    pub fn commit(self) -> io::Result<u64> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        let bytes = file.as_file().metadata()?.len();
        share(file.as_file())?;
        file.persist(&self.path).map_err(|error| error.error)?;
        // The name, too, must survive a loss of power.
        File::open(folder(&self.path))?.sync_all()?;
        Ok(bytes)
    }
}

/// Temporary files are their owner's alone; a result is as readable as the umask lets new files be.
#[cfg(unix)]
fn share(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_: &File) -> io::Result<()> {
    Ok(())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
