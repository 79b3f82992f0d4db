//! The Batch API: many operations in one request.
//!
//! [`Client::batch`] takes operations and reports each exactly once, sending again what failed in passing;
//! [`Client::batch_once`] is one request as it is. There is no transaction: each operation stands alone, and
//! those that are sent again come after others that were pushed later.

mod long;
mod once;
mod operation;
mod pending;
mod queue;
mod run;
mod wire;

use crate::read::{List, Page, Read, WriteOptions};
use crate::{Error, Fields};

pub use queue::Batch;
pub use wire::{BatchReply, SubReply, SubRequest, decode_batch};

/// One operation of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchOperation {
    /// Reads one row.
    Get {
        /// The table.
        table: String,
        /// The row.
        sys_id: String,
        /// What of it.
        read: Read,
    },
    /// Reads one page.
    List {
        /// The table.
        table: String,
        /// Which rows, and what of each.
        list: List,
    },
    /// Inserts a row. Without a `sys_id` among the fields one is chosen here, ahead: so it can be told whether a
    /// write whose reply was lost took place.
    Create {
        /// The table.
        table: String,
        /// The values.
        fields: Fields,
        /// How they are understood, and what comes back.
        options: WriteOptions,
    },
    /// Changes a row.
    Update {
        /// The table.
        table: String,
        /// The row.
        sys_id: String,
        /// The new values.
        fields: Fields,
        /// How they are understood, and what comes back.
        options: WriteOptions,
    },
    /// Deletes a row.
    Delete {
        /// The table.
        table: String,
        /// The row.
        sys_id: String,
    },
}

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchOutcome<R> {
    /// The row that was read.
    Row(R),
    /// The page that was read.
    Page(Page<R>),
    /// The row that was inserted.
    Created {
        /// Its identity, chosen by the caller or here.
        sys_id: String,
        /// The row as it was stored.
        row: R,
    },
    /// The row as it is after the change.
    Updated(R),
    /// The row is gone.
    Deleted,
}

/// The report on one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchResult<R> {
    /// What the operation was pushed under.
    pub id: String,
    /// What became of it.
    pub result: Result<BatchOutcome<R>, Error>,
}

/// How operations are put together, and how often they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// The most operations in one request.
    pub max_operations: usize,
    /// The most bytes in one request; the instance takes 5 MB unless told otherwise.
    pub max_bytes: usize,
    /// How often an operation is sent that the instance leaves unserved.
    pub max_rounds: u32,
    /// How often an operation may fail in passing before its error is reported.
    pub max_attempts: u32,
    /// How many requests are under way at once. With 1, operations run in the order they were pushed, save
    /// those that are sent again.
    pub concurrency: usize,
    /// Fields to which a value is added each time it is written. An update of one is not sent again when its
    /// outcome is unknown.
    pub journal_fields: Vec<String>,
}

impl Default for BatchOptions {
    fn default() -> BatchOptions {
        BatchOptions {
            max_operations: 100,
            max_bytes: 4 * 1024 * 1024,
            max_rounds: 3,
            max_attempts: 8,
            concurrency: 1,
            journal_fields: vec!["comments".to_owned(), "work_notes".to_owned()],
        }
    }
}
