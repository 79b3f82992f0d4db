//! A client of ServiceNow's REST API.
//!
//! It stands alone: nothing here knows of a gateway. Start with [`query::Query`] for filters.

pub mod query;
