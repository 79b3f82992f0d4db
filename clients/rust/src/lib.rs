#![doc = include_str!("../README.md")]

mod backoff;
mod builder;
mod client;
mod error;
mod pages;
pub mod pb;
mod query;
mod records;
mod schema;

pub use builder::Builder;
pub use client::Client;
pub use error::{Error, Result};
pub use pages::Page;
pub use pb::{DisplayMode, ErrorReason, Field, Operator, Record};
pub use query::{Query, condition};
