//! The Table API: the records of any table. One method per file.

mod create;
mod delete;
mod get;
mod list;
pub(super) mod rows;
mod update;

use http::HeaderMap;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use get::get;
pub(super) use list::{list, query_of};
pub(super) use rows::RowsRead;
pub(super) use update::update;

/// `X-no-response-body`: a writer that does not want the record back.
fn wants_no_body(headers: &HeaderMap) -> bool {
    headers.get("x-no-response-body").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}
