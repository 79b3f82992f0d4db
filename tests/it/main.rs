//! The integration tests: one binary, so that it is linked once.

mod demo;
mod docs;
mod event_log;
mod program;
mod third_party;
