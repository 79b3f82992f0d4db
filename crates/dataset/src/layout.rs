//! How a dataset is cut into parts.

use columnar::file::{Format, Options};

use crate::PartitionBy;

/// How a dataset is cut into parts, and what these are.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What a part is.
    pub format: Format,
    /// How a part is written.
    pub options: Options,
    /// Columns that name the folders of parts, from the outermost in.
    pub partition_by: Vec<PartitionBy>,
    /// Most rows of a part.
    pub part_rows: u64,
    /// A part that has come to as many bytes ends.
    pub part_bytes: u64,
}

impl Layout {
    /// What a part's size is unless something else is said: readers like some hundred MB.
    pub const PART_BYTES: u64 = 512 << 20;
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            format: Format::Parquet,
            options: Options::default(),
            partition_by: Vec::new(),
            part_rows: u64::MAX,
            part_bytes: Self::PART_BYTES,
        }
    }
}
