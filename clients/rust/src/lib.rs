#![doc = include_str!("../README.md")]

mod access;
mod attachments;
mod auth;
mod backoff;
mod batch;
mod builder;
mod client;
mod error;
#[cfg(feature = "arrow")]
mod export;
mod imports;
mod journal;
mod many;
mod pages;
pub mod pb;
mod query;
mod records;
mod schema;
mod tasks;

pub use attachments::{Download, Save};
pub use auth::{Authorized, Bearer};
pub use builder::Builder;
pub use client::Client;
pub use error::{Error, Result};
#[cfg(feature = "arrow")]
pub use export::{Export, ExportPart, ExportPlan, ExportReport, ExportStream, Types, UnparsedValue};
pub use many::Matched;
pub use pages::Page;
pub use pb::{
    DisplayMode, ErrorReason, Field, Operation, OperationError, OperationResult, Operator, Record, Task,
    TaskState,
};
/// As messages have masks and times.
pub use prost_types::{FieldMask, Timestamp};
pub use query::{Query, condition};
