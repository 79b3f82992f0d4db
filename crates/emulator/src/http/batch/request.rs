//! The body of a batch.

use std::fmt;

use serde::{Deserialize, Deserializer};

use super::lenient;
use crate::http::failure::Failure;

/// A batch as it was sent.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Batch {
    /// Given back as a string.
    #[serde(rename = "batch_request_id", default, deserialize_with = "id")]
    pub(super) id: String,
    /// In the order in which they are run.
    #[serde(rename = "rest_requests", default)]
    pub(super) requests: Vec<SubRequest>,
}

/// One of its requests.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SubRequest {
    /// Given back as a string.
    #[serde(default, deserialize_with = "id")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) method: String,
    /// The path with its query string, which is taken literally.
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: Vec<Header>,
    /// Base64.
    #[serde(default)]
    pub(super) body: Option<String>,
    /// Leaves the headers of the reply out.
    #[serde(default)]
    pub(super) exclude_response_headers: bool,
}

/// A header of a request.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

/// Reads a batch. As everywhere on the platform, single quotes are as good as double ones.
pub(super) fn parse(bytes: &[u8]) -> Result<Batch, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::unreadable("The body is not UTF-8 text"))?;
    let text = text.trim_start_matches('\u{feff}');
    match serde_json::from_str(text) {
        Ok(batch) => Ok(batch),
        Err(error) => serde_json::from_str(&lenient::double_quoted(text))
            .map_err(|_| Failure::unreadable(&error.to_string())),
    }
}

/// A string, or a number as one.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Id;
    impl serde::de::Visitor<'_> for Id {
        type Value = String;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a string or a number")
        }
        fn visit_str<E>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
        fn visit_u64<E>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }
        fn visit_i64<E>(self, number: i64) -> Result<String, E> {
            Ok(number.to_string())
        }
    }
    deserializer.deserialize_any(Id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read() {
        for (text, id, ids) in [
            ("{}", "", &[][..]),
            (r#"{"batch_request_id":7,"rest_requests":[]}"#, "7", &[]),
            (
                r#"{"batch_request_id":"a","rest_requests":[{"id":140234,"method":"GET","url":"/x"},{"id":"b","new":1}]}"#,
                "a",
                &["140234", "b"],
            ),
            ("{'batch_request_id':'it\\'s \"1\"','rest_requests':[{'id':'x'}]}", "it's \"1\"", &["x"]),
        ] {
            let batch = parse(text.as_bytes()).unwrap();
            let got: Vec<_> = batch.requests.iter().map(|request| request.id.as_str()).collect();
            assert_eq!((batch.id.as_str(), got.as_slice()), (id, ids), "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        for bytes in
            [&b""[..], b"[]x", b"{", b"\xff", br#"{"rest_requests":{}}"#, br#"{"batch_request_id":[]}"#]
        {
            let failure = parse(bytes).unwrap_err();
            assert_eq!(failure.status, 400, "{bytes:?}");
        }
    }
}
