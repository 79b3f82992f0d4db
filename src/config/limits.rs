//! `[limits]`: how much one caller, one address and one connection may take. 0 is no limit where a limit can be off.

use std::time::Duration;

use serde::{Serialize, Serializer};
use toml::Value;

use super::duration;
use super::section::Section;
use super::setting::{Setting, from_text};

/// How much one caller, one address and one connection may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Calls a second of one user, over all their tokens; operations of a batch count.
    pub user_requests_per_second: Limit,
    /// Requests a second from one address, whoever sends them.
    pub source_requests_per_second: Limit,
    /// Rows a day that a user may read, where none of their roles says it.
    pub rows_per_day: Limit,
    /// Streams that a user may have open at once, where none of their roles says it.
    pub concurrent_streams: Limit,
    /// Connections at once, per listener.
    pub max_connections: usize,
    /// Connections at once from one address.
    pub max_connections_per_source: Limit,
    /// Bytes of the headers of one request.
    pub max_header_bytes: u32,
    /// Headers of one request over HTTP/1.1.
    pub max_headers: usize,
    /// A request's headers must be there within this time; on a new connection, the first request's.
    #[serde(serialize_with = "duration::serialize")]
    pub header_timeout: Duration,
    /// The message of a call that sends one must be there within this time.
    #[serde(serialize_with = "duration::serialize")]
    pub body_timeout: Duration,
    /// A connection without a call ends after this time.
    #[serde(serialize_with = "duration::serialize")]
    pub idle_timeout: Duration,
    /// An HTTP/2 peer is asked for a sign of life this often.
    #[serde(serialize_with = "duration::serialize")]
    pub keep_alive_interval: Duration,
    /// It must answer within this time.
    #[serde(serialize_with = "duration::serialize")]
    pub keep_alive_timeout: Duration,
}

/// A number that may be none: 0 is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit(u64);

impl Limit {
    /// From a number; 0 is no limit.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        Self(number)
    }

    /// The number, where there is a limit.
    #[must_use]
    pub fn get(self) -> Option<u64> {
        Some(self.0).filter(|number| *number > 0)
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl Setting for Limit {
    const EXPECTED: &'static str = "a whole number from 0";
    const EXAMPLE: &'static str = "a number without quotes, 0 for no limit: 1000";

    fn read(value: &Value) -> Option<Self> {
        let number = value.as_integer().or_else(|| from_text(value))?;
        number.try_into().ok().map(Self)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            user_requests_per_second: Limit(5000),
            source_requests_per_second: Limit(10_000),
            rows_per_day: Limit(0),
            concurrent_streams: Limit(1000),
            max_connections: 4096,
            max_connections_per_source: Limit(1024),
            max_header_bytes: 64 * 1024,
            max_headers: 100,
            header_timeout: Duration::from_secs(20),
            body_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(600),
            keep_alive_interval: Duration::from_secs(30),
            keep_alive_timeout: Duration::from_secs(20),
        }
    }
}

impl Limits {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let default = Self::default();
        let limits = Self {
            user_requests_per_second: section
                .take("user_requests_per_second")
                .unwrap_or(default.user_requests_per_second),
            source_requests_per_second: section
                .take("source_requests_per_second")
                .unwrap_or(default.source_requests_per_second),
            rows_per_day: section.take("rows_per_day").unwrap_or(default.rows_per_day),
            concurrent_streams: section.take("concurrent_streams").unwrap_or(default.concurrent_streams),
            max_connections: section.take("max_connections").unwrap_or(default.max_connections),
            max_connections_per_source: section
                .take("max_connections_per_source")
                .unwrap_or(default.max_connections_per_source),
            max_header_bytes: section.take("max_header_bytes").unwrap_or(default.max_header_bytes),
            max_headers: section.take("max_headers").unwrap_or(default.max_headers),
            header_timeout: section.take("header_timeout").unwrap_or(default.header_timeout),
            body_timeout: section.take("body_timeout").unwrap_or(default.body_timeout),
            idle_timeout: section.take("idle_timeout").unwrap_or(default.idle_timeout),
            keep_alive_interval: section.take("keep_alive_interval").unwrap_or(default.keep_alive_interval),
            keep_alive_timeout: section.take("keep_alive_timeout").unwrap_or(default.keep_alive_timeout),
        };
        limits.check(&mut section);
        section.finish();
        limits
    }

    fn check(&self, section: &mut Section<'_>) {
        for (key, limit) in [
            ("user_requests_per_second", self.user_requests_per_second),
            ("source_requests_per_second", self.source_requests_per_second),
        ] {
            if limit.0 > 1_000_000 {
                section.problem(key, "more than a million", "Lower it, or write 0 for no limit.");
            }
        }
        if self.max_header_bytes < 8 * 1024 {
            let what = "less than the headers of an ordinary call with a token";
            section.problem("max_header_bytes", what, "Write at least 8192.");
        }
        if self.max_headers < 20 {
            section.problem("max_headers", "fewer than an ordinary call has", "Write at least 20.");
        }
    }
}
