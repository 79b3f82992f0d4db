//! The two halves of a reply: what its head says, and its body, read up to a bound.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName};
use http::{HeaderValue, StatusCode};
use tokio::time::timeout;
use url::Url;

use crate::Error;
use crate::error::classify::{self, Head};

/// What is kept of a reply's status and headers.
#[derive(Debug)]
pub(crate) struct ReplyHead {
    pub(crate) status: StatusCode,
    /// `X-Total-Count`
    pub(crate) total: Option<u64>,
    /// Whether the `Link` header names a next page; `None` without the header.
    pub(crate) has_next: Option<bool>,
    /// From sending the request to the last byte of the reply; zero inside a batch.
    pub(crate) took: Duration,
    content_type: String,
    retry_after: Option<Duration>,
    location_host: Option<String>,
    url_bytes: usize,
}

impl ReplyHead {
    pub(crate) fn of(reply: &reqwest::Response) -> ReplyHead {
        ReplyHead::new(reply.status(), reply.headers(), reply.url())
    }

    /// `url` is what was asked for.
    pub(crate) fn new(status: StatusCode, headers: &HeaderMap, url: &Url) -> ReplyHead {
        let number = |name: HeaderName| text(headers, &name).and_then(|text| text.trim().parse::<u64>().ok());
        ReplyHead {
            status,
            total: number(HeaderName::from_static("x-total-count")),
            has_next: has_next(headers),
            took: Duration::ZERO,
            content_type: text(headers, &header::CONTENT_TYPE).unwrap_or_default().to_owned(),
            retry_after: number(header::RETRY_AFTER).map(Duration::from_secs),
            location_host: text(headers, &header::LOCATION)
                .and_then(|location| url.join(location).ok())
                .and_then(|url| url.host_str().map(str::to_owned)),
            url_bytes: url.as_str().len(),
        }
    }

    /// Whether the body can be decoded; if not, what the reply is instead.
    pub(crate) fn check(&self, body: &[u8]) -> Result<(), Error> {
        let head = Head {
            status: self.status,
            content_type: &self.content_type,
            retry_after: self.retry_after,
            location_host: self.location_host.clone(),
            url_bytes: self.url_bytes,
        };
        classify::reply(&head, body)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(HeaderValue::as_bytes).and_then(|bytes| std::str::from_utf8(bytes).ok())
}

fn has_next(headers: &HeaderMap) -> Option<bool> {
    let mut links = headers.get_all(header::LINK).iter().peekable();
    links.peek()?;
    let next = |value: &HeaderValue| value.as_bytes().windows(10).any(|window| window == b"rel=\"next\"");
    Some(links.any(next))
}

/// Reads a body of at most `limit` bytes, counted after decompression.
pub(crate) async fn read(
    mut reply: reqwest::Response,
    limit: usize,
    silence: Duration,
) -> Result<Bytes, Error> {
    let announced = reply.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(Error::TooLarge { limit });
    }
    let mut received = 0;
    let mut whole: Option<Bytes> = None;
    let mut buffer = BytesMut::new();
    loop {
        let chunk = timeout(silence, reply.chunk()).await.map_err(|_| Error::Timeout)?;
        let Some(chunk) = chunk.map_err(|error| broken(&error, received))? else { break };
        received += chunk.len();
        if received > limit {
            return Err(Error::TooLarge { limit });
        }
        // Most replies are one chunk: that one is not copied.
        match whole.take() {
            None if buffer.is_empty() => whole = Some(chunk),
            first => {
                if let Some(first) = first {
                    buffer.reserve(usize::try_from(announced).unwrap_or(0).max(first.len() + chunk.len()));
                    buffer.extend_from_slice(&first);
                }
                buffer.extend_from_slice(&chunk);
            }
        }
    }
    Ok(whole.unwrap_or_else(|| buffer.freeze()))
}

fn broken(error: &reqwest::Error, received: usize) -> Error {
    if error.is_timeout() { Error::Timeout } else { Error::Truncated { bytes: received } }
}
