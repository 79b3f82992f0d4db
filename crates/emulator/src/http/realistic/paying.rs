//! A request that runs: it pays for what it asked, then for each piece of its reply before the piece goes out.
//!
//! What takes longer than the transaction quota breaks off there: with 500 where nothing has gone out, else with what
//! is left of a list and the error after it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::header::CONTENT_LENGTH;
use tokio::time::{Instant, sleep_until};

use crate::http::cut;
use crate::http::failure::Failure;
use crate::http::table::RowsRead;
use crate::realistic::{Asked, Load, Place, Rate, Tally, Turn};

/// What a request owes, and what it holds while it pays.
pub(super) struct Tab {
    rate: Rate,
    sent: u64,
    /// When all that was asked for so far is paid.
    due: Instant,
    /// When the transaction quota ends.
    until: Instant,
    rows: Option<RowsRead>,
    tally: Arc<Tally>,
    // The place is free before the session's next request begins.
    _held: Option<(Place, Option<Turn>)>,
}

/// The request ran longer than it may.
struct OverQuota;

impl Tab {
    /// The tab of a request that begins now, with a body of so many bytes. A request of a batch holds nothing.
    pub(super) fn new(
        load: &Load,
        asked: &Asked,
        sent: Option<u64>,
        held: Option<(Place, Option<Turn>)>,
    ) -> Self {
        let now = Instant::now();
        Tab {
            rate: load.rate(asked),
            sent: sent.unwrap_or(0),
            due: now,
            until: now + load.quota(),
            rows: None,
            tally: Arc::clone(&load.tally),
            _held: held,
        }
    }

    /// Waits until so much more is paid, or until the quota ends.
    async fn pay(&mut self, cost: Duration) -> Result<(), OverQuota> {
        let due = self.due + cost;
        self.due = due.min(self.until);
        sleep_until(self.due).await;
        if due > self.until || Instant::now() > self.until {
            self.tally.over_quota();
            return Err(OverQuota);
        }
        Ok(())
    }

    /// The cost of a piece of the reply.
    fn piece(&self, bytes: usize) -> Duration {
        let rows = self.rows.as_ref().map_or(0, RowsRead::next);
        self.rate.content(rows, bytes as u64)
    }

    /// Pays for a piece; what goes out of it, and whether that was the last.
    async fn take(&mut self, piece: Bytes, first: bool) -> (Option<Bytes>, bool) {
        let left = self.until.saturating_duration_since(self.due);
        let cost = self.piece(piece.len());
        match self.pay(cost).await {
            Ok(()) => (Some(piece), false),
            Err(OverQuota) => {
                let share = left.as_secs_f64() / cost.as_secs_f64().max(f64::MIN_POSITIVE);
                (cut::list(&piece, share.clamp(0.0, 1.0), first), true)
            }
        }
    }
}

/// Carries the request out at its price.
pub(super) async fn run(mut tab: Tab, request: Request, next: Next) -> Response {
    let before = tab.rate.request().saturating_add(tab.rate.content(0, tab.sent));
    if tab.pay(before).await.is_err() {
        return Failure::over_quota().into_response();
    }
    let response = next.run(request).await;
    // A refusal costs no more; what it says is written outside.
    if response.extensions().get::<Failure>().is_some() {
        return response;
    }
    let counted = response.headers().get("x-total-count").and_then(|rows| rows.to_str().ok()?.parse().ok());
    if let Some(rows) = counted
        && tab.pay(tab.rate.count(rows)).await.is_err()
    {
        return Failure::over_quota().into_response();
    }
    tab.rows = response.extensions().get::<RowsRead>().cloned();
    reply(tab, response).await
}

async fn reply(mut tab: Tab, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = body.size_hint().exact();
    let mut pieces = body.into_data_stream();
    let first = match pieces.next().await {
        None => return Response::from_parts(parts, Body::empty()),
        Some(Err(error)) => return Response::from_parts(parts, failing(io::Error::other(error))),
        Some(Ok(first)) => first,
    };
    let all = whole == Some(first.len() as u64);
    let (first, broken) = tab.take(first, true).await;
    let Some(first) = first else { return Failure::over_quota().into_response() };
    if broken {
        parts.headers.remove(CONTENT_LENGTH);
    }
    if all || broken {
        return Response::from_parts(parts, Body::from(first));
    }
    let rest = futures::stream::once(std::future::ready(Ok(first))).chain(paid(tab, pieces));
    Response::from_parts(parts, Body::from_stream(rest))
}

/// The other pieces, each when it is paid.
fn paid(tab: Tab, pieces: BodyDataStream) -> impl Stream<Item = io::Result<Bytes>> {
    let pieces = futures::stream::unfold(Some((tab, pieces)), async |state| {
        let (mut tab, mut pieces) = state?;
        let piece = match pieces.next().await? {
            Ok(piece) => piece,
            Err(error) => return Some((Err(io::Error::other(error)), None)),
        };
        let (piece, broken) = tab.take(piece, false).await;
        // What cannot be cut into a list breaks the connection.
        let piece = piece.ok_or_else(|| io::ErrorKind::ConnectionAborted.into());
        Some((piece, (!broken).then_some((tab, pieces))))
    });
    // The compression layer polls once more after the end.
    pieces.fuse()
}

fn failing(error: io::Error) -> Body {
    Body::from_stream(futures::stream::iter([Err::<Bytes, _>(error)]))
}
