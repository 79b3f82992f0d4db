//! The reply to a batch.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, EXPIRES, PRAGMA, SET_COOKIE};
use http::{HeaderMap, HeaderName, StatusCode};
use serde::Serialize;

/// What every reply of the platform carries, also within a batch.
const FIXED: [(HeaderName, &str); 3] = [
    (PRAGMA, "no-store,no-cache"),
    (EXPIRES, "0"),
    (CACHE_CONTROL, "no-cache,no-store,must-revalidate,max-age=-1"),
];

/// All that came of a batch.
#[derive(Debug, Serialize)]
pub(super) struct Reply {
    batch_request_id: String,
    serviced_requests: Vec<Serviced>,
    unserviced_requests: Vec<String>,
}

impl Reply {
    /// Nothing done yet.
    pub(super) fn new(id: String) -> Self {
        Reply { batch_request_id: id, serviced_requests: Vec::new(), unserviced_requests: Vec::new() }
    }

    /// A request that was run.
    pub(super) fn serviced(&mut self, served: Serviced) {
        self.serviced_requests.push(served);
    }

    /// A request that was not.
    pub(super) fn unserviced(&mut self, id: String) {
        self.unserviced_requests.push(id);
    }
}

/// The reply to one of its requests.
#[derive(Debug, Serialize)]
pub(super) struct Serviced {
    id: String,
    body: String,
    status_code: u16,
    status_text: &'static str,
    headers: Vec<Header>,
    execution_time: u64,
}

#[derive(Debug, Serialize)]
struct Header {
    name: String,
    value: String,
}

impl Serviced {
    /// Without headers; see [`Serviced::with_headers`].
    pub(super) fn new(id: String, status: StatusCode, body: &Bytes, millis: u64) -> Self {
        Serviced {
            id,
            body: BASE64_STANDARD.encode(body),
            status_code: status.as_u16(),
            status_text: status.canonical_reason().unwrap_or_default(),
            headers: Vec::new(),
            execution_time: millis,
        }
    }

    /// Adds the headers of the reply. Cookies are the outer reply's.
    pub(super) fn with_headers(mut self, headers: &HeaderMap, length: usize) -> Self {
        let fixed = FIXED.iter().map(|(name, value)| (name, (*value).to_owned()));
        let own = headers.iter().filter(|(name, _)| **name != SET_COOKIE && **name != CONTENT_LENGTH);
        let own = own.map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let length = (&CONTENT_LENGTH, length.to_string());
        let all = fixed.chain(own).chain([length]);
        self.headers = all.map(|(name, value)| Header { name: capitalized(name.as_str()), value }).collect();
        self
    }

    /// Bytes of the reply that count against the limit.
    pub(super) fn length(&self) -> usize {
        self.body.len()
    }
}

/// `x-total-count` → `X-Total-Count`: clients look sub-replies' headers up by their usual spelling.
fn capitalized(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn shape() {
        let mut headers = HeaderMap::new();
        headers.insert("x-total-count", HeaderValue::from_static("3"));
        headers.insert(SET_COOKIE, HeaderValue::from_static("secret"));
        let served = Serviced::new("13".to_owned(), StatusCode::CREATED, &Bytes::from("{}"), 5);
        let mut reply = Reply::new("1".to_owned());
        reply.serviced(served.with_headers(&headers, 2));
        reply.unserviced("14".to_owned());
        assert_eq!(
            serde_json::to_string(&reply).unwrap(),
            r#"{"batch_request_id":"1","serviced_requests":[{"id":"13","body":"e30=","status_code":201,"status_text":"Created","headers":[{"name":"Pragma","value":"no-store,no-cache"},{"name":"Expires","value":"0"},{"name":"Cache-Control","value":"no-cache,no-store,must-revalidate,max-age=-1"},{"name":"X-Total-Count","value":"3"},{"name":"Content-Length","value":"2"}],"execution_time":5}],"unserviced_requests":["14"]}"#
        );
    }
}
