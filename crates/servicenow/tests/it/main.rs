//! The client against a real HTTP server on loopback, whose answers each test chooses.

#![expect(clippy::unwrap_used, reason = "a server of a test that cannot go on must fail the test")]

mod attachment;
mod auth;
mod batch;
mod batch_faults;
mod connect;
mod glide_record;
mod glide_write;
mod import;
mod long;
mod parity;
mod rate;
mod record;
mod reply;
mod retry;
mod scan;
mod schema;
mod server;
mod table;
