//! Reading a whole table, or all of a query, page by page.
//!
//! Pages are asked for by key, `sys_id>last^ORDERBYsys_id`, so rows that are inserted or deleted meanwhile move
//! no other row. ServiceNow applies the limit before access rules: a page may be short or empty though rows
//! follow. A short page is simply followed by the next. For an empty one the instance is asked for the count
//! of what matches beyond the key, hidden rows included, and the scan steps over the hidden ones by offset
//! until rows appear or the count is used up.
//!
//! What it cannot see: if hidden rows are deleted while it steps over more than a page of them, as many
//! visible rows behind them may be stepped over too.

use std::cmp::Ordering;
use std::marker::PhantomData;

use futures::stream::{self, Stream};

use crate::query::{Condition, Operator, Order, Query};
use crate::read::{List, Read};
use crate::{Client, Error, Page, Row};

/// What to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Which rows. Its order is dropped: a scan is ordered by sys_id.
    pub query: Query,
    /// What of each row; `sys_id` is always among the fields.
    pub read: Read,
    /// How many rows a page asks for, at least 1.
    pub page_size: u64,
    /// Where an earlier scan of the same query stopped.
    pub after: Option<Cursor>,
}

impl Default for Scan {
    fn default() -> Scan {
        Scan { query: Query::new(), read: Read::default(), page_size: 1000, after: None }
    }
}

/// A place between pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The sys_id of the last row that was given; empty at the start.
    pub last_sys_id: String,
    /// How many hidden rows beyond it were stepped over.
    pub offset: u64,
}

/// A page of a scan; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanPage<R> {
    /// The rows, by ascending sys_id.
    pub rows: Vec<R>,
    /// Where to resume to get what follows this page.
    pub cursor: Cursor,
}

/// A scan under way. Dropping it stops it; a call that is dropped half-way can be made again.
#[derive(Debug)]
pub struct RecordScan<R> {
    client: Client,
    table: String,
    list: List,
    query: Query,
    cursor: Cursor,
    /// The next request asks for the count: the page before was empty, or so short that it may be the last.
    counting: bool,
    done: bool,
    row: PhantomData<fn() -> R>,
}

impl Client {
    /// Starts a scan. Nothing is sent before the first page is asked for.
    pub fn scan<R: Row>(&self, table: &str, scan: Scan) -> RecordScan<R> {
        let Scan { mut query, mut read, page_size, after } = scan;
        query.order = vec![Order { field: "sys_id".to_owned(), descending: false }];
        query.group_by.clear();
        if !read.fields.is_empty() && !read.fields.iter().any(|field| field == "sys_id") {
            read.fields.push("sys_id".to_owned());
        }
        let list = List { read, limit: page_size.max(1), ..List::default() };
        RecordScan {
            client: self.clone(),
            table: table.to_owned(),
            list,
            query,
            cursor: after.unwrap_or_default(),
            counting: false,
            done: false,
            row: PhantomData,
        }
    }
}

impl<R: Row> RecordScan<R> {
    /// The next page with rows in it; `None` at the end.
    ///
    /// # Errors
    /// After an error the same page may be asked for again.
    pub async fn next_page(&mut self) -> Result<Option<ScanPage<R>>, Error> {
        while !self.done {
            let page = self.request().await?;
            if !page.rows.is_empty() {
                return self.advance(page.rows).map(Some);
            }
            if self.counting {
                self.step_over(page.total, page.has_next);
            } else {
                self.counting = true;
            }
        }
        Ok(None)
    }

    /// The pages as a stream, which ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<ScanPage<R>, Error>> + Send {
        stream::try_unfold(self, |mut scan| async move {
            let page = scan.next_page().await?;
            Ok(page.map(|page| (page, scan)))
        })
    }

    /// Where the scan stands.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    async fn request(&mut self) -> Result<Page<R>, Error> {
        let last = &self.cursor.last_sys_id;
        self.list.query = self.query.clone();
        if !last.is_empty() {
            let beyond = Condition::new("sys_id", Operator::GreaterThan, last.as_str());
            self.list.query = self.query.clone().also(beyond);
        }
        self.list.offset = self.cursor.offset;
        self.list.count = self.counting;
        self.client.list(&self.table, &self.list).await
    }

    fn advance(&mut self, rows: Vec<R>) -> Result<ScanPage<R>, Error> {
        let mut last = self.cursor.last_sys_id.as_str();
        for row in &rows {
            let sys_id = row.sys_id().filter(|sys_id| !sys_id.is_empty());
            let sys_id = sys_id.ok_or_else(|| Error::Decode("a row came without its sys_id".to_owned()))?;
            if !is_after(last, sys_id) {
                return Err(Error::OutOfOrder { last: last.to_owned(), found: sys_id.to_owned() });
            }
            last = sys_id;
        }
        // Where some rows are hidden every page is a little short, and a count for each would cost the instance.
        self.counting = (rows.len() as u64) < self.list.limit / 2;
        self.cursor = Cursor { last_sys_id: last.to_owned(), offset: 0 };
        Ok(ScanPage { rows, cursor: self.cursor.clone() })
    }

    /// An empty page, and what the instance says follows.
    fn step_over(&mut self, total: Option<u64>, has_next: Option<bool>) {
        let beyond = self.cursor.offset.saturating_add(self.list.limit);
        let more = match total {
            Some(total) => beyond < total,
            None => has_next == Some(true),
        };
        if more {
            self.cursor.offset = beyond;
        } else {
            self.done = true;
        }
    }
}

/// The database's order is case-insensitive. Where it puts other characters than letters and digits is its own
/// affair, so for those only repetition is an error.
fn is_after(last: &str, sys_id: &str) -> bool {
    let comparable = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let bytes = |text: &str| text.bytes().map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>();
    let ordering = bytes(sys_id).cmp(&bytes(last));
    ordering == Ordering::Greater || (ordering == Ordering::Less && !(comparable(last) && comparable(sys_id)))
}
