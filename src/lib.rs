//! The gateway: one governed, typed, streaming door to ServiceNow.
//!
//! Faces ([`grpc`], [`flight`]) parse and encode; the core ([`records`], [`attachments`], [`imports`], [`journal`],
//! [`export`], [`schema`], [`links`]) decides; [`instance`] keeps the connections.
//! `ARCHITECTURE.md` has the picture.

pub mod access;
pub mod attachments;
pub mod batch;
pub mod config;
pub mod error;
pub mod export;
pub mod flight;
pub mod grpc;
pub mod imports;
pub mod inbound;
pub mod instance;
pub mod journal;
pub mod layer;
pub mod limits;
pub mod links;
mod moment;
pub mod pages;
pub mod pb;
pub mod records;
pub mod schema;
pub mod server;
pub mod status;
pub mod store;
pub mod tasks;
