//! Downloads to files.

use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::Code;

use super::download::unwritable;
use super::hash::Measure;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::pb::{Attachment, ErrorReason};

type OnProgress = Box<dyn FnMut(u64, u64) + Send>;

/// A download to a file; made by [`Client::save`].
///
/// The content is written to a file of that name with ".part" at its end, which gets its name when size and hash are
/// verified. One that did not get that far stays, for [`resume`](Self::resume).
pub struct Save {
    client: Client,
    sys_id: String,
    target: PathBuf,
    resume: bool,
    on_progress: OnProgress,
}

impl Client {
    /// Prepares a download to a file: `target` itself, or in the directory that it is, under the attachment's name.
    #[must_use]
    pub fn save(&self, sys_id: impl Into<String>, target: impl Into<PathBuf>) -> Save {
        let (client, sys_id, target) = (self.clone(), sys_id.into(), target.into());
        Save { client, sys_id, target, resume: false, on_progress: Box::new(|_, _| {}) }
    }

    /// Downloads to a file, as [`save`](Self::save) does, and says where it is.
    ///
    /// # Errors
    /// Those of [`Save::run`].
    pub async fn download_to_path(
        &self,
        sys_id: impl Into<String>,
        target: impl Into<PathBuf>,
    ) -> Result<PathBuf> {
        self.save(sys_id, target).run().await
    }
}

impl Save {
    /// Goes on after what a ".part" file has, if there is one. Otherwise it is written anew.
    #[must_use]
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Is told how many bytes are there, and how many there will be.
    #[must_use]
    pub fn on_progress(mut self, told: impl FnMut(u64, u64) + Send + 'static) -> Self {
        self.on_progress = Box::new(told);
        self
    }

    /// Downloads, and says where the file is. One that was there is replaced.
    ///
    /// # Errors
    /// `AttachmentUnknown`, `ContentMismatch` (then the ".part" file is gone, too), an attachment whose name is none of
    /// a file, and a file that cannot be written.
    pub async fn run(mut self) -> Result<PathBuf> {
        let attachment = self.client.attachment(&self.sys_id).await?;
        if tokio::fs::metadata(&self.target).await.is_ok_and(|metadata| metadata.is_dir()) {
            self.target.push(file_name(&attachment)?);
        }
        let part = part(&self.target);
        match self.write(&part, &attachment).await {
            Ok(()) => {}
            Err(error) => {
                if error.reason() == ErrorReason::ContentMismatch {
                    // It would never become the attachment. Where it cannot be removed, the next attempt tells again.
                    let _ = tokio::fs::remove_file(&part).await;
                }
                return Err(error);
            }
        }
        tokio::fs::rename(&part, &self.target).await.map_err(|error| unwritable(&error))?;
        Ok(self.target)
    }

    async fn write(&mut self, part: &Path, attachment: &Attachment) -> Result<()> {
        let total = u64::try_from(attachment.size_bytes).unwrap_or(0);
        let mut options = OpenOptions::new();
        options.create(true).read(true).write(true).truncate(!self.resume);
        let mut file = options.open(part).await.map_err(|error| unwritable(&error))?;
        let mut there = measure(&mut file).await.map_err(|error| unwritable(&error))?;
        if there.bytes > total {
            // It is of something else.
            file = File::create(part).await.map_err(|error| unwritable(&error))?;
            there = Measure::default();
        }
        let mut done = there.bytes;
        (self.on_progress)(done, total);
        let mut download = self.client.download_after(self.sys_id.clone(), done, Some(there)).await?;
        while let Some(chunk) = download.try_next().await? {
            file.write_all(&chunk).await.map_err(|error| unwritable(&error))?;
            done += chunk.len() as u64;
            (self.on_progress)(done, total);
        }
        file.flush().await.map_err(|error| unwritable(&error))?;
        file.sync_all().await.map_err(|error| unwritable(&error))
    }
}

/// Reads what is there, to its end.
async fn measure(file: &mut File) -> std::io::Result<Measure> {
    let mut measure = Measure::default();
    let mut chunk = vec![0; 256 * 1024];
    loop {
        match file.read(&mut chunk).await? {
            0 => return Ok(measure),
            read => measure.take(&chunk[..read]),
        }
    }
}

fn part(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// The attachment's name where it stays in its directory: whoever uploaded it chose it.
fn file_name(attachment: &Attachment) -> Result<&str> {
    let name = attachment.file_name.as_str();
    let plain = !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0', ':']);
    if plain {
        return Ok(name);
    }
    let text = format!("the attachment's name {name:?} is none of a file; choose one");
    Err(Error::local(Code::InvalidArgument, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_directory() {
        let named = |name: &str| Attachment { file_name: name.to_owned(), ..Default::default() };
        for name in ["", ".", "..", "../x", "/etc/passwd", "a\\b", "a\0b", "c:x"] {
            assert!(file_name(&named(name)).is_err(), "{name}");
        }
        assert_eq!(file_name(&named("a b..txt")).unwrap(), "a b..txt");
        assert_eq!(part(Path::new("a/b.txt")), Path::new("a/b.txt.part"));
    }
}
