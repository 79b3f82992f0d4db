//! Arrow batches as a dataset: parts, and a manifest that makes a whole of them, in a folder or in S3.
//!
//! A [`Place`] is where a dataset lies, a [`Layout`] how it is cut, [`Dataset`] is one under way. Each range of an export has
//! a [`RangeWriter`] of its own, and several work at once. What a part holds and what it is called depend on its
//! range's rows and on the run alone, never on time or on how rows came in batches: a range that is written again makes
//! the same parts.
//!
//! A part has its name only when it is whole. The [`Manifest`] comes last: a folder without one holds nothing that is
//! finished, and where one export replaces another, who goes by the manifest sees the old parts or the new ones.
//!
//! It reads no settings, knows no ServiceNow, and holds a bounded number of rows in memory.

mod dataset;
mod encoder;
mod error;
mod layout;
mod manifest;
mod output;
mod partition;
mod place;
mod range;

pub use dataset::{Dataset, Written, discard};
pub use error::Error;
pub use layout::Layout;
pub use manifest::{Column, Completeness, MANIFEST, Manifest, Part, Sample, Source};
pub use output::Output;
pub use partition::{PartitionBy, Step};
pub use place::{Place, S3};
pub use range::RangeWriter;
