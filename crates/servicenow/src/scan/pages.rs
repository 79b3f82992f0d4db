//! The same walk for those who decode whole pages: into columns, into files.

use std::time::Duration;

use super::walk::Walk;
use super::{Cursor, Scan};
use crate::{Client, Error, List};

/// What a page of rows was decoded into.
pub trait PageRows {
    /// How many rows it has.
    fn len(&self) -> usize;

    /// The identity of a row, which the walk goes by; `None` if it came without one.
    fn sys_id(&self, row: usize) -> Option<&str>;

    /// Whether it has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A page of a [`PageScan`]; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPage<P> {
    /// What the page's bytes were decoded into.
    pub rows: P,
    /// Where to resume to get what follows this page.
    pub cursor: Cursor,
    /// What it took to get it, empty pages before it included.
    pub effort: Effort,
}

/// What pages cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Requests that were sent.
    pub requests: u64,
    /// Those that were sent again after a failure.
    pub retries: u64,
    /// Bytes of JSON that came.
    pub bytes: u64,
    /// How long the instance took for the last of them, from the request to the reply's end.
    pub took: Duration,
}

/// A scan whose pages are decoded by its caller. Dropping it stops it.
#[derive(Debug)]
pub struct PageScan {
    client: Client,
    table: String,
    walk: Walk,
    effort: Effort,
}

impl Client {
    /// Starts a scan of whole pages. Nothing is sent before the first one is asked for.
    pub fn scan_pages(&self, table: &str, scan: Scan) -> PageScan {
        let walk = Walk::new(scan);
        PageScan { client: self.clone(), table: table.to_owned(), walk, effort: Effort::default() }
    }
}

impl PageScan {
    /// The next page with rows in it; `None` at the end. `decode` gets the bytes of a reply, whole or cut off,
    /// and may be called more than once for a page.
    ///
    /// A time-out is not retried here: a [smaller page](Self::set_page_size) has better prospects.
    ///
    /// # Errors
    /// After an error the same page may be asked for again.
    pub async fn next_page<P: PageRows>(
        &mut self,
        decode: impl Fn(&[u8]) -> Result<P, Error>,
    ) -> Result<Option<RawPage<P>>, Error> {
        while let Some(list) = self.walk.next() {
            let page = self.request(&list, &decode).await?;
            if page.rows.is_empty() {
                self.walk.empty(page.total, page.has_next);
                continue;
            }
            let rows = page.rows;
            let cursor = self.walk.advance((0..rows.len()).map(|row| rows.sys_id(row)))?;
            return Ok(Some(RawPage { rows, cursor, effort: std::mem::take(&mut self.effort) }));
        }
        Ok(None)
    }

    /// Where the scan stands.
    pub fn cursor(&self) -> &Cursor {
        self.walk.cursor()
    }

    /// How many rows the next page asks for.
    pub fn page_size(&self) -> u64 {
        self.walk.page_size()
    }

    /// Sets how many rows the next page asks for, at least 1.
    pub fn set_page_size(&mut self, page_size: u64) {
        self.walk.set_page_size(page_size);
    }

    /// What was spent since the last page: on empty pages at the end, or on one that failed.
    pub fn effort(&self) -> Effort {
        self.effort
    }

    async fn request<P>(
        &mut self,
        list: &List,
        decode: impl Fn(&[u8]) -> Result<P, Error>,
    ) -> Result<Counted<P>, Error> {
        let (attempts, page) = self.client.list_raw(&self.table, list, decode).await;
        self.effort.requests += u64::from(attempts);
        self.effort.retries += u64::from(attempts.saturating_sub(1));
        if let Ok(page) = &page {
            self.effort.bytes += page.bytes;
            self.effort.took = page.took;
        }
        page
    }
}

/// A page as it came, with what the instance says of all that match.
pub(crate) struct Counted<P> {
    pub(crate) rows: P,
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
    pub(crate) total: Option<u64>,
    pub(crate) has_next: Option<bool>,
}
