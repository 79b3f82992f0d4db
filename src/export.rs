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
//! A [`Job`] writes what it reads as a dataset to one of the configured [`Destinations`]; everybody else takes the batches.
//!
//! It knows no transport.

mod columns;
mod destinations;
mod job;
mod mask;
mod page_size;
mod plan;
mod read;
mod report;
pub mod since;
mod spec;

pub use columns::columns;
pub use destinations::Destinations;
pub(crate) use destinations::failed;
pub use job::{Checkpoint, Done, Job, Progress, Settings, Watcher};
pub use plan::{Plan, Range, plan};
pub use read::{Reading, read};
pub use report::Report;
pub use spec::Spec;
