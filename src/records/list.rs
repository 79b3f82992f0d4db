//! One record, and pages of records in any order.

use servicenow::query::{Operator, Order, Query};
use servicenow::{DisplayMode, Page};

use super::selection::{Selection, read};
use crate::access::Guard;
use crate::error::Error;
use crate::instance::Subject;
use crate::pb::Record;

/// One page of a list.
#[derive(Debug)]
pub struct List {
    /// Which rows and columns.
    pub selection: Selection,
    /// Most records in the page.
    pub page_size: u64,
    /// Rows to skip.
    pub offset: u64,
}

/// What a page holds.
#[derive(Debug)]
pub struct Listed {
    /// May be fewer than asked for, where the instance hides rows.
    pub records: Vec<Record>,
    /// Where the next page starts; `None` on the last one.
    pub next_offset: Option<u64>,
    /// Rows that match on the instance.
    pub total: u64,
}

/// Reads one record for its caller. Fails with [`Error::RecordUnknown`].
pub async fn get(
    guard: &Guard,
    sys_id: &str,
    fields: &[String],
    display: DisplayMode,
) -> Result<Record, Error> {
    guard.meter.may_read()?;
    let record = look_up(guard, sys_id, fields, display).await?;
    guard.meter.read(1);
    Ok(record)
}

/// Reads one record on the way to something else: it counts for nobody.
pub(crate) async fn look_up(
    guard: &Guard,
    sys_id: &str,
    fields: &[String],
    display: DisplayMode,
) -> Result<Record, Error> {
    let (instance, table, read) = (&guard.instance, guard.table(), read(fields, display));
    let subject = Subject::record(table, sys_id);
    if !guard.has_row_rules() {
        let mut record = instance.call("get", subject, instance.client().get(table, sys_id, &read)).await?;
        guard.redact(&mut record);
        return Ok(record);
    }
    let query = guard.narrow(Query::new().and("sys_id", Operator::Is, sys_id)).await?;
    let request = servicenow::List { query, read, limit: 1, ..servicenow::List::default() };
    let page: Page<Record> = instance.call("get", subject, instance.client().list(table, &request)).await?;
    let mut record = page.rows.into_iter().next().ok_or_else(|| guard.row_unknown(sys_id))?;
    guard.redact(&mut record);
    Ok(record)
}

/// Reads one page.
pub async fn list(guard: &Guard, list: List) -> Result<Listed, Error> {
    guard.meter.may_read()?;
    let (instance, table) = (&guard.instance, guard.table());
    let left = list.selection.limit.map(|limit| limit.saturating_sub(list.offset));
    let size = list.page_size.min(left.unwrap_or(u64::MAX));
    let mut query = guard.narrow(list.selection.query.clone()).await?;
    // Without a last, unique key ServiceNow's order is undefined, and pages overlap or skip.
    query.order.push(Order { field: "sys_id".to_owned(), descending: false });

    let request = servicenow::List {
        query,
        read: list.selection.read(),
        limit: size.max(1), // 0 would mean the instance's default
        offset: list.offset,
        count: true,
    };
    let page: Page<Record> =
        instance.call("list", Subject::table(table), instance.client().list(table, &request)).await?;

    let end = list.offset + size;
    let more = match page.total {
        Some(total) => end < total,
        None => page.has_next.unwrap_or(!page.rows.is_empty()),
    };
    let within_limit = left.is_none_or(|left| size < left);
    let mut records = page.rows;
    records.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    records.iter_mut().for_each(|record| guard.redact(record));
    guard.meter.read(records.len());
    Ok(Listed {
        total: page.total.unwrap_or(list.offset + records.len() as u64),
        records,
        next_offset: (more && within_limit).then_some(end),
    })
}

/// The URL that a list of this selection becomes, for people to look at. Fails with [`Error::QueryTooLong`].
pub fn list_url(guard: &Guard, selection: &Selection) -> Result<String, Error> {
    let request = servicenow::List {
        query: selection.query.clone(),
        read: selection.read(),
        limit: selection.limit.unwrap_or(100),
        offset: 0,
        count: true,
    };
    guard.instance.list_url(guard.table(), &request)
}
