//! A page in columns.

use arrow_array::{Array, RecordBatch, StringArray};
use servicenow::PageRows;

use crate::Unparsed;

/// A page in columns, with its rows' keys.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The columns.
    pub columns: RecordBatch,
    /// The sys_id of each row, whether it is a column or not.
    pub sys_ids: StringArray,
    /// What did not parse, and is null.
    pub unparsed: Unparsed,
}

impl PageRows for Batch {
    fn len(&self) -> usize {
        self.sys_ids.len()
    }

    fn sys_id(&self, row: usize) -> Option<&str> {
        (!self.sys_ids.is_null(row)).then(|| self.sys_ids.value(row))
    }
}
