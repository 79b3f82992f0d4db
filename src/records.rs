//! Records: read, listed, streamed, written and aggregated on an instance.
//!
//! It takes parsed requests and the caller's way to the table ([`crate::access::Guard`]), through which everything goes in
//! and out, and knows no transport. Rows are decoded straight into the message that is sent
//! ([`crate::pb::Record`]), without a tree in between.

mod aggregate;
mod check;
mod list;
mod repeat;
mod row;
mod selection;
mod stream;
mod token;
mod write;

pub use aggregate::aggregate;
pub(crate) use check::readable_schema;
pub use check::{
    check_change, check_columns, check_deciding, check_fields, check_query, check_selection, check_set,
    unknown_fields,
};
pub(crate) use list::look_up;
pub use list::{List, Listed, get, list, list_url};
pub(crate) use repeat::{SKEW, is_written};
pub use selection::Selection;
pub(crate) use selection::{plain_read, read};
pub use stream::{Streamed, Streaming, stream};
pub use token::{Fingerprint, PageToken, ResumeToken};
pub(crate) use write::sys_id_of_request;
pub use write::{Change, create, delete, update};
