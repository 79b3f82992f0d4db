//! Streams of all records of a query, in sys_id order, resumable after each page.

use std::sync::Arc;

use async_stream::try_stream;
use futures::Stream;
use servicenow::{RecordScan, Scan, ScanPage};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::selection::Selection;
use super::token::{Fingerprint, ResumeToken};
use crate::access::Guard;
use crate::error::Error;
use crate::inbound::at;
use crate::instance::Subject;
use crate::pb::Record;

/// What to stream.
#[derive(Debug)]
pub struct Streaming {
    /// Which rows and columns; without sort keys.
    pub selection: Selection,
    /// Most records in a page.
    pub page_size: u64,
    /// Which request the tokens belong to.
    pub fingerprint: Fingerprint,
    /// Where to go on.
    pub resume: Option<ResumeToken>,
    /// When the caller loses patience.
    pub deadline: Option<Instant>,
    /// When it is cancelled the stream ends with [`Error::Draining`].
    pub drain: CancellationToken,
}

/// One page of a stream.
#[derive(Debug)]
pub struct Streamed {
    /// In sys_id order.
    pub records: Vec<Record>,
    /// Goes on after this page.
    pub resume_token: String,
    /// Records sent so far, this page and those before a resume included.
    pub sent: u64,
}

/// A scan under way, and what came of it.
type Asked = (RecordScan<Record>, Result<Option<ScanPage<Record>>, Error>);

/// Streams pages as fast as they are taken: while one is on its way to the caller the next one is asked of the
/// instance, and no more than that. An error carries the token of the last page, as [`Error::Interrupted`].
pub fn stream(guard: Guard, streaming: Streaming) -> impl Stream<Item = Result<Streamed, Error>> {
    try_stream! {
        let (guard, streaming) = (Arc::new(guard), Arc::new(streaming));
        let mut sent = streaming.resume.as_ref().map_or(0, |token| token.sent);
        let after = streaming.resume.as_ref().map(ResumeToken::cursor);
        let mut token = after.as_ref().map(|at| ResumeToken::encode(&streaming.fingerprint, at, sent));
        let limit = streaming.selection.limit;
        let scan = Scan {
            query: guard.narrow(streaming.selection.query.clone()).await?,
            read: streaming.selection.read(),
            page_size: limit.map_or(streaming.page_size, |limit| limit.min(streaming.page_size)).max(1),
            after,
        };
        let scan = guard.instance.bulk().scan(guard.table(), scan);
        let is_full = |sent: u64| limit.is_some_and(|limit| sent >= limit);
        let mut asked = (!is_full(sent)).then(|| ask(&guard, &streaming, scan));

        while let Some(under_way) = asked.take() {
            let (scan, page) = under_way.await.map_err(Error::internal)?;
            let Some(page) = page.map_err(|error| interrupted(error, token.as_ref()))? else { break };
            let mut records = page.rows;
            if let Some(limit) = limit {
                records.truncate(usize::try_from(limit - sent).unwrap_or(usize::MAX));
            }
            records.iter_mut().for_each(|record| guard.redact(record));
            guard.meter.read(records.len());
            sent += records.len() as u64;
            if !is_full(sent) {
                asked = Some(ask(&guard, &streaming, scan));
            }
            let resume_token = ResumeToken::encode(&streaming.fingerprint, &page.cursor, sent);
            token = Some(resume_token.clone());
            yield Streamed { records, resume_token, sent };
        }
    }
}

/// Asks for a page. A task, so that it goes on while the page before it is encoded and sent; it ends with the stream.
fn ask(
    guard: &Arc<Guard>,
    streaming: &Arc<Streaming>,
    mut scan: RecordScan<Record>,
) -> AbortOnDropHandle<Asked> {
    let (guard, streaming) = (guard.clone(), streaming.clone());
    let work = async move {
        let page = next_page(&guard, &streaming, &mut scan).await;
        (scan, page)
    };
    AbortOnDropHandle::new(tokio::spawn(work.in_current_span()))
}

/// One page, or why not: the caller's deadline and the gateway's end come before the instance's answer.
async fn next_page(
    guard: &Guard,
    streaming: &Streaming,
    scan: &mut RecordScan<Record>,
) -> Result<Option<ScanPage<Record>>, Error> {
    guard.meter.may_read()?;
    let page = guard.instance.call("stream", Subject::table(guard.table()), scan.next_page());
    tokio::select! {
        biased;
        () = streaming.drain.cancelled() => Err(Error::Draining),
        () = at(streaming.deadline) => Err(Error::DeadlineExceeded),
        page = page => page,
    }
}

/// Before the first page there is nothing to resume: the caller starts again.
fn interrupted(error: Error, token: Option<&String>) -> Error {
    match token {
        Some(token) => error.interrupted(token.clone()),
        None => error,
    }
}
