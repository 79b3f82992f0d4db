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

mod pages;
mod walk;

use std::marker::PhantomData;

use futures::stream::{self, Stream};

use crate::query::Query;
use crate::read::Read;
use crate::{Client, Error, Page, Row};

pub(crate) use pages::Counted;
pub use pages::{Effort, PageRows, PageScan, RawPage};
use walk::Walk;

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
    walk: Walk,
    row: PhantomData<fn() -> R>,
}

impl Client {
    /// Starts a scan. Nothing is sent before the first page is asked for.
    pub fn scan<R: Row>(&self, table: &str, scan: Scan) -> RecordScan<R> {
        RecordScan { client: self.clone(), table: table.to_owned(), walk: Walk::new(scan), row: PhantomData }
    }
}

impl<R: Row> RecordScan<R> {
    /// The next page with rows in it; `None` at the end.
    ///
    /// # Errors
    /// After an error the same page may be asked for again.
    pub async fn next_page(&mut self) -> Result<Option<ScanPage<R>>, Error> {
        while let Some(list) = self.walk.next() {
            let page: Page<R> = self.client.list(&self.table, &list).await?;
            if page.rows.is_empty() {
                self.walk.empty(page.total, page.has_next);
                continue;
            }
            let cursor = self.walk.advance(page.rows.iter().map(Row::sys_id))?;
            return Ok(Some(ScanPage { rows: page.rows, cursor }));
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
        self.walk.cursor()
    }
}
