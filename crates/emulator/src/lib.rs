//! The embedded instance: ServiceNow's REST API over SQLite, on loopback.
//!
//! Faithful enough that third-party ServiceNow clients cannot tell. It uses the query grammar of the
//! `servicenow` crate and nothing else of ours.

pub mod activity;
mod attachments;
mod auth;
pub mod changes;
pub mod clock;
pub mod counters;
mod emulator;
pub mod engine;
mod error;
pub mod faults;
pub mod generate;
mod http;
mod imports;
pub mod load;
mod pace;
mod query;
pub mod realistic;
mod records;
pub mod replay;
mod rulebook;
pub mod schema;
mod serve;
mod session;
pub mod settings;
mod stats;
pub mod store;
mod value;

pub use auth::{Accounts, KeyError, OAuthClient};
pub use emulator::{Builder, Emulator, Error, Running};
pub use serve::Error as ServeError;
