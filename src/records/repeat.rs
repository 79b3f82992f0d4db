//! Whether an earlier attempt at a change was carried out, as far as the record shows.
//!
//! It is asked only after an attempt whose end is not known. A field that is not shown as it was written (a password,
//! a value that the instance rewrites) counts as not written: then the caller decides by the etag, or writes again.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDateTime, Utc};
use servicenow::query::{Operator, Query};
use servicenow::{DisplayMode, Page, Read};

use super::list::look_up;
use super::write::Change;
use crate::access::Guard;
use crate::error::Error;
use crate::instance::{Instance, Subject};
use crate::pb::Record;
use crate::schema;

/// How far the instance's clock may be behind the gateway's.
pub(crate) const SKEW: Duration = Duration::from_secs(300);
/// How many of a record's newest entries are looked at.
const ENTRIES: u64 = 50;

/// Whether the record has all that the change writes. Journal fields show no value: for those, an entry with the same
/// text since `started` is looked for.
pub(crate) async fn is_written(
    guard: &Guard,
    sys_id: &str,
    change: &Change,
    started: SystemTime,
) -> Result<bool, Error> {
    let fields: Vec<String> = change.fields.keys().cloned().collect();
    let (instance, table) = (&guard.instance, guard.table());
    let record = look_up(guard, sys_id, &fields, DisplayMode::Both).await?;
    for (name, value) in &change.fields {
        let wanted = value.as_deref().unwrap_or_default();
        let found = if is_journal(instance, table, name).await {
            has_entry(instance, sys_id, name, wanted, started).await?
        } else {
            record
                .fields
                .get(name)
                .is_some_and(|field| field.value == wanted || field.display_value == wanted)
        };
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether each write of the field adds an entry.
async fn is_journal(instance: &Instance, table: &str, field: &str) -> bool {
    match schema::table(instance, table).await {
        Ok(schema) if !schema.columns.is_empty() => {
            schema.column(field).is_some_and(|column| column.internal_type.starts_with("journal"))
        }
        // The account may not read the dictionary: these two are journals wherever they exist.
        _ => matches!(field, "comments" | "work_notes"),
    }
}

async fn has_entry(
    instance: &Instance,
    sys_id: &str,
    field: &str,
    text: &str,
    started: SystemTime,
) -> Result<bool, Error> {
    let query = Query::new()
        .and("element_id", Operator::Is, sys_id)
        .and("element", Operator::Is, field)
        .order_by_desc("sys_created_on");
    let fields = ["value", "sys_created_on"].map(str::to_owned).to_vec();
    let read = Read { fields, ..Read::default() };
    let list = servicenow::List { query, read, limit: ENTRIES, ..servicenow::List::default() };
    let call = instance.client().list("sys_journal_field", &list);
    let page: Page<Record> = instance.call("list", Subject::table("sys_journal_field"), call).await?;
    let since = DateTime::<Utc>::from(started - SKEW).naive_utc();
    Ok(page.rows.iter().any(|entry| {
        let value = |name: &str| entry.fields.get(name).map_or("", |field| field.value.as_str());
        let created = NaiveDateTime::parse_from_str(value("sys_created_on"), "%Y-%m-%d %H:%M:%S");
        value("value").trim() == text.trim() && created.is_ok_and(|created| created >= since)
    }))
}
