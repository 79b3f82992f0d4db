//! The integration tests: one binary, so that it is linked once.

#![expect(clippy::unwrap_used, reason = "the tests' own parts fail as tests do")]

mod access;
mod access_matrix;
mod access_rules;
mod attachments;
mod backing;
mod batch;
mod batch_faults;
mod cli;
mod client;
mod compat;
mod cors;
mod demo;
mod discovery;
mod docs;
mod errors;
mod event_log;
mod export;
mod export_rules;
mod files_cli;
mod grpcurl;
mod harness;
mod idempotency;
mod imports;
mod increments;
mod instances;
mod journals;
mod library;
mod many;
mod many_cli;
mod oauth_browser;
mod program;
mod reading;
mod scenarios;
mod serve;
mod streaming;
mod tickets;
mod token_attacks;
mod token_corpus;
mod token_wire;
mod transfers;
mod webdriver;
mod wire;
mod writing;
