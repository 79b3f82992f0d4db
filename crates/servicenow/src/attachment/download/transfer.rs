//! A transfer under way: one connection after another, each going on where the one before broke.

use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, Stream};
use http::{StatusCode, header};
use reqwest::Response;
use tokio::time::timeout;
use url::Url;

use super::super::measure::Measure;
use super::Attachment;
use super::parked::Parked;
use crate::rate::Permit;
use crate::transport::Opened;
use crate::{Client, Error};

/// A reader that takes nothing for so long loses its connection, and with it its share of what the instance does at
/// once; when it reads on, the transfer goes on.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Transfer {
    client: Client,
    url: Url,
    attachment: Attachment,
    connection: Parked<Connection>,
    /// All has been read and no connection is needed.
    whole: bool,
    /// The byte that comes next.
    position: u64,
    /// Of everything from the start; `None` where the download began later.
    measure: Option<Measure>,
    /// Tries since bytes last came.
    attempt: u32,
}

struct Connection {
    reply: Response,
    /// Held as long as the instance is busy with it.
    _permit: Permit,
    /// The byte of the content that comes next here: it may be one that was given already.
    place: u64,
}

impl Connection {
    fn new(opened: Opened) -> Connection {
        let Opened { reply, permit } = opened;
        let place = start(&reply);
        Connection { reply, _permit: permit, place }
    }
}

/// Where the body of a reply begins.
fn start(reply: &Response) -> u64 {
    if reply.status() != StatusCode::PARTIAL_CONTENT {
        return 0;
    }
    let range = reply.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    let first = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    // A range that is not told cannot be placed: no position is that far.
    first.unwrap_or(u64::MAX)
}

impl Transfer {
    pub(super) fn new(
        client: Client,
        url: Url,
        attachment: Attachment,
        offset: u64,
        opened: Option<Opened>,
    ) -> Transfer {
        let measure = (offset == 0).then(Measure::new);
        let whole = opened.is_none();
        let mut connection = Parked::new(PATIENCE);
        if let Some(opened) = opened {
            connection.put(Connection::new(opened));
        }
        Transfer { client, url, attachment, connection, whole, position: offset, measure, attempt: 1 }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        stream::try_unfold(self, |mut transfer| async move {
            let chunk = transfer.next().await?;
            Ok(chunk.map(|chunk| (chunk, transfer)))
        })
    }

    /// The next chunk; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while !self.whole {
            match self.step().await {
                Ok(Some(chunk)) if chunk.is_empty() => {}
                Ok(Some(chunk)) => {
                    self.attempt = 1;
                    return Ok(Some(chunk));
                }
                Ok(None) => self.whole = true,
                Err(error) => {
                    self.client.transport().pause(self.attempt, error, true).await?;
                    self.attempt += 1;
                    self.whole = self.position == self.attachment.size_bytes; // what broke was only the end
                }
            }
        }
        self.finish()
    }

    /// What a connection gives, less what was given already: perhaps nothing. A connection that fails is let go.
    async fn step(&mut self) -> Result<Option<Bytes>, Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::new(self.client.open_content(&self.url, self.position).await?),
        };
        if connection.place > self.position {
            return Err(Error::Decode("the instance sent another range than was asked for".to_owned()));
        }
        let silence = self.client.transport().http.read_timeout;
        let read = timeout(silence, connection.reply.chunk()).await.map_err(|_| Error::Timeout)?;
        let Some(mut chunk) = read.map_err(Error::from_transport)? else {
            return if self.position < self.attachment.size_bytes {
                Err(Error::Truncated { bytes: usize::try_from(self.position).unwrap_or(usize::MAX) })
            } else {
                Ok(None)
            };
        };
        let known = (self.position - connection.place).min(chunk.len() as u64);
        connection.place += chunk.len() as u64;
        self.connection.put(connection);
        let fresh = chunk.split_off(usize::try_from(known).expect("it is at most the chunk's length"));
        self.position += fresh.len() as u64;
        if let Some(measure) = &mut self.measure {
            measure.take(&fresh);
        }
        Ok(Some(fresh))
    }

    fn finish(&self) -> Result<Option<Bytes>, Error> {
        let stored = self.attachment.size_bytes;
        if self.position != stored {
            let (expected, found) = (format!("{stored} bytes"), format!("{} bytes", self.position));
            return Err(Error::ContentMismatch { expected, found });
        }
        match self.measure.as_ref().and_then(|measure| measure.difference(&self.attachment)) {
            Some((found, expected)) => Err(Error::ContentMismatch { expected, found }),
            None => Ok(None),
        }
    }
}
