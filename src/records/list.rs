//! One record, and pages of records in any order.

use servicenow::query::Order;
use servicenow::{DisplayMode, Page};

use super::selection::{Selection, read};
use crate::error::Error;
use crate::instance::{Instance, Subject};
use crate::pb::Record;

/// One page of a list.
#[derive(Debug)]
pub struct List<'a> {
    /// The table.
    pub table: &'a str,
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

/// Reads one record. Fails with [`Error::RecordUnknown`].
pub async fn get(
    instance: &Instance,
    table: &str,
    sys_id: &str,
    fields: &[String],
    display: DisplayMode,
) -> Result<Record, Error> {
    let read = read(fields, display);
    instance.call("get", Subject::record(table, sys_id), instance.client().get(table, sys_id, &read)).await
}

/// Reads one page.
pub async fn list(instance: &Instance, list: List<'_>) -> Result<Listed, Error> {
    let left = list.selection.limit.map(|limit| limit.saturating_sub(list.offset));
    let size = list.page_size.min(left.unwrap_or(u64::MAX));
    let mut query = list.selection.query.clone();
    // Without a last, unique key ServiceNow's order is undefined, and pages overlap or skip.
    query.order.push(Order { field: "sys_id".to_owned(), descending: false });

    let request = servicenow::List {
        query,
        read: list.selection.read(),
        limit: size.max(1), // 0 would mean the instance's default
        offset: list.offset,
        count: true,
    };
    let page: Page<Record> = instance
        .call("list", Subject::table(list.table), instance.client().list(list.table, &request))
        .await?;

    let end = list.offset + size;
    let more = match page.total {
        Some(total) => end < total,
        None => page.has_next.unwrap_or(!page.rows.is_empty()),
    };
    let within_limit = left.is_none_or(|left| size < left);
    let mut records = page.rows;
    records.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok(Listed {
        total: page.total.unwrap_or(list.offset + records.len() as u64),
        records,
        next_offset: (more && within_limit).then_some(end),
    })
}

/// The URL that a list of this selection becomes, for people to look at. Fails with [`Error::QueryTooLong`].
pub fn list_url(instance: &Instance, table: &str, selection: &Selection) -> Result<String, Error> {
    let request = servicenow::List {
        query: selection.query.clone(),
        read: selection.read(),
        limit: selection.limit.unwrap_or(100),
        offset: 0,
        count: true,
    };
    instance.list_url(table, &request)
}
