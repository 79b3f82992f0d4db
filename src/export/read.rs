//! Reads one range, page by page, one page ahead of whoever takes them.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use columnar::{Batch, Columns, Decoder};
use servicenow::{Cursor, Effort, PageScan, RawPage, Scan};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::mask::Masks;
use super::page_size::PageSize;
use super::{Range, Report, Spec};
use crate::access::Guard;
use crate::error::{Error, Peer};
use crate::instance::{Instance, Subject};
use crate::limits::Meter;

/// Pages that wait to be taken, besides the one that is being got.
const AHEAD: usize = 1;
/// How often in a row a page is tried again when the instance is away, above what its client tries by itself.
const PATIENCE: u32 = 5;

/// A range under way. Dropping it stops it.
pub struct Reading {
    pages: mpsc::Receiver<Result<Step, Error>>,
    masks: Masks,
    report: Report,
    last_sys_id: String,
    _reader: AbortOnDropHandle<()>,
}

/// What the reader hands over.
enum Step {
    Page(Box<RawPage<Batch>>),
    /// There are no more rows; this was spent on finding out.
    End(Effort),
}

/// Starts to read a range. `stop` ends it with [`Error::Draining`].
///
/// # Errors
/// A rule on rows cannot be kept to.
pub async fn read(
    guard: &Guard,
    spec: &Spec,
    columns: Arc<Columns>,
    range: &Range,
    stop: CancellationToken,
) -> Result<Reading, Error> {
    let (send, pages) = mpsc::channel(AHEAD);
    let scan = Scan {
        query: range.bound(&guard.narrow(spec.query.clone()).await?),
        read: servicenow::Read {
            fields: columns.fields().to_vec(),
            display: columns.display(),
            exclude_reference_link: true,
            view: None,
        },
        page_size: PageSize::new().rows(),
        after: Some(Cursor { last_sys_id: range.after.clone(), offset: 0 }),
    };
    let masks = Masks::new(guard, &columns);
    let reader = Reader {
        scan: guard.instance.bulk().scan_pages(guard.table(), scan),
        instance: guard.instance.clone(),
        meter: guard.meter.clone(),
        table: guard.table().to_owned(),
        decoder: Decoder::new(columns),
        size: PageSize::new(),
        failures: 0,
    };
    let reader = tokio::spawn(reader.run(send, stop).in_current_span());
    Ok(Reading {
        pages,
        masks,
        report: Report::default(),
        last_sys_id: range.after.clone(),
        _reader: AbortOnDropHandle::new(reader),
    })
}

impl Reading {
    /// The next rows, in sys_id order; `None` at the end. After an error comes nothing more.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, Error>> {
        match self.pages.recv().await? {
            Ok(Step::Page(page)) => {
                self.report.spend(page.effort);
                self.last_sys_id = page.cursor.last_sys_id;
                let batch = page.rows;
                self.report.add(batch.columns.num_rows() as u64, batch.unparsed);
                Some(self.masks.apply(batch.columns))
            }
            Ok(Step::End(effort)) => {
                self.report.spend(effort);
                None
            }
            Err(error) => Some(Err(error)),
        }
    }

    /// The last row that was taken, or the one that the range begins after: the rest of the range comes after it.
    pub fn last_sys_id(&self) -> &str {
        &self.last_sys_id
    }

    /// What was taken so far.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

struct Reader {
    instance: Arc<Instance>,
    meter: Meter,
    table: String,
    scan: PageScan,
    decoder: Decoder,
    size: PageSize,
    failures: u32,
}

impl Reader {
    async fn run(mut self, send: mpsc::Sender<Result<Step, Error>>, stop: CancellationToken) {
        loop {
            // A place first: a page that nobody has room for is not asked for.
            let Ok(place) = send.reserve().await else { return };
            if let Err(error) = self.meter.may_read() {
                return place.send(Err(error));
            }
            let page = tokio::select! {
                biased;
                () = stop.cancelled() => Err(Error::Draining),
                page = self.page() => page,
            };
            match page {
                Ok(Some(page)) => {
                    self.meter.read(page.rows.columns.num_rows());
                    place.send(Ok(Step::Page(Box::new(page))))
                }
                Ok(None) => return place.send(Ok(Step::End(self.scan.effort()))),
                Err(error) => return place.send(Err(error)),
            }
        }
    }

    /// The next page, by smaller ones and after a while if need be.
    async fn page(&mut self) -> Result<Option<RawPage<Batch>>, Error> {
        loop {
            self.scan.set_page_size(self.size.rows());
            let page = self.scan.next_page(|body| self.decoder.decode(body));
            match self.instance.call("export", Subject::table(&self.table), page).await {
                Ok(page) => {
                    self.failures = 0;
                    if let Some(page) = &page {
                        self.size.learn(page.effort.took);
                    }
                    return Ok(page);
                }
                Err(error) if self.size.shrink(&error) => {
                    tracing::debug!(rows = self.size.rows(), %error, "asking for less");
                }
                Err(error) => self.pause(error).await?,
            }
        }
    }

    /// Waits for an instance that is away; gives the error back where waiting has no prospects.
    async fn pause(&mut self, error: Error) -> Result<(), Error> {
        let Error::Instance { peer, .. } = &error else { return Err(error) };
        let away = matches!(peer, Peer::Unavailable | Peer::RateLimited { .. } | Peer::Busy);
        if !away || self.failures == PATIENCE {
            return Err(error);
        }
        let delay = Duration::from_secs(1 << self.failures);
        self.failures += 1;
        tracing::info!(?delay, %error, "the instance is away; the export waits");
        tokio::time::sleep(error.retry_after().unwrap_or(delay).max(delay).min(Duration::from_secs(60)))
            .await;
        Ok(())
    }
}
