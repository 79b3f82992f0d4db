//! The body of a list: rows go out as they are read, so memory stays flat whatever the length.
//!
//! A thread reads rows and encodes them into chunks; a bounded channel carries them to the connection.
//! A caller who reads slowly slows the thread; one who goes away ends it.

use std::collections::VecDeque;
use std::io;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::engine::{ListRequest, Session};
use crate::http::encoder::Encoder;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::format::Format;

/// Rows are sent on when this much has gathered.
const CHUNK: usize = 64 * 1024;
/// Chunks on their way at once: 4 MiB, so that a page of usual length never waits for its reader while it holds a
/// connection to the store.
const IN_FLIGHT: usize = 64;
/// A caller that takes no chunk for so long is cut off: the thread holds a connection to the store. It is the
/// platform's transaction quota.
const STALL: Duration = Duration::from_secs(60);

/// The beginning of a list is known: it did not fail at once.
pub(crate) struct Rows {
    /// No row at all.
    pub(crate) none: bool,
    /// The complete reply.
    pub(crate) body: Body,
    /// How many each piece of it has.
    pub(crate) read: RowsRead,
}

/// How many rows each piece of a list has: what it costs.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowsRead(Arc<Mutex<VecDeque<u64>>>);

impl RowsRead {
    /// Of the next piece.
    pub(crate) fn next(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or(0)
    }

    fn add(&self, rows: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(rows);
    }
}

enum Piece {
    More(Bytes),
    Last { bytes: Bytes, none: bool },
    Failed(Failure),
}

/// Starts reading. A failure before the first chunk is the reply's; a later one is told in the body, as the
/// platform does.
pub(crate) async fn stream(
    face: &Face,
    session: Arc<Session>,
    request: ListRequest,
    encoder: Encoder,
) -> Result<Rows, Failure> {
    let (sender, mut receiver) = mpsc::channel(IN_FLIGHT);
    let instance = Arc::clone(&face.instance);
    let read = RowsRead::default();
    let counted = read.clone();
    tokio::task::spawn_blocking(move || {
        let mut writer = Writer::new(encoder, sender, counted);
        let read = instance.engine.list(&session, &request, &mut |names, cells| writer.row(names, cells));
        writer.finish(read.map_err(Failure::from));
    });
    match receiver.recv().await {
        Some(Piece::Last { bytes, none }) => Ok(Rows { none, body: Body::from(bytes), read }),
        Some(Piece::More(bytes)) => {
            Ok(Rows { none: false, body: Body::from_stream(chunks(bytes, receiver)), read })
        }
        Some(Piece::Failed(failure)) => Err(failure),
        None => Err(Failure::internal(&"the thread that reads rows has died")),
    }
}

/// The chunks as a body. It ends with an error, which breaks the connection, when the last piece never comes.
fn chunks(first: Bytes, receiver: mpsc::Receiver<Piece>) -> impl Stream<Item = io::Result<Bytes>> {
    enum Next {
        Ready(Bytes, mpsc::Receiver<Piece>),
        Wait(mpsc::Receiver<Piece>),
        End,
    }
    let chunks = futures::stream::unfold(Next::Ready(first, receiver), async |state| {
        let mut receiver = match state {
            Next::Ready(bytes, receiver) => return Some((Ok(bytes), Next::Wait(receiver))),
            Next::Wait(receiver) => receiver,
            Next::End => return None,
        };
        match receiver.recv().await {
            Some(Piece::More(bytes)) => Some((Ok(bytes), Next::Wait(receiver))),
            Some(Piece::Last { bytes, .. }) => Some((Ok(bytes), Next::End)),
            Some(Piece::Failed(_)) | None => Some((Err(io::ErrorKind::BrokenPipe.into()), Next::End)),
        }
    });
    // The compression layer polls once more after the end.
    chunks.fuse()
}

/// Gathers encoded rows and sends them off in chunks.
struct Writer {
    encoder: Encoder,
    sender: mpsc::Sender<Piece>,
    buffer: Vec<u8>,
    rows: u64,
    /// Rows that are not sent off yet.
    unsent: u64,
    read: RowsRead,
    /// Whether something has left already, so that a failure can no longer change the status.
    begun: bool,
    cut: bool,
}

impl Writer {
    fn new(encoder: Encoder, sender: mpsc::Sender<Piece>, read: RowsRead) -> Self {
        let mut buffer = Vec::with_capacity(CHUNK + CHUNK / 4);
        encoder.open_list(&mut buffer);
        Writer { encoder, sender, buffer, rows: 0, unsent: 0, read, begun: false, cut: false }
    }

    fn row(&mut self, names: &[Arc<str>], cells: &[crate::engine::Cell]) -> ControlFlow<()> {
        self.encoder.list_row(&mut self.buffer, self.rows == 0, names, cells);
        self.rows += 1;
        self.unsent += 1;
        if self.buffer.len() < CHUNK {
            return ControlFlow::Continue(());
        }
        let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK + CHUNK / 4));
        self.begun = true;
        self.send(Piece::More(full.into()))
    }

    fn finish(mut self, read: Result<u64, Failure>) {
        if self.cut {
            return;
        }
        let last = match read {
            Ok(_) => {
                self.encoder.close_list(&mut self.buffer);
                Piece::Last { bytes: std::mem::take(&mut self.buffer).into(), none: self.rows == 0 }
            }
            // The result array with the error's members after it, within a 200.
            Err(failure) if self.begun && self.encoder.format() == Format::Json => {
                let tail = format!("],{}}}", failure.json_members());
                self.buffer.extend_from_slice(tail.as_bytes());
                Piece::Last { bytes: std::mem::take(&mut self.buffer).into(), none: false }
            }
            Err(failure) => Piece::Failed(failure),
        };
        // Nobody left to tell is no problem of ours.
        let _ = self.send(last);
    }

    /// Waits for room in the channel. `Break` when the caller has gone or takes nothing.
    fn send(&mut self, piece: Piece) -> ControlFlow<()> {
        // Known before the piece is there.
        self.read.add(std::mem::take(&mut self.unsent));
        let waiting = tokio::time::timeout(STALL, self.sender.send(piece));
        // This is a blocking thread: waiting here holds up no task.
        match Handle::current().block_on(waiting) {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(_)) | Err(_) => {
                self.cut = true;
                ControlFlow::Break(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::engine::{Cell, DisplayMode, Error};
    use crate::http::version::Version;

    /// What a list of `rows` long rows comes to whose reading ends with `read`.
    async fn written(format: Format, rows: usize, read: Result<u64, Failure>) -> (Piece, Option<String>) {
        let (sender, mut receiver) = mpsc::channel(IN_FLIGHT);
        let encoder = Encoder::new(format, DisplayMode::Value, "https://i", Version::V2);
        let cell = Cell { value: "x".repeat(CHUNK), display: None, link: None };
        let writing = tokio::task::spawn_blocking(move || {
            let mut writer = Writer::new(encoder, sender, RowsRead::default());
            for _ in 0..rows {
                assert!(writer.row(&["a".into()], std::slice::from_ref(&cell)).is_continue());
            }
            writer.finish(read);
        });
        writing.await.unwrap();
        let first = receiver.recv().await.unwrap();
        let Piece::More(bytes) = &first else { return (first, None) };
        let body = Body::from_stream(chunks(bytes.clone(), receiver)).collect().await;
        let text = body.ok().map(|body| String::from_utf8(body.to_bytes().to_vec()).unwrap());
        (first, text)
    }

    #[tokio::test]
    async fn a_failure_before_the_first_chunk_is_the_replys() {
        let (first, _) = written(Format::Json, 0, Err(Error::QueryForbidden.into())).await;
        assert!(matches!(first, Piece::Failed(failure) if failure.status == 403));
    }

    #[tokio::test]
    async fn a_later_failure_is_told_within_the_body() {
        let (_, text) = written(Format::Json, 2, Err(Error::QueryForbidden.into())).await;
        let json: serde_json::Value = serde_json::from_str(&text.unwrap()).unwrap();
        assert_eq!(json["result"].as_array().unwrap().len(), 2);
        assert_eq!(json["error"]["message"], "Insufficient rights to query records");
        assert_eq!(json["status"], "failure");
    }

    #[tokio::test]
    async fn a_later_failure_of_an_xml_list_breaks_the_connection() {
        let (_, text) = written(Format::Xml, 2, Err(Error::QueryForbidden.into())).await;
        assert_eq!(text, None);
    }

    #[tokio::test]
    async fn a_list_that_ends_well_is_whole() {
        let (_, text) = written(Format::Json, 3, Ok(3)).await;
        let json: serde_json::Value = serde_json::from_str(&text.unwrap()).unwrap();
        assert_eq!(json["result"].as_array().unwrap().len(), 3);
    }
}
