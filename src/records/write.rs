//! Creating, changing and deleting one record.

use std::collections::BTreeMap;

use servicenow::{DisplayMode, WriteOptions};
use sha2::{Digest, Sha256};

use super::list::look_up;
use super::repeat;
use super::selection::read;
use crate::access::Guard;
use crate::error::Error;
use crate::instance::Subject;
use crate::pb::Record;
use crate::store::StartedAt;

/// What to write, by column; `None` clears.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// By column.
    pub fields: BTreeMap<String, Option<String>>,
    /// The values are display values.
    pub input_display_value: bool,
    /// How the answer's values are shown.
    pub display: DisplayMode,
}

impl Change {
    pub(crate) fn options(&self) -> WriteOptions {
        WriteOptions { read: read(&[], self.display), input_display_value: self.input_display_value }
    }
}

/// Creates a record. With a request id, a second call finds the first one's record: its sys_id is made from the id,
/// so that a crash between the record and the memory of it does no harm.
pub async fn create(guard: &Guard, mut change: Change, request_id: Option<&str>) -> Result<Record, Error> {
    let Some(request_id) = request_id else { return insert(guard, &change).await };
    let sys_id = sys_id_of_request(&guard.scope(), guard.table(), request_id);
    match look_up(guard, &sys_id, &[], change.display).await {
        Err(Error::RecordUnknown { .. }) => {}
        found => return found,
    }
    change.fields.insert("sys_id".to_owned(), Some(sys_id.clone()));
    match insert(guard, &change).await {
        Ok(record) => Ok(record),
        // A twin may have been quicker, or the write was committed before its answer was lost.
        Err(error) => match look_up(guard, &sys_id, &[], change.display).await {
            Ok(record) => Ok(record),
            Err(_) => Err(error),
        },
    }
}

async fn insert(guard: &Guard, change: &Change) -> Result<Record, Error> {
    let (instance, table, options) = (&guard.instance, guard.table(), change.options());
    let create = instance.client().create(table, &change.fields, &options);
    let mut record = instance.call("create", Subject::table(table), create).await?;
    guard.redact(&mut record);
    Ok(record)
}

/// Changes the fields named. With an etag, only where the record still has it.
///
/// `earlier` is an attempt at the same change whose end is not known. Where the record shows that it was carried out,
/// nothing is written again; where the etag has moved on and the record does not show it, somebody else was at it, and
/// the answer is [`Error::EtagMismatch`].
pub async fn update(
    guard: &Guard,
    sys_id: &str,
    change: Change,
    etag: Option<&str>,
    earlier: Option<StartedAt>,
) -> Result<Record, Error> {
    guard.check_row(sys_id).await?;
    if let Some(StartedAt(started)) = earlier
        && repeat::is_written(guard, sys_id, &change, started).await?
    {
        return look_up(guard, sys_id, &[], change.display).await;
    }
    check_etag(guard, sys_id, etag).await?;
    let (instance, table, options) = (&guard.instance, guard.table(), change.options());
    let update = instance.client().update(table, sys_id, &change.fields, &options);
    let mut record = instance.call("update", Subject::record(table, sys_id), update).await?;
    guard.redact(&mut record);
    Ok(record)
}

/// Deletes a record. With an etag, only where the record still has it.
pub async fn delete(guard: &Guard, sys_id: &str, etag: Option<&str>) -> Result<(), Error> {
    guard.check_row(sys_id).await?;
    check_etag(guard, sys_id, etag).await?;
    let (instance, table) = (&guard.instance, guard.table());
    instance.call("delete", Subject::record(table, sys_id), instance.client().delete(table, sys_id)).await
}

/// ServiceNow has no conditional write: between this look and the write somebody may be quicker.
async fn check_etag(guard: &Guard, sys_id: &str, etag: Option<&str>) -> Result<(), Error> {
    let Some(etag) = etag else { return Ok(()) };
    let fields = ["sys_id".to_owned()];
    let record = look_up(guard, sys_id, &fields, DisplayMode::Value).await?;
    if record.etag == etag { Ok(()) } else { Err(Error::EtagMismatch { etag: record.etag }) }
}

/// The sys_id of the record that a request id makes.
pub(crate) fn sys_id_of_request(scope: &str, table: &str, request_id: &str) -> String {
    let mut digest = Sha256::new();
    for part in [scope, table, request_id] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
