//! What a person sees in place of a reference: a value of the row that it points to, which may not be the caller's to see.
//!
//! It is shown where that row's table may be read as a whole, with every field. Whatever the dictionary does not tell is not
//! shown.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Guard;
use crate::access::policy::Rows;

/// What was found for a path, so that a page of records asks once.
#[derive(Default)]
pub(super) struct Displays(Mutex<HashMap<String, bool>>);

impl Guard {
    /// Whether the display value of a column, or at the end of a dot-walk, may be seen.
    pub fn shows_display(&self, path: &str) -> bool {
        if self.is_free() {
            return true;
        }
        let mut known = self.displays.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = known.get(path) {
            return *shown;
        }
        let shown = self.points_to_what_is_seen(path).unwrap_or(false);
        known.insert(path.to_owned(), shown);
        shown
    }

    /// None where the dictionary is not known so far.
    fn points_to_what_is_seen(&self, path: &str) -> Option<bool> {
        let mut table = self.table.clone();
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let schema = self.instance.client().cached_schema(&table)?;
            let column = schema.column(name)?;
            if column.internal_type == "document_id" {
                return Some(false); // it points to a row of any table
            }
            match (&column.reference, names.peek()) {
                (None, None) => return Some(true),
                (None, Some(_)) => return Some(false),
                (Some(target), None) => return Some(self.is_seen_whole(target)),
                (Some(target), Some(_)) => table.clone_from(target),
            }
        }
        None
    }

    fn is_seen_whole(&self, table: &str) -> bool {
        let whole = |access: &crate::access::TableAccess| access.rows == Rows::All && !access.conceals();
        self.other(table).is_some_and(|access| whole(&access) && self.is_even(table, &access))
    }
}
