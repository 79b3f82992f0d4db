//! Creating, changing and deleting one record.

use std::collections::BTreeMap;

use servicenow::{DisplayMode, WriteOptions};
use sha2::{Digest, Sha256};

use super::list::get;
use super::repeat;
use super::selection::read;
use crate::error::Error;
use crate::instance::{Instance, Subject};
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
pub async fn create(
    instance: &Instance,
    table: &str,
    mut change: Change,
    request_id: Option<&str>,
) -> Result<Record, Error> {
    let Some(request_id) = request_id else { return insert(instance, table, &change).await };
    let sys_id = sys_id_of_request(instance.name(), table, request_id);
    match get(instance, table, &sys_id, &[], change.display).await {
        Err(Error::RecordUnknown { .. }) => {}
        found => return found,
    }
    change.fields.insert("sys_id".to_owned(), Some(sys_id.clone()));
    match insert(instance, table, &change).await {
        Ok(record) => Ok(record),
        // A twin may have been quicker, or the write was committed before its answer was lost.
        Err(error) => match get(instance, table, &sys_id, &[], change.display).await {
            Ok(record) => Ok(record),
            Err(_) => Err(error),
        },
    }
}

async fn insert(instance: &Instance, table: &str, change: &Change) -> Result<Record, Error> {
    let (client, options) = (instance.client(), change.options());
    instance.call("create", Subject::table(table), client.create(table, &change.fields, &options)).await
}

/// Changes the fields named. With an etag, only where the record still has it.
///
/// `earlier` is an attempt at the same change whose end is not known. Where the record shows that it was carried out,
/// nothing is written again; where the etag has moved on and the record does not show it, somebody else was at it, and
/// the answer is [`Error::EtagMismatch`].
pub async fn update(
    instance: &Instance,
    table: &str,
    sys_id: &str,
    change: Change,
    etag: Option<&str>,
    earlier: Option<StartedAt>,
) -> Result<Record, Error> {
    if let Some(StartedAt(started)) = earlier
        && repeat::is_written(instance, table, sys_id, &change, started).await?
    {
        return get(instance, table, sys_id, &[], change.display).await;
    }
    check_etag(instance, table, sys_id, etag).await?;
    let (client, options) = (instance.client(), change.options());
    let subject = Subject::record(table, sys_id);
    instance.call("update", subject, client.update(table, sys_id, &change.fields, &options)).await
}

/// Deletes a record. With an etag, only where the record still has it.
pub async fn delete(instance: &Instance, table: &str, sys_id: &str, etag: Option<&str>) -> Result<(), Error> {
    check_etag(instance, table, sys_id, etag).await?;
    instance.call("delete", Subject::record(table, sys_id), instance.client().delete(table, sys_id)).await
}

/// ServiceNow has no conditional write: between this look and the write somebody may be quicker.
async fn check_etag(instance: &Instance, table: &str, sys_id: &str, etag: Option<&str>) -> Result<(), Error> {
    let Some(etag) = etag else { return Ok(()) };
    let fields = ["sys_id".to_owned()];
    let record = get(instance, table, sys_id, &fields, DisplayMode::Value).await?;
    if record.etag == etag { Ok(()) } else { Err(Error::EtagMismatch { etag: record.etag }) }
}

/// The sys_id of the record that a request id makes.
pub(crate) fn sys_id_of_request(instance: &str, table: &str, request_id: &str) -> String {
    let mut digest = Sha256::new();
    for part in [instance, table, request_id] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
