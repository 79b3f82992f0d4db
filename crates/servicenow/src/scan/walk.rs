//! Where a scan stands, and what it asks for next: the same for rows one by one and for whole pages.

use std::cmp::Ordering;

use super::{Cursor, Scan};
use crate::Error;
use crate::query::{Condition, Operator, Order, Query};
use crate::read::List;

#[derive(Debug)]
pub(super) struct Walk {
    list: List,
    query: Query,
    cursor: Cursor,
    /// The next request asks for the count: the page before was empty, or so short that it may be the last.
    counting: bool,
    done: bool,
}

impl Walk {
    pub(super) fn new(scan: Scan) -> Walk {
        let Scan { mut query, mut read, page_size, after } = scan;
        query.order = vec![Order { field: "sys_id".to_owned(), descending: false }];
        query.group_by.clear();
        if !read.fields.is_empty() && !read.fields.iter().any(|field| field == "sys_id") {
            read.fields.push("sys_id".to_owned());
        }
        let list = List { read, limit: page_size.max(1), ..List::default() };
        Walk { list, query, cursor: after.unwrap_or_default(), counting: false, done: false }
    }

    /// What to ask for; `None` at the end.
    pub(super) fn next(&mut self) -> Option<List> {
        if self.done {
            return None;
        }
        let last = &self.cursor.last_sys_id;
        self.list.query = self.query.clone();
        if !last.is_empty() {
            let beyond = Condition::new("sys_id", Operator::GreaterThan, last.as_str());
            self.list.query = self.query.clone().also(beyond);
        }
        self.list.offset = self.cursor.offset;
        self.list.count = self.counting;
        Some(self.list.clone())
    }

    pub(super) fn page_size(&self) -> u64 {
        self.list.limit
    }

    pub(super) fn set_page_size(&mut self, page_size: u64) {
        self.list.limit = page_size.max(1);
    }

    pub(super) fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// A page with rows; gives where it ends.
    pub(super) fn advance<'r>(
        &mut self,
        sys_ids: impl ExactSizeIterator<Item = Option<&'r str>>,
    ) -> Result<Cursor, Error> {
        let rows = sys_ids.len() as u64;
        let mut last = self.cursor.last_sys_id.as_str();
        for sys_id in sys_ids {
            let sys_id = sys_id.filter(|sys_id| !sys_id.is_empty());
            let sys_id = sys_id.ok_or_else(|| Error::Decode("a row came without its sys_id".to_owned()))?;
            if !is_after(last, sys_id) {
                return Err(Error::OutOfOrder { last: last.to_owned(), found: sys_id.to_owned() });
            }
            last = sys_id;
        }
        // Where some rows are hidden every page is a little short, and a count for each would cost the instance.
        self.counting = rows < self.list.limit / 2;
        self.cursor = Cursor { last_sys_id: last.to_owned(), offset: 0 };
        Ok(self.cursor.clone())
    }

    /// An empty page, and what the instance says follows, if it was asked.
    pub(super) fn empty(&mut self, total: Option<u64>, has_next: Option<bool>) {
        if !self.counting {
            self.counting = true;
            return;
        }
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
    let lower = |text: &str| -> Vec<u8> { text.bytes().map(|byte| byte.to_ascii_lowercase()).collect() };
    match compare_fast(last, sys_id).unwrap_or_else(|| lower(sys_id).cmp(&lower(last))) {
        Ordering::Greater => true,
        Ordering::Less => !(comparable(last) && comparable(sys_id)),
        Ordering::Equal => false,
    }
}

/// Most sys_ids have no capital letters: comparing them needs no copies.
fn compare_fast(last: &str, sys_id: &str) -> Option<Ordering> {
    let plain = |text: &str| !text.bytes().any(|byte| byte.is_ascii_uppercase());
    (plain(last) && plain(sys_id)).then(|| sys_id.cmp(last))
}
