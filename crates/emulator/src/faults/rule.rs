//! Which requests a fault befalls, and what it does to them.

use serde::{Deserialize, Serialize};

use super::Asked;

/// No caller waits longer.
const LONGEST_MILLIS: u64 = 600_000;

/// What befalls a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The request is taken up late.
    Latency {
        /// How late.
        millis: u64,
    },
    /// 429. With `retry_after` it comes from a rate limit rule and carries its headers; without, from a full queue.
    RateLimited {
        /// Seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// 401, as if the credentials had just become invalid.
    Unauthorized,
    /// A status of the 500s: 500 with an envelope, any other with a proxy's page.
    ServerError {
        /// 500 to 599.
        status: u16,
    },
    /// The connection is closed without a reply.
    Reset {
        /// Whether the request is carried out before.
        #[serde(default)]
        committed: bool,
    },
    /// The reply ends in the middle, as if that were all.
    Truncated {
        /// Bytes of it that are sent; half of it if left out.
        #[serde(default)]
        keep: Option<usize>,
    },
    /// The connection breaks in the middle of the reply.
    Broken {
        /// Bytes of the body that are sent before.
        after: u64,
    },
    /// The transaction quota: a 200 whose list breaks off and goes on with an error.
    Quota,
    /// 200 with the page of an instance that sleeps.
    Hibernating,
    /// 503 with a page for people.
    Maintenance,
    /// 200 with the page where people sign in.
    LoginPage,
    /// The reply comes in drops.
    Drip {
        /// Bytes of a drop.
        bytes: usize,
        /// Time between two of them.
        millis: u64,
    },
    /// The request is carried out, and answered with 500.
    CommittedThenError,
    /// 202 without a body, and nothing is done.
    Accepted,
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The network.
    #[default]
    Outer,
    /// A batch.
    Sub,
    /// Either.
    Both,
}

/// A fault and the requests it befalls: all of them, as far as nothing narrows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What befalls them.
    pub fault: Fault,
    /// Requests that are left alone first.
    #[serde(default)]
    pub skip: u64,
    /// The most requests it befalls.
    #[serde(default)]
    pub times: Option<u64>,
    /// The share of requests it befalls, from 0 to 1.
    #[serde(default)]
    pub share: Option<f64>,
    /// What chance is drawn from.
    #[serde(default)]
    pub seed: u64,
    /// A kind as [`crate::counters::Counts`] has them, or the part before its dot: `table.list`, `table`.
    #[serde(default)]
    pub kind: Option<String>,
    /// The table in the path; of an attachment's upload the one in the query string.
    #[serde(default)]
    pub table: Option<String>,
    /// The method.
    #[serde(default)]
    pub method: Option<String>,
    /// Requests from the network, from batches, or both.
    #[serde(default)]
    pub applies_to: Place,
}

/// Why a rule is not taken.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub(super) String);

impl Rule {
    /// The fault for every request from the network.
    pub fn new(fault: Fault) -> Self {
        Rule {
            fault,
            skip: 0,
            times: None,
            share: None,
            seed: 0,
            kind: None,
            table: None,
            method: None,
            applies_to: Place::Outer,
        }
    }

    /// The same for the next `times` requests only.
    pub fn times(self, times: u64) -> Self {
        Rule { times: Some(times), ..self }
    }

    pub(super) fn check(&self) -> Result<(), Refused> {
        let refuse = |text: &str| Err(Refused(text.to_owned()));
        if self.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return refuse("share must be between 0 and 1");
        }
        let connection =
            matches!(self.fault, Fault::Reset { .. } | Fault::Broken { .. } | Fault::Drip { .. });
        if connection && self.applies_to != Place::Outer {
            return refuse("a request of a batch has no connection of its own");
        }
        match self.fault {
            Fault::Latency { millis } | Fault::Drip { millis, .. } if millis > LONGEST_MILLIS => {
                refuse("millis must not be more than 600000")
            }
            Fault::Drip { bytes: 0, .. } => refuse("bytes must be more than 0"),
            Fault::ServerError { status } if !(500..600).contains(&status) => {
                refuse("status must be between 500 and 599")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn applies(&self, asked: &Asked<'_>) -> bool {
        let place = self.applies_to == Place::Both || self.applies_to == asked.place;
        let kind = self.kind.as_deref().is_none_or(|kind| {
            asked.kind.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        let table = self.table.is_none() || self.table.as_deref() == asked.table;
        let method = self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(asked.method));
        place && kind && table && method
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Rule, String> {
        let rule: Rule = serde_json::from_str(json).map_err(|error| error.to_string())?;
        rule.check().map_err(|error| error.to_string())?;
        Ok(rule)
    }

    #[test]
    fn rules_as_json() {
        for (json, says) in [
            (r#"{"fault":{"type":"latency","millis":5}}"#, None),
            (r#"{"fault":{"type":"rate_limited"},"share":0.05,"seed":3}"#, None),
            (r#"{"fault":{"type":"truncated","keep":3},"applies_to":"both","times":1,"skip":2}"#, None),
            (r#"{"fault":{"type":"unauthorized"},"kind":"table","table":"incident","method":"GET"}"#, None),
            (r#"{"fault":{"type":"fire"}}"#, Some("unknown variant")),
            (r#"{"fault":{"type":"latency"}}"#, Some("millis")),
            (r#"{"fault":{"type":"latency","millis":600001}}"#, Some("600000")),
            (r#"{"fault":{"type":"server_error","status":404}}"#, Some("status")),
            (r#"{"fault":{"type":"accepted"},"share":1.5}"#, Some("share")),
            (r#"{"fault":{"type":"accepted"},"time":1}"#, Some("unknown field")),
            (r#"{"fault":{"type":"reset"},"applies_to":"sub"}"#, Some("connection")),
            (r#"{"fault":{"type":"drip","bytes":0,"millis":1}}"#, Some("bytes")),
        ] {
            let error = read(json).err();
            assert_eq!(error.is_some(), says.is_some(), "{json}: {error:?}");
            assert!(error.unwrap_or_default().contains(says.unwrap_or_default()), "{json}");
        }
    }

    #[test]
    fn what_a_rule_applies_to() {
        let asked = Asked { place: Place::Sub, method: "GET", kind: "table.list", table: Some("incident") };
        let rule = || Rule { applies_to: Place::Both, ..Rule::new(Fault::Accepted) };
        for (rule, expected) in [
            (rule(), true),
            (Rule::new(Fault::Accepted), false),
            (Rule { applies_to: Place::Sub, ..rule() }, true),
            (Rule { kind: Some("table".into()), ..rule() }, true),
            (Rule { kind: Some("table.list".into()), ..rule() }, true),
            (Rule { kind: Some("tab".into()), ..rule() }, false),
            (Rule { table: Some("incident".into()), ..rule() }, true),
            (Rule { table: Some("problem".into()), ..rule() }, false),
            (Rule { method: Some("get".into()), ..rule() }, true),
            (Rule { method: Some("PATCH".into()), ..rule() }, false),
        ] {
            assert_eq!(rule.applies(&asked), expected, "{rule:?}");
        }
    }
}
