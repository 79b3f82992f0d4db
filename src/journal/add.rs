//! Adding an entry.

use std::collections::BTreeSet;
use std::time::SystemTime;

use prost_types::Timestamp;
use servicenow::{DisplayMode, Fields, Read, WriteOptions};

use super::element;
use super::list::last;
use crate::access::Guard;
use crate::error::{Error, Peer};
use crate::instance::Subject;
use crate::pb::{JournalEntry, JournalKind, Record};
use crate::store::StartedAt;
use crate::{moment, records};

/// How many of the last entries are looked through for the one that was written: others may write meanwhile.
const LAST: u64 = 20;

/// An entry to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The record.
    pub sys_id: String,
    /// Which journal; not the unspecified one.
    pub kind: JournalKind,
    /// What is written.
    pub text: String,
}

/// Writes the entry, and gives it back as the instance keeps it. Where an earlier attempt may have written it, it is
/// looked for first, by its text.
///
/// Fails with [`Error::FieldUnknown`] where the table has no such journal: ServiceNow would drop the text and say that
/// all is well.
pub async fn add(
    guard: &Guard,
    addition: &Addition,
    earlier: Option<StartedAt>,
) -> Result<JournalEntry, Error> {
    let element = known_element(guard, addition).await?;
    if let Some(StartedAt(started)) = earlier
        && let Some(written) = find(guard, addition, Some(started - records::SKEW)).await?
    {
        return Ok(written);
    }
    guard.check_row(&addition.sys_id).await?;
    guard.check_written(&Fields::from([(element.to_owned(), None)]), false)?;
    let record = write(guard, addition, element).await?;
    match find(guard, addition, None).await {
        Ok(Some(entry)) => Ok(entry),
        // The entry is there, and the account that wrote it may not read it.
        Ok(None) | Err(Error::Instance { peer: Peer::Forbidden { .. }, .. }) => Ok(told(addition, &record)),
        Err(error) => Err(error),
    }
}

/// The entry, if it is among the last of its journal, and not older than `since`.
async fn find(
    guard: &Guard,
    addition: &Addition,
    since: Option<SystemTime>,
) -> Result<Option<JournalEntry>, Error> {
    let Addition { sys_id, kind, text } = addition;
    let entries = last(guard, sys_id, *kind, LAST).await?;
    let since = since.map(Timestamp::from);
    let recent = |entry: &JournalEntry| match (&since, &entry.created_time) {
        (Some(since), Some(created)) => created.seconds >= since.seconds,
        _ => true,
    };
    // Some instances cut white space off.
    let same = |entry: &JournalEntry| entry.text.trim() == text.trim();
    Ok(entries.into_iter().find(|entry| recent(entry) && same(entry)))
}

async fn known_element(guard: &Guard, addition: &Addition) -> Result<&'static str, Error> {
    let Some(element) = element(addition.kind) else {
        return Err(Error::internal("an entry of no kind"));
    };
    let fields = records::unknown_fields(guard, BTreeSet::from([element])).await?;
    if fields.is_empty() {
        return Ok(element);
    }
    Err(Error::FieldUnknown { table: guard.table().to_owned(), fields })
}

async fn write(guard: &Guard, addition: &Addition, element: &str) -> Result<Record, Error> {
    let Addition { sys_id, text, .. } = addition;
    let (instance, table) = (&guard.instance, guard.table());
    let fields = Fields::from([(element.to_owned(), Some(text.clone()))]);
    let answer = ["sys_id", "sys_updated_on", "sys_updated_by"].map(str::to_owned).to_vec();
    let read = Read { fields: answer, display: DisplayMode::Value, ..Read::default() };
    let options = WriteOptions { read, input_display_value: false };
    let call = instance.client().update(table, sys_id, &fields, &options);
    instance.call("journal_add", Subject::record(table, sys_id), call).await
}

/// The entry as far as the answer to the write tells of it.
fn told(addition: &Addition, record: &Record) -> JournalEntry {
    let field = |name: &str| record.fields.get(name).map(|field| field.value.as_str()).unwrap_or_default();
    JournalEntry {
        sys_id: String::new(),
        kind: addition.kind.into(),
        text: addition.text.clone(),
        created_by: field("sys_updated_by").to_owned(),
        created_time: moment::read(field("sys_updated_on")),
    }
}
