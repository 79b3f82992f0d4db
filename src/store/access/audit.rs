//! The audit log: only ever added to, each entry chained to the one before.

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::Result;

/// What happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// When it ended.
    pub at: i64,
    /// Who; empty where nobody was signed in.
    pub username: String,
    /// Session or key.
    pub credential: String,
    /// As "sncgate.v1.RecordService/CreateRecord".
    pub method: String,
    /// "OK", or why not.
    pub outcome: String,
    /// Where there was one.
    pub instance: String,
    /// Where there was one.
    pub table: String,
    /// The record, user, role, session or key.
    pub subject: String,
    /// The call's id.
    pub request_id: String,
    /// Where it came from.
    pub address: String,
    /// The user of the instance that it was done as; empty for the gateway's own account.
    pub acted_as: String,
}

/// An event in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without gaps.
    pub sequence: i64,
    /// What happened.
    pub event: Event,
    /// Over this event and the hash before.
    pub hash: [u8; 32],
}

/// The last event that was dropped from the log's beginning: what the chain goes on from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    /// Its sequence; 0 where none was dropped.
    pub sequence: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this user; empty: of all.
    pub username: String,
    /// Of this method; empty: of all.
    pub method: String,
    /// From then on.
    pub from: Option<i64>,
    /// Until then, exclusively.
    pub until: Option<i64>,
}

impl Event {
    /// The hash of this event at that place. Each part goes in with its length, so that no two events run together.
    pub fn chained(&self, sequence: i64, previous: &[u8; 32]) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(previous);
        digest.update(sequence.to_be_bytes());
        digest.update(self.at.to_be_bytes());
        let texts = [
            &self.username,
            &self.credential,
            &self.method,
            &self.outcome,
            &self.instance,
            &self.table,
            &self.subject,
            &self.request_id,
            &self.address,
        ];
        for text in texts {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text);
        }
        // Where there is none, nothing: events from before there was such a thing keep their hash. A further part cannot be
        // taken for another event's, since the number of those before it is fixed.
        if !self.acted_as.is_empty() {
            digest.update((self.acted_as.len() as u64).to_be_bytes());
            digest.update(&self.acted_as);
        }
        digest.finalize().into()
    }
}

/// Keeps the audit log.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Adds events in their order, all or none; the last sequence.
    async fn append(&self, events: &[Event]) -> Result<i64>;
    /// The newest first, those before `before`.
    async fn entries(&self, filter: &AuditFilter, before: i64, limit: u64) -> Result<Vec<Entry>>;
    /// In their order, those after `after`.
    async fn entries_after(&self, after: i64, limit: u64) -> Result<Vec<Entry>>;
    /// The last sequence; 0 where there never was one.
    async fn last_sequence(&self) -> Result<i64>;
    /// What the chain goes on from.
    async fn audit_anchor(&self) -> Result<Anchor>;
    /// The first event, in their order, that is from then on.
    async fn first_since(&self, at: i64) -> Result<Option<i64>>;
    /// Drops the first events, at most `most` and none after `through`, and moves the anchor to the last of them; how
    /// many. Atomic.
    async fn drop_entries(&self, through: i64, most: u64) -> Result<u64>;
}
