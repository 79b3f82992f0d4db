//! Where downloaded content goes: memory, a writer, a file, lines of text.

use std::io;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream, TryStreamExt as _};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::{Attachment, Download};
use crate::{Client, Error};

impl Download {
    /// The whole content, up to the client's bound on replies.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the bound, besides those of the transfer.
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let limit = self.max_bytes;
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.try_next().await? {
            if whole.len() + chunk.len() > limit {
                return Err(Error::TooLarge { limit });
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// Writes the content as it comes, and says how much it was. The writer is flushed, not closed.
    ///
    /// # Errors
    /// [`Error::Sink`] if the writer fails, besides those of the transfer.
    pub async fn write_to(mut self, writer: &mut (impl AsyncWrite + Unpin + ?Sized)) -> Result<u64, Error> {
        let mut written = 0;
        while let Some(chunk) = self.try_next().await? {
            writer.write_all(&chunk).await.map_err(|error| sink(&error))?;
            written += chunk.len() as u64;
        }
        writer.flush().await.map_err(|error| sink(&error))?;
        Ok(written)
    }

    /// The lines of UTF-8 text, without their ends. A line is held whole, up to the client's bound on replies.
    pub fn lines(self) -> impl Stream<Item = Result<String, Error>> + Send {
        let lines = Lines { limit: self.max_bytes, download: Some(self), rest: BytesMut::new(), searched: 0 };
        stream::try_unfold(lines, |mut lines| async move {
            let line = lines.next().await?;
            Ok(line.map(|line| (line, lines)))
        })
    }
}

struct Lines {
    /// `None` after its end.
    download: Option<Download>,
    rest: BytesMut,
    /// How much of `rest` is known to hold no line feed.
    searched: usize,
    limit: usize,
}

impl Lines {
    async fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            if let Some(end) = self.rest[self.searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.rest.split_to(self.searched + end + 1);
                self.searched = 0;
                return text(&line[..line.len() - 1]).map(Some);
            }
            self.searched = self.rest.len();
            let Some(download) = &mut self.download else {
                let last = std::mem::take(&mut self.rest);
                self.searched = 0;
                return if last.is_empty() { Ok(None) } else { text(&last).map(Some) };
            };
            match download.try_next().await? {
                Some(chunk) if self.rest.len() + chunk.len() > self.limit => {
                    return Err(Error::TooLarge { limit: self.limit });
                }
                Some(chunk) => self.rest.extend_from_slice(&chunk),
                None => self.download = None,
            }
        }
    }
}

fn text(line: &[u8]) -> Result<String, Error> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line);
    text.map(str::to_owned).map_err(|_| Error::Decode("the attachment is not UTF-8 text".to_owned()))
}

impl Client {
    /// Downloads to a file: `path` itself, or in the directory that it is, under the attachment's name.
    /// The file appears when its content is whole and proved; one that was there is replaced.
    ///
    /// # Errors
    /// [`Error::Sink`] if the file cannot be written, or the attachment's name is none of a file.
    pub async fn download_to_path(&self, sys_id: &str, path: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let download = self.download(sys_id, 0).await?;
        let mut target = path.as_ref().to_owned();
        if target.is_dir() {
            target.push(file_name(download.attachment())?);
        }
        let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        let part = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")));
        let part = part.map_err(|error| sink(&error))?;
        let mut file = tokio::fs::File::from_std(part.reopen().map_err(|error| sink(&error))?);
        download.write_to(&mut file).await?;
        file.sync_all().await.map_err(|error| sink(&error))?;
        part.persist(&target).map_err(|error| sink(&error.error))?;
        Ok(target)
    }

    /// Downloads to a temporary file that has no name and goes when it is closed. It stands at its start.
    ///
    /// # Errors
    /// [`Error::Sink`] if the file cannot be written.
    pub async fn download_to_temporary_file(&self, sys_id: &str) -> Result<std::fs::File, Error> {
        use std::io::Seek as _;
        let download = self.download(sys_id, 0).await?;
        let mut kept = tempfile::tempfile().map_err(|error| sink(&error))?;
        let shared = kept.try_clone().map_err(|error| sink(&error))?;
        download.write_to(&mut tokio::fs::File::from_std(shared)).await?;
        kept.rewind().map_err(|error| sink(&error))?;
        Ok(kept)
    }
}

/// The attachment's name where it stays in its directory: whoever uploaded it chose it.
fn file_name(attachment: &Attachment) -> Result<&str, Error> {
    let name = attachment.file_name.as_str();
    let plain = !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0', ':']);
    if plain { Ok(name) } else { Err(Error::Sink(format!("`{}` is no file name", name.escape_debug()))) }
}

fn sink(error: &io::Error) -> Error {
    Error::Sink(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_directory() {
        for name in ["", ".", "..", "../x", "/etc/passwd", "a\\b", "a\0b", "c:x"] {
            let attachment = Attachment { file_name: name.to_owned(), ..Attachment::default() };
            assert!(file_name(&attachment).is_err(), "{name}");
        }
        let attachment = Attachment { file_name: "a b..txt".to_owned(), ..Attachment::default() };
        assert_eq!(file_name(&attachment).unwrap(), "a b..txt");
    }
}
