//! How much of the audit log is kept.
//!
//! What is too old, or too much, is dropped from the log's beginning, never from its middle. The hash of the last event
//! that was dropped stays as the anchor that the chain goes on from, and an event of the log says what was dropped before
//! anything is: an anchor that no event tells of is somebody's doing.

use std::time::Duration;

use super::Access;
use super::clock::millis;
use crate::config;
use crate::error::Error;
use crate::store::{Anchor, Entry, Event};

/// The method of the events that tell of it.
pub(super) const METHOD: &str = "retention";
/// Events that are dropped in one transaction: others write meanwhile.
const AT_ONCE: u64 = 5000;
/// How often the log is looked at.
const EVERY: Duration = Duration::from_secs(3600);

impl Access {
    /// Drops what need not be kept, now and every hour; for ever.
    pub async fn retain_always(&self, settings: config::Audit) {
        loop {
            match self.retain(settings).await {
                Ok(0) => {}
                Ok(dropped) => tracing::info!(dropped, "audit events were dropped"),
                Err(error) => tracing::error!("audit events cannot be dropped: {error}"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Drops what need not be kept; how many events.
    ///
    /// # Errors
    /// The store does not answer. What was dropped before is dropped, and the chain verifies.
    pub async fn retain(&self, settings: config::Audit) -> Result<u64, Error> {
        let now = self.now();
        let (last, anchor) = (self.store.last_sequence().await?, self.store.audit_anchor().await?);
        let by_age = match self.store.first_since(now.saturating_sub(millis(settings.keep))).await? {
            Some(first) => first - 1,
            None => last, // all of them; what tells of it stays
        };
        let most = i64::try_from(settings.max_events).unwrap_or(i64::MAX);
        // One more: the event that tells of it.
        let by_number = if last - anchor.sequence > most { last + 1 - most } else { 0 };
        let through = by_age.max(by_number).min(last);
        if through <= anchor.sequence {
            return Ok(0);
        }
        let Some(entry) = self.store.entries_after(through - 1, 1).await?.into_iter().next() else {
            return Ok(0);
        };
        self.audit().record(told(&entry, now)).await?;
        let mut dropped = 0;
        loop {
            let some = self.store.drop_entries(through, AT_ONCE).await?;
            if some == 0 {
                return Ok(dropped);
            }
            dropped += some;
        }
    }
}

/// The event that tells that all are dropped up to that one.
fn told(last: &Entry, now: i64) -> Event {
    let hash: String = last.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Event {
        at: now,
        method: METHOD.to_owned(),
        outcome: "OK".to_owned(),
        subject: format!("dropped up to {} {hash}", last.sequence),
        ..Event::default()
    }
}

/// Whether that event tells of this anchor: drops go in steps, so that it may name a later one.
pub(super) fn tells_of(event: &Event, anchor: &Anchor) -> bool {
    if event.method != METHOD {
        return false;
    }
    let mut words = event.subject.strip_prefix("dropped up to ").unwrap_or_default().split(' ');
    let (Some(sequence), Some(hash)) = (words.next().and_then(|word| word.parse::<i64>().ok()), words.next())
    else {
        return false;
    };
    let own: String = anchor.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    sequence > anchor.sequence || (sequence == anchor.sequence && hash == own)
}
