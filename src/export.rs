//! Exports: all rows of a query, as typed columns, as fast as the instance lets them go.
//!
//! An export is [planned](plan()): its columns are typed by the dictionary, its rows counted and cut into
//! [ranges](Range) of sys_ids. Ranges are [read](read()) by key, each by itself and all at once; how much is asked of the
//! instance is for the client's rate budget to say. Rows that come, change or go meanwhile make no other vanish or
//! repeat. Nothing is kept but the pages under way.
//!
//! Everything goes through the caller's [`Guard`](crate::access::Guard): hidden columns are left out or refused, masked ones
//! are masked, and the rows are those that are the caller's.
//!
//! [`since`] reads what changed since an earlier export, and what is gone.
//!
//! It knows no transport and writes no files.

mod columns;
mod mask;
mod page_size;
mod plan;
mod read;
mod report;
pub mod since;
mod spec;

pub use columns::columns;
pub use plan::{Plan, Range, plan};
pub use read::{Reading, read};
pub use report::Report;
pub use spec::Spec;
