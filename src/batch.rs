//! Many operations on an instance in few requests: taken as they come, reported as they are done.
//!
//! Each operation is reported once, and no write is applied twice: sys_ids are chosen ahead, and an answer that was lost
//! is looked up before anything is sent again (`servicenow::Batch` sees to that). Operations on one record run in the
//! order they came. Nothing is atomic but the single operation. It refuses nothing as a whole: what is wrong with an
//! operation is that operation's error.

mod check;
mod engine;
mod ids;
mod intake;
mod line;
mod matching;
mod wave;

use servicenow::{DisplayMode, SysId, TableName};

use crate::error::Error;
use crate::pb::{Permission, Record};
use crate::records::Change;

pub use engine::{Bounds, Reports, execute};
pub use matching::Matching;
pub(crate) use matching::count;

/// The most operations that are on their way: taken, and their reports not yet taken.
pub const MOST: usize = 1000;

/// One thing to do with one record.
#[derive(Debug)]
pub struct Operation {
    /// The caller's name for it.
    pub id: String,
    /// The table.
    pub table: TableName,
    /// What to do.
    pub kind: Kind,
}

/// What to do.
#[derive(Debug)]
pub enum Kind {
    /// Read the record.
    Get {
        /// The record.
        sys_id: SysId,
        /// Columns; empty for all.
        fields: Vec<String>,
        /// How values are shown.
        display: DisplayMode,
    },
    /// Create one.
    Create {
        /// Its values.
        change: Change,
        /// Chooses the sys_id, as it does for a single create; then the values must not.
        request_id: Option<String>,
    },
    /// Change it.
    Update {
        /// The record.
        sys_id: SysId,
        /// The new values.
        change: Change,
    },
    /// Delete it.
    Delete {
        /// The record.
        sys_id: SysId,
        /// A record that is not there counts as deleted.
        allow_missing: bool,
    },
}

/// What comes in.
#[derive(Debug)]
pub enum Incoming {
    /// Something to do.
    Operation(Operation),
    /// Something that cannot be done as it stands.
    Refused {
        /// The operation's id.
        id: String,
        /// What is wrong.
        error: Error,
    },
}

/// What became of an operation.
#[derive(Debug)]
pub struct Report {
    /// The operation's id.
    pub id: String,
    /// What became of it.
    pub outcome: Result<Outcome, Error>,
}

/// What came of an operation that succeeded.
#[derive(Debug)]
pub enum Outcome {
    /// The record as it was read, or as it is after the write.
    Record(Record),
    /// The record is gone.
    Deleted,
}

impl Kind {
    /// What a caller must hold for it, besides the permission to send batches.
    pub fn permission(&self) -> Permission {
        match self {
            Kind::Get { .. } => Permission::RecordsRead,
            Kind::Create { .. } | Kind::Update { .. } => Permission::RecordsWrite,
            Kind::Delete { .. } => Permission::RecordsDelete,
        }
    }

    /// For metrics.
    fn name(&self) -> &'static str {
        match self {
            Kind::Get { .. } => "get",
            Kind::Create { .. } => "create",
            Kind::Update { .. } => "update",
            Kind::Delete { .. } => "delete",
        }
    }
}

impl Incoming {
    fn id(&self) -> &str {
        match self {
            Incoming::Operation(Operation { id, .. }) | Incoming::Refused { id, .. } => id,
        }
    }
}
