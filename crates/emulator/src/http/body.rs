//! Reading a request's body, no longer and no larger than allowed.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;

use super::failure::Failure;

/// A body that has not arrived by then is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Read and thrown away of a body that is too large, so that the caller gets to read the reply instead of a
/// reset connection.
const DRAINED: usize = 64 * 1024 * 1024;

/// The whole body, or the refusal of one that is larger than `limit` bytes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Failure> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let arrival = async {
        let whole = collect(body, limit).await?;
        whole.ok_or_else(|| Failure::too_large(declared.unwrap_or(-1), limit))
    };
    let late = |_| Failure::unreadable("The request body did not arrive in time");
    tokio::time::timeout(PATIENCE, arrival).await.map_err(late)?
}

/// The size that the caller has declared.
pub(crate) fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The next chunk of a long body, which may take any time as long as bytes move; `None` after the last.
pub(crate) async fn next(chunks: &mut BodyDataStream) -> Result<Option<Bytes>, Failure> {
    let chunk = tokio::time::timeout(PATIENCE, chunks.next()).await;
    let chunk = chunk.map_err(|_| Failure::unreadable("The request body did not arrive in time"))?;
    chunk.transpose().map_err(|_| Failure::unreadable("The request body broke off"))
}

/// Reads on after a refusal, up to [`DRAINED`] bytes.
pub(crate) async fn drain(chunks: &mut BodyDataStream) {
    let mut drained = 0;
    while let Ok(Some(chunk)) = next(chunks).await {
        drained += chunk.len();
        if drained > DRAINED {
            return;
        }
    }
}

/// `None` when there is more than `limit`; up to [`DRAINED`] bytes of it have been read all the same.
async fn collect(body: Body, limit: usize) -> Result<Option<Bytes>, Failure> {
    let mut chunks = body.into_data_stream();
    let mut whole = BytesMut::new();
    let mut length = 0usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Failure::unreadable("The request body broke off"))?;
        length = length.saturating_add(chunk.len());
        if length <= limit {
            whole.extend_from_slice(&chunk);
        } else {
            whole.clear();
        }
        if length > limit.saturating_add(DRAINED) {
            break;
        }
    }
    Ok((length <= limit).then(|| whole.freeze()))
}
