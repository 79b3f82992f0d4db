//! Replies that arrive damaged.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::StreamExt;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, Limited};

use super::Cut;
use crate::http::cut as list;
use crate::http::edge::Verbatim;

/// Longest reply that is held in memory to be damaged.
const MAX_HELD: usize = 64 * 1024 * 1024;
/// Time for the bytes that come before the end of a connection to get onto it.
const LEEWAY: Duration = Duration::from_millis(20);
/// Counted for a request that gets no reply.
const NO_REPLY: u16 = 499;

/// No reply at all. Where there is no listener to close its connection, the body fails.
pub(super) fn cut() -> Response {
    let mut response = Response::new(failing(Vec::new()));
    *response.status_mut() = StatusCode::from_u16(NO_REPLY).expect("it is between 100 and 999");
    let marks = response.extensions_mut();
    marks.insert(Cut);
    marks.insert(Verbatim);
    response
}

/// The first bytes as if they were all: `keep` of them, or half.
pub(super) async fn truncated(response: Response, keep: Option<usize>) -> Response {
    rewritten(response, |body| {
        let keep = keep.unwrap_or(body.len() / 2).min(body.len());
        body.slice(..keep)
    })
    .await
}

/// A list whose second half is the error of the transaction quota. Other replies stay as they are.
pub(super) async fn over_quota(response: Response) -> Response {
    rewritten(response, list::half).await
}

async fn rewritten(response: Response, rewrite: impl FnOnce(Bytes) -> Bytes) -> Response {
    let (mut parts, body) = response.into_parts();
    // A reply too long to hold breaks off, which is damage enough.
    let Ok(body) = Limited::new(body, MAX_HELD).collect().await else { return cut() };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(rewrite(body.to_bytes())))
}

/// The first `after` bytes, then the end of the connection.
pub(super) fn broken(response: Response, after: u64) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.extensions.insert(Verbatim);
    let chunks = body.into_data_stream().scan(after, |left, chunk| {
        let done = *left == 0;
        let sent = |mut chunk: Bytes| {
            let sent = usize::try_from(*left).unwrap_or(usize::MAX).min(chunk.len());
            *left -= sent as u64;
            chunk.split_to(sent)
        };
        let chunk = chunk.map(sent).map_err(io::Error::other);
        std::future::ready((!done).then_some(chunk))
    });
    // A shorter body breaks at its end.
    let end = futures::stream::once(async {
        // What is not sent by then goes down with the connection.
        tokio::time::sleep(LEEWAY).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    Response::from_parts(parts, Body::from_stream(chunks.chain(end)))
}

/// The reply in drops of some bytes, with a pause before each.
pub(super) fn dripping(response: Response, bytes: usize, pause: Duration) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.extensions.insert(Verbatim);
    let drops = body.into_data_stream().flat_map(move |chunk| {
        let pieces: Vec<_> = match chunk {
            Ok(chunk) => (0..chunk.len())
                .step_by(bytes)
                .map(|at| Ok(chunk.slice(at..at.saturating_add(bytes).min(chunk.len()))))
                .collect(),
            Err(error) => vec![Err(error)],
        };
        futures::stream::iter(pieces)
    });
    let slowly = drops.then(move |piece| async move {
        tokio::time::sleep(pause).await;
        piece
    });
    Response::from_parts(parts, Body::from_stream(slowly))
}

/// A body of some chunks that ends with an error.
fn failing(chunks: Vec<Bytes>) -> Body {
    let end = [Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    Body::from_stream(futures::stream::iter(chunks.into_iter().map(Ok).chain(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(response: Response) -> Option<String> {
        let body = response.into_body().collect().await.ok()?.to_bytes();
        Some(String::from_utf8(body.to_vec()).unwrap())
    }

    fn response(text: &'static str) -> Response {
        Response::new(Body::from(text))
    }

    #[tokio::test]
    async fn halves() {
        assert_eq!(text(truncated(response("abcdef"), None).await).await.unwrap(), "abc");
        assert_eq!(text(truncated(response("abcdef"), Some(1)).await).await.unwrap(), "a");
        assert_eq!(text(truncated(response("abcdef"), Some(9)).await).await.unwrap(), "abcdef");
    }

    #[tokio::test]
    async fn over_the_quota_whole_rows_come_before_the_error() {
        for (list, rows) in [
            (r#"{"result":[{"a":"1"},{"a":"2"},{"a":"3"},{"a":"4"}]}"#, 1),
            (r#"{"result":[{"a":"1"}]}"#, 0),
            (r#"{"result":[]}"#, 0),
        ] {
            let damaged = text(over_quota(response(list)).await).await.unwrap();
            let json: serde_json::Value = serde_json::from_str(&damaged).unwrap();
            assert_eq!(json["result"].as_array().unwrap().len(), rows, "{damaged}");
            assert_eq!(json["status"], "failure");
        }
        let single = r#"{"result":{"a":"1"}}"#;
        assert_eq!(text(over_quota(response(single)).await).await.unwrap(), single);
    }

    #[tokio::test]
    async fn what_breaks() {
        for after in [0, 3, 6, 100] {
            let mut chunks = broken(response("abcdef"), after).into_body().into_data_stream();
            let mut got = String::new();
            let ended = loop {
                match chunks.next().await {
                    Some(Ok(chunk)) => got.push_str(std::str::from_utf8(&chunk).unwrap()),
                    other => break other,
                }
            };
            assert!(matches!(ended, Some(Err(_))), "{after}");
            assert_eq!(got, "abcdef"[..(after as usize).min(6)], "{after}");
        }
        assert_eq!(text(cut()).await, None);
    }

    #[tokio::test]
    async fn drops() {
        let body = dripping(response("abcdefg"), 3, Duration::ZERO).into_body();
        let got: Vec<_> = body.into_data_stream().map(|chunk| chunk.unwrap()).collect().await;
        assert_eq!(got, ["abc", "def", "g"]);
    }
}
