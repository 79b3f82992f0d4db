//! The integration tests: one binary, so that it is linked once.

mod cli;
mod client;
mod demo;
mod discovery;
mod docs;
mod errors;
mod event_log;
mod harness;
mod program;
mod reading;
mod serve;
mod streaming;
mod third_party;
mod writing;
