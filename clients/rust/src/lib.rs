//! The Rust client of sncgate.

pub mod pb;
