//! The two bodies of the Batch API.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Error;
use crate::decode::broken;
use crate::transport::{Reply, body::ReplyHead};

/// One request inside a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubRequest {
    /// Given back with the reply; unique within the batch.
    pub id: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query below the host.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What is sent, as it is: it is encoded on its way.
    pub body: Option<Bytes>,
}

impl SubRequest {
    /// About how many bytes it takes in the batch.
    pub(super) fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 24).sum();
        let body = self.body.as_ref().map_or(0, |body| body.len().div_ceil(3) * 4 + 10);
        self.id.len() + self.method.len() + self.url.len() + headers + body + 64
    }
}

/// One reply inside a batch's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubReply {
    /// The request's.
    pub id: String,
    /// The HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What was sent, decoded.
    pub body: Bytes,
}

impl SubReply {
    /// The reply as if it had come alone; an error if its status is one.
    pub(super) fn reply(&self, url: &Url) -> Result<Reply, Error> {
        let status = StatusCode::from_u16(self.status)
            .map_err(|_| Error::Decode(format!("{} is no HTTP status", self.status)))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                headers.append(name, value);
            }
        }
        // Some instances name another type than what they send, or none.
        if self.body.trim_ascii_start().starts_with(b"{") {
            headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let head = ReplyHead::new(status, &headers, url);
        head.check(&self.body)?;
        Ok(Reply { head, body: self.body.clone() })
    }
}

/// What the instance did with a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchReply {
    /// The replies, in the order of the requests.
    pub serviced: Vec<SubReply>,
    /// The ids of requests that it did not come to: it hit a limit.
    pub unserviced: Vec<String>,
}

#[derive(Serialize)]
struct Sent<'a> {
    batch_request_id: &'a str,
    rest_requests: Vec<SentRequest<'a>>,
}

#[derive(Serialize)]
struct SentRequest<'a> {
    id: &'a str,
    method: &'a str,
    url: &'a str,
    headers: Vec<Header<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

pub(super) fn encode(requests: &[SubRequest]) -> Result<Bytes, Error> {
    let header = |(name, value): &'_ (String, String)| (name.clone(), value.clone());
    let rest_requests = requests
        .iter()
        .map(|request| SentRequest {
            id: &request.id,
            method: &request.method,
            url: &request.url,
            headers: request
                .headers
                .iter()
                .map(header)
                .map(|(name, value)| Header { name: name.into(), value: value.into() })
                .collect(),
            body: request.body.as_ref().map(|body| STANDARD.encode(body)),
        })
        .collect();
    let bytes = serde_json::to_vec(&Sent { batch_request_id: "1", rest_requests });
    bytes.map(Bytes::from).map_err(|error| Error::InvalidInput(format!("cannot encode the batch: {error}")))
}

/// Instances send ids as text; some programs that stand in for them as numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Number(u64),
}

impl Id<'_> {
    fn text(self) -> String {
        match self {
            Id::Text(text) => text.into_owned(),
            Id::Number(number) => number.to_string(),
        }
    }
}

#[derive(Deserialize)]
struct Received<'a> {
    #[serde(borrow)]
    serviced_requests: Vec<ReceivedReply<'a>>,
    #[serde(borrow, default)]
    unserviced_requests: Vec<Id<'a>>,
}

#[derive(Deserialize)]
struct ReceivedReply<'a> {
    #[serde(borrow)]
    id: Id<'a>,
    status_code: u16,
    #[serde(borrow, default)]
    headers: Vec<Header<'a>>,
    #[serde(borrow, default)]
    body: Option<Cow<'a, str>>,
}

/// Decodes the reply to a batch.
///
/// # Errors
/// [`Error::Truncated`] and [`Error::Decode`], and whatever the instance says instead in a success.
pub fn decode_batch(body: &[u8]) -> Result<BatchReply, Error> {
    let received: Received<'_> = serde_json::from_slice(body).map_err(|error| broken(body, &error))?;
    let serviced = received.serviced_requests.into_iter().map(reply).collect::<Result<Vec<_>, Error>>()?;
    let unserviced = received.unserviced_requests.into_iter().map(Id::text).collect();
    Ok(BatchReply { serviced, unserviced })
}

fn reply(received: ReceivedReply<'_>) -> Result<SubReply, Error> {
    let body = match received.body.as_deref() {
        Some(text) => STANDARD
            .decode(text)
            .map_err(|_| Error::Decode("the body of a reply in a batch is not base64".to_owned()))?,
        None => Vec::new(),
    };
    let headers = received.headers.into_iter();
    let headers = headers.map(|Header { name, value }| (name.into_owned(), value.into_owned())).collect();
    Ok(SubReply { id: received.id.text(), status: received.status_code, headers, body: body.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_written() {
        let requests = [
            SubRequest {
                id: "a".to_owned(),
                method: "POST".to_owned(),
                url: "/api/now/table/t?x=1".to_owned(),
                headers: vec![("Accept".to_owned(), "application/json".to_owned())],
                body: Some(Bytes::from_static(b"{}")),
            },
            SubRequest {
                id: "b".to_owned(),
                method: "GET".to_owned(),
                url: "/".to_owned(),
                headers: Vec::new(),
                body: None,
            },
        ];
        let bytes = encode(&requests).unwrap();
        assert_eq!(
            std::str::from_utf8(&bytes).unwrap(),
            r#"{"batch_request_id":"1","rest_requests":[{"id":"a","method":"POST","url":"/api/now/table/t?x=1","headers":[{"name":"Accept","value":"application/json"}],"body":"e30="},{"id":"b","method":"GET","url":"/","headers":[]}]}"#
        );
        let estimated: usize = requests.iter().map(SubRequest::bytes).sum();
        assert!(estimated >= bytes.len() - 50, "{estimated} for {}", bytes.len());
    }

    #[test]
    fn a_reply_is_read_with_and_without_what_is_optional() {
        let text = r#"{"batch_request_id":"1","serviced_requests":[{"id":7,"status_code":204},{"id":"b","body":"e30=","status_code":200,"headers":[{"name":"X-Total-Count","value":"3"}],"execution_time":5}],"unserviced_requests":["c",9]}"#;
        let reply = decode_batch(text.as_bytes()).unwrap();
        assert_eq!((reply.serviced[0].id.as_str(), reply.serviced[0].status), ("7", 204));
        assert_eq!(&reply.serviced[1].body[..], b"{}");
        assert_eq!(reply.serviced[1].headers, [("X-Total-Count".to_owned(), "3".to_owned())]);
        assert_eq!(reply.unserviced, ["c", "9"]);
        for (text, expected) in [
            (&text[..text.len() - 5], "Truncated"),
            (r#"{"unserviced_requests":[]}"#, "Decode"),
            (r#"{"serviced_requests":[{"id":"a","status_code":200,"body":"%"}]}"#, "Decode"),
            (
                r#"{"error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":""}}"#,
                "TransactionTimeout",
            ),
        ] {
            let error = decode_batch(text.as_bytes()).unwrap_err();
            assert!(format!("{error:?}").starts_with(expected), "{text}: {error:?}");
        }
    }

    #[test]
    fn a_reply_in_a_batch_is_what_it_would_be_alone() {
        let url = Url::parse("http://a/").unwrap();
        let reply = |status, body: &'static str, headers: &[(&str, &str)]| {
            let headers =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            SubReply { id: "1".to_owned(), status, headers, body: Bytes::from_static(body.as_bytes()) }
                .reply(&url)
        };
        let listed =
            reply(200, r#"{"result":[]}"#, &[("X-Total-Count", "3"), ("Content-Type", "application/xml")]);
        assert_eq!(listed.unwrap().head.total, Some(3));
        assert!(reply(204, "", &[]).is_ok());
        let refused = reply(403, r#"{"error":{"message":"Operation Failed","detail":"aborted"}}"#, &[]);
        assert!(matches!(refused, Err(Error::Rejected(_))));
        let limited = reply(429, "{}", &[("Retry-After", "7")]).unwrap_err();
        assert_eq!(limited.retry_after(), Some(std::time::Duration::from_secs(7)));
        assert!(matches!(reply(99, "", &[]), Err(Error::Decode(_))));
    }
}
