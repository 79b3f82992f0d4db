//! Where the next rows come from.
//!
//! In the order of `sys_id` pages are asked for by key, so rows that come and go meanwhile shift none; in any
//! other by offset, up to the count of what matches. A short or empty page is never the end: access rules hide
//! rows after the limit was applied.

use super::GlideRecord;
use super::row::Row;
use crate::query::Query;
use crate::{Client, Cursor, Error, List, Read, RecordScan, Row as _, Scan};

#[derive(Clone, Debug)]
pub(super) enum Pages {
    /// There was no query yet.
    NotAsked,
    /// By key.
    Key { next: Cursor },
    /// By offset.
    Offset { next: u64 },
    /// There are no more.
    Done,
}

impl GlideRecord {
    /// Forgets what was read and reads the first page. It tells how many rows match.
    pub(super) async fn first_page(&mut self) -> Result<(), Error> {
        let query = self.ordered();
        let limit = self.page(0);
        let list = List { query, read: self.reads(), limit, offset: 0, count: true };
        let page = self.client.list::<Row>(self.table.as_str(), &list).await?;
        self.rows = Vec::new();
        self.dropped = 0;
        self.location = None;
        self.total = page.total.unwrap_or(page.rows.len() as u64);
        self.pages = if self.page(page.rows.len() as u64) == 0 {
            Pages::Done
        } else if by_key(&list.query) {
            Pages::Key { next: cursor(&page.rows, limit) }
        } else {
            Pages::Offset { next: limit }
        };
        self.rows = page.rows;
        Ok(())
    }

    /// Reads the next rows behind those there are; says whether any came.
    pub(super) async fn more(&mut self) -> Result<bool, Error> {
        let size = self.page(self.dropped + self.rows.len() as u64);
        if size == 0 {
            self.pages = Pages::Done;
        }
        let fresh = match self.pages.clone() {
            Pages::NotAsked | Pages::Done => return Ok(false),
            Pages::Key { next } => self.by_key(next, size).await?,
            Pages::Offset { next } => self.by_offset(next, size).await?,
        };
        let came = !fresh.is_empty();
        self.rows.extend(fresh);
        Ok(came)
    }

    async fn by_key(&mut self, after: Cursor, size: u64) -> Result<Vec<Row>, Error> {
        let scan =
            Scan { query: self.query.clone(), read: self.reads(), page_size: size, after: Some(after) };
        let mut scan: RecordScan<Row> = self.client.scan(self.table.as_str(), scan);
        let page = scan.next_page().await?;
        self.pages = match &page {
            Some(page) => Pages::Key { next: page.cursor.clone() },
            None => Pages::Done,
        };
        Ok(page.map(|page| page.rows).unwrap_or_default())
    }

    async fn by_offset(&mut self, mut offset: u64, size: u64) -> Result<Vec<Row>, Error> {
        let mut list = List { query: self.ordered(), read: self.reads(), limit: size, offset, count: true };
        while offset < self.total {
            list.offset = offset;
            let page = self.client.list::<Row>(self.table.as_str(), &list).await?;
            offset += size;
            self.pages = Pages::Offset { next: offset };
            self.total = page.total.unwrap_or(self.total);
            if !page.rows.is_empty() {
                return Ok(page.rows);
            }
        }
        self.pages = Pages::Done;
        Ok(Vec::new())
    }

    /// How many rows the next request asks for, when that many were read.
    fn page(&self, read: u64) -> u64 {
        self.limit.map_or(self.batch_size, |limit| self.batch_size.min(limit.saturating_sub(read)))
    }

    fn reads(&self) -> Read {
        self.read.clone()
    }
}

/// Whether the order is that of the key.
fn by_key(query: &Query) -> bool {
    matches!(query.order.as_slice(), [only] if only.field == "sys_id" && !only.descending)
        && query.group_by.is_empty()
}

/// Behind a first page: its last row, or if all of its rows are hidden the place behind them.
fn cursor(rows: &[Row], limit: u64) -> Cursor {
    match rows.last().and_then(|row| row.sys_id()) {
        Some(last) => Cursor { last_sys_id: last.to_owned(), offset: 0 },
        None => Cursor { last_sys_id: String::new(), offset: limit },
    }
}

/// All sys_ids that match, up to the limit.
pub(super) async fn sys_ids(client: &Client, record: &GlideRecord) -> Result<Vec<String>, Error> {
    let mut reader = client.glide_record(record.table.as_str())?;
    reader.set_query(record.query.clone()).set_limit(record.limit).set_fields(["sys_id"]);
    reader.set_batch_size(record.batch_size.max(1000)).set_display(crate::DisplayMode::Value);
    reader.first_page().await?;
    while reader.more().await? {}
    let ids = reader.rows.iter().map(|row| row.sys_id().unwrap_or_default().to_owned());
    Ok(ids.filter(|sys_id| !sys_id.is_empty()).collect())
}
