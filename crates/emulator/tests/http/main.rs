//! The REST API as clients meet it: a real instance on real listeners, asked with a plain HTTP client.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

mod access;
mod acl;
mod attachments;
mod audit;
mod batch;
mod counters;
mod errors;
mod faults;
mod formats;
mod harness;
mod headers;
mod imports;
mod keys;
mod limits;
mod listeners;
mod metadata;
mod oauth;
mod oauth_assertion;
mod oauth_code;
mod opening;
mod paging;
mod realistic;
mod scripts;
mod shapes;
mod sign_in;
mod stats;
mod tiny_url;
mod writes;
