//! ServiceNow's rows as typed Arrow columns.
//!
//! [`Columns`] says which columns an export has, typed by the dictionary. [`Decoder`] turns the bytes of a page into a
//! batch of them, with no tree of JSON in between. [`file`](crate::file) writes batches: Parquet, Arrow, CSV, NDJSON.
//!
//! [`Texts`] turns typed columns back into text, for those who write rows.
//!
//! It asks nothing of an instance and knows nothing of a gateway. An empty value is null, whatever its type. Text that
//! does not parse as its column's type is null too, and [counted](Unparsed): never guessed at, never dropped unseen.

mod batch;
mod column;
pub mod file;
mod page;
mod text;
mod unparsed;
mod value;

pub use batch::Batch;
pub use column::{Column, Columns, DISPLAY_SUFFIX, Face, Kind, Types};
pub use page::Decoder;
pub use text::{Texts, Unfit, Unwritable};
pub use unparsed::{Unparsed, UnparsedValue};
