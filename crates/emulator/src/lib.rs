//! The embedded instance: ServiceNow's REST API over SQLite, on loopback.
//!
//! Faithful enough that third-party ServiceNow clients cannot tell. It uses the query grammar of the
//! `servicenow` crate and nothing else of ours.

mod auth;
pub mod clock;
mod counters;
pub mod schema;
mod serve;
pub mod settings;
pub mod store;
