//! The gateway: one governed, typed, streaming door to ServiceNow.

pub mod config;
pub mod pb;
