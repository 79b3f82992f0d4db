//! The audit log: a stream whose ids are the sequences, so that Redis itself takes no entry out of its turn.
//!
//! Hashes are computed here, from the last entry that is known. Where another gateway was quicker, the script says what
//! the last entry is now, and they are computed anew.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use redis::Script;
use tokio::time::Instant;

use super::Shared;
use crate::error::Error;
use crate::store::access::{Anchor, AuditFilter, AuditLog, Entry, Event, Result};
use crate::store::redis::{Fields, script};

/// How long a store that does not answer is tried: what is done must be in the log.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);
/// Entries that are looked at in one go.
const PAGE: usize = 1000;

static APPEND: LazyLock<Script> = LazyLock::new(|| script(include_str!("audit_append.lua")));
static DROP: LazyLock<Script> = LazyLock::new(|| script(include_str!("audit_drop.lua")));

/// An entry's sequence and hash.
pub(super) type Last = (i64, [u8; 32]);

#[async_trait]
impl AuditLog for Shared {
    async fn append(&self, events: &[Event]) -> Result<i64> {
        if events.is_empty() {
            return self.last_sequence().await;
        }
        // One at a time here; others are found out about by the script.
        let mut last = self.last_event.lock().await;
        let end = Instant::now() + PATIENCE;
        // Set where it is not known whether the entries were added: the first of them.
        let mut perhaps: Option<Last> = None;
        loop {
            let entries = chained(events, *last);
            match self.try_append(*last, &entries).await {
                Ok(Outcome::Added) => break,
                Ok(Outcome::Moved(present)) => {
                    if let Some(first) = perhaps.take()
                        && self.has(first).await?
                    {
                        break;
                    }
                    *last = present;
                }
                Err(Error::StoreUnavailable(_)) if Instant::now() < end => {
                    perhaps = entries.first().map(|entry| (entry.sequence, entry.hash));
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
        let added = chained(events, *last);
        *last = added.last().map_or(*last, |entry| (entry.sequence, entry.hash));
        Ok(last.0)
    }

    async fn entries(&self, filter: &AuditFilter, mut before: i64, limit: u64) -> Result<Vec<Entry>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        while found.len() < limit && before > 1 {
            let mut command = redis::cmd("XREVRANGE");
            command.arg(self.redis.key(&["audit"])).arg(before - 1).arg("-").arg("COUNT").arg(PAGE);
            let page = self.read(&command).await?;
            let Some(oldest) = page.last() else { break };
            before = oldest.sequence;
            found.extend(page.into_iter().filter(|entry| passes(filter, &entry.event)));
        }
        found.truncate(limit);
        Ok(found)
    }

    async fn entries_after(&self, after: i64, limit: u64) -> Result<Vec<Entry>> {
        let mut command = redis::cmd("XRANGE");
        let from = after.max(0).saturating_add(1);
        command.arg(self.redis.key(&["audit"])).arg(from).arg("+").arg("COUNT").arg(limit);
        self.read(&command).await
    }

    async fn last_sequence(&self) -> Result<i64> {
        let mut command = redis::cmd("XREVRANGE");
        command.arg(self.redis.key(&["audit"])).arg("+").arg("-").arg("COUNT").arg(1);
        match self.read(&command).await?.first() {
            Some(entry) => Ok(entry.sequence),
            None => Ok(self.audit_anchor().await?.sequence),
        }
    }

    async fn audit_anchor(&self) -> Result<Anchor> {
        let mut command = redis::cmd("HGETALL");
        command.arg(self.redis.key(&["audit_anchor"]));
        let mut fields: Fields = self.redis.ask(&command).await?;
        if fields.is_empty() {
            return Ok(Anchor::default());
        }
        Ok(Anchor { sequence: fields.number("sequence")?, hash: fields.hash("hash")? })
    }

    async fn first_since(&self, at: i64) -> Result<Option<i64>> {
        let mut after = 0;
        loop {
            let page = self.entries_after(after, PAGE as u64).await?;
            let Some(last) = page.last() else { return Ok(None) };
            after = last.sequence;
            if let Some(found) = page.iter().find(|entry| entry.event.at >= at) {
                return Ok(Some(found.sequence));
            }
        }
    }

    async fn drop_entries(&self, through: i64, most: u64) -> Result<u64> {
        let mut call = self.redis.call(&DROP);
        call.arg(through).arg(most);
        self.redis.run(&call).await
    }
}

enum Outcome {
    Added,
    /// Another gateway was quicker: the last entry is this one.
    Moved(Last),
}

impl Shared {
    async fn try_append(&self, last: Last, entries: &[Entry]) -> Result<Outcome> {
        let mut call = self.redis.call(&APPEND);
        call.arg(last.0).arg(&last.1[..]);
        for Entry { event, hash, .. } in entries {
            call.arg(event.at).arg(&event.username).arg(&event.credential).arg(&event.method);
            call.arg(&event.outcome).arg(&event.instance).arg(&event.table).arg(&event.subject);
            call.arg(&event.request_id).arg(&event.address).arg(&event.acted_as).arg(&hash[..]);
        }
        match self.redis.run::<Option<(i64, Vec<u8>)>>(&call).await? {
            None => Ok(Outcome::Added),
            Some((0, _)) => Ok(Outcome::Moved((0, [0; 32]))),
            Some((sequence, hash)) => {
                let hash =
                    hash.try_into().map_err(|_| Error::internal("the last audit entry has no hash"))?;
                Ok(Outcome::Moved((sequence, hash)))
            }
        }
    }

    /// Whether that very entry is in the log.
    async fn has(&self, (sequence, hash): Last) -> Result<bool> {
        let found = self.entries_after(sequence - 1, 1).await?;
        Ok(found.first().is_some_and(|entry| entry.sequence == sequence && entry.hash == hash))
    }

    async fn read(&self, command: &redis::Cmd) -> Result<Vec<Entry>> {
        let found: Vec<(String, Fields)> = self.redis.ask(command).await?;
        found.into_iter().map(|(id, fields)| read(&id, fields)).collect()
    }
}

fn chained(events: &[Event], (mut sequence, mut hash): Last) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        sequence += 1;
        hash = event.chained(sequence, &hash);
        entries.push(Entry { sequence, event: event.clone(), hash });
    }
    entries
}

fn passes(filter: &AuditFilter, event: &Event) -> bool {
    (filter.username.is_empty() || filter.username == event.username)
        && (filter.method.is_empty() || filter.method == event.method)
        && filter.from.is_none_or(|from| event.at >= from)
        && filter.until.is_none_or(|until| event.at < until)
}

fn read(id: &str, mut fields: Fields) -> Result<Entry> {
    let sequence = id.split('-').next().and_then(|number| number.parse().ok());
    Ok(Entry {
        sequence: sequence.ok_or_else(|| Error::internal("an audit entry in Redis has another id"))?,
        event: Event {
            at: fields.number("at")?,
            username: fields.text("username")?,
            credential: fields.text("credential")?,
            method: fields.text("method")?,
            outcome: fields.text("outcome")?,
            instance: fields.text("instance")?,
            table: fields.text("table")?,
            subject: fields.text("subject")?,
            request_id: fields.text("request_id")?,
            address: fields.text("address")?,
            acted_as: fields.text("acted_as")?,
        },
        hash: fields.hash("hash")?,
    })
}
