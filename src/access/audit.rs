//! The audit log's writer: events of many calls at a time, in one transaction.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use super::retention;
use crate::error::{Error, Refusal};
use crate::store::{AccessStore, Anchor, AuditFilter, Entry, Event};

/// Events that wait. A call that must be in the log waits for room; a refusal is dropped where there is none, and the
/// number of those dropped is logged.
const WAITING: usize = 4096;
const AT_ONCE: usize = 512;
const PAGE: u64 = 1000;
/// The log is verified anew where events were dropped meanwhile, so often.
const ATTEMPTS: usize = 3;

/// Writes and reads the audit log.
pub struct Audit {
    store: Arc<dyn AccessStore>,
    messages: mpsc::Sender<Message>,
    last: watch::Sender<i64>,
}

/// An event, if any, and who waits until it is kept.
type Message = (Option<Event>, Option<oneshot::Sender<bool>>);

/// What a look at the whole log found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many events were looked at.
    pub events: i64,
    /// The first that is not as it was written.
    pub broken_at: Option<i64>,
    /// Of the last event.
    pub last_hash: [u8; 32],
    /// What was dropped before.
    pub anchor: Anchor,
}

impl Audit {
    pub(super) fn start(store: Arc<dyn AccessStore>) -> Self {
        let (messages, waiting) = mpsc::channel(WAITING);
        let last = watch::Sender::new(0);
        tokio::spawn(write(store.clone(), waiting, last.clone()));
        Audit { store, messages, last }
    }

    /// Adds an event, and waits until it is kept. Fails where it cannot be.
    pub async fn record(&self, event: Event) -> Result<(), Error> {
        self.send(Some(event)).await
    }

    /// Adds an event soon; drops it where too many wait.
    pub fn note(&self, event: Event) {
        if self.messages.try_send((Some(event), None)).is_err() {
            metrics::counter!("sncgate_audit_events_dropped_total").increment(1);
        }
    }

    /// Returns when what was added before is kept.
    pub async fn flush(&self) -> Result<(), Error> {
        self.send(None).await
    }

    /// The newest first, those before `before`.
    pub async fn list(&self, filter: &AuditFilter, before: i64, limit: u64) -> Result<Vec<Entry>, Error> {
        self.store.entries(filter, before, limit).await
    }

    /// In their order, those after `after`.
    pub async fn after(&self, after: i64) -> Result<Vec<Entry>, Error> {
        self.store.entries_after(after, PAGE).await
    }

    /// The last sequence.
    pub async fn last(&self) -> Result<i64, Error> {
        self.store.last_sequence().await
    }

    /// Changes when events were added.
    pub fn changes(&self) -> watch::Receiver<i64> {
        self.last.subscribe()
    }

    /// Another gateway added events.
    pub(super) fn grown(&self, last: i64) {
        grow(&self.last, last);
    }

    async fn send(&self, event: Option<Event>) -> Result<(), Error> {
        let (kept, answer) = oneshot::channel();
        let lost = || Error::internal("the audit log cannot be written");
        self.messages.send((event, Some(kept))).await.map_err(|_| lost())?;
        match answer.await {
            Ok(true) => Ok(()),
            _ => Err(lost()),
        }
    }

    /// Computes every hash again, from the anchor on.
    pub async fn verify(&self) -> Result<Verdict, Error> {
        for _ in 0..ATTEMPTS {
            let anchor = self.store.audit_anchor().await?;
            let verdict = self.verify_from(anchor).await?;
            // Where events were dropped meanwhile, what was missing is no gap.
            if verdict.broken_at.is_none() || self.store.audit_anchor().await? == anchor {
                return Ok(verdict);
            }
        }
        Err(Refusal::Changed.into())
    }

    async fn verify_from(&self, anchor: Anchor) -> Result<Verdict, Error> {
        let mut verdict = Verdict { last_hash: anchor.hash, anchor, ..Verdict::default() };
        let (mut last, mut told) = (anchor.sequence, anchor.sequence == 0);
        loop {
            let entries = self.after(last).await?;
            if entries.is_empty() {
                // Whoever cuts the beginning off moves the anchor, but tells nobody.
                verdict.broken_at = (!told).then_some(anchor.sequence);
                return Ok(verdict);
            }
            for entry in entries {
                let sequence = last + 1;
                let hash = entry.event.chained(sequence, &verdict.last_hash);
                if entry.sequence != sequence || entry.hash != hash {
                    verdict.broken_at = Some(sequence);
                    return Ok(verdict);
                }
                told = told || retention::tells_of(&entry.event, &anchor);
                verdict.events += 1;
                last = sequence;
                verdict.last_hash = hash;
            }
        }
    }
}

/// Never back: what other gateways tell may come late.
fn grow(last: &watch::Sender<i64>, to: i64) {
    last.send_if_modified(|last| {
        let grows = to > *last;
        *last = to.max(*last);
        grows
    });
}

async fn write(store: Arc<dyn AccessStore>, mut waiting: mpsc::Receiver<Message>, last: watch::Sender<i64>) {
    let mut batch = Vec::with_capacity(AT_ONCE);
    while waiting.recv_many(&mut batch, AT_ONCE).await > 0 {
        let (events, callers): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let events: Vec<Event> = events.into_iter().flatten().collect();
        let kept = store.append(&events).await;
        match &kept {
            Ok(sequence) => {
                grow(&last, *sequence);
            }
            Err(error) => tracing::error!("{} audit events were lost: {error}", events.len()),
        }
        for caller in callers.into_iter().flatten() {
            // A caller that went away does not wait for the answer.
            let _ = caller.send(kept.is_ok());
        }
    }
}
