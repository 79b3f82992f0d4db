//! Status, headers and body to an [`Error`].

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use super::{Error, Refusal};

/// How much of a page that is not JSON is looked at.
const LOOKED_AT: usize = 8 * 1024;

/// What is needed of a reply to say what it means.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'a str,
    pub(crate) retry_after: Option<Duration>,
    /// The host of the `Location` header.
    pub(crate) location_host: Option<String>,
    /// How long the URL was that was asked for.
    pub(crate) url_bytes: usize,
}

/// ServiceNow's `error` object, or the bare text that some endpoints send.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum ErrorBody<'a> {
    Object {
        #[serde(borrow)]
        message: Cow<'a, str>,
        #[serde(borrow, default)]
        detail: Option<Cow<'a, str>>,
    },
    Text(#[serde(borrow)] Cow<'a, str>),
}

#[derive(Deserialize)]
struct Failure<'a> {
    #[serde(borrow)]
    error: ErrorBody<'a>,
}

impl ErrorBody<'_> {
    fn refusal(self, status: u16) -> Refusal {
        match self {
            ErrorBody::Object { message, detail } => {
                let detail = detail.map(Cow::into_owned).filter(|detail| !detail.is_empty());
                Refusal { status, message: message.into_owned(), detail }
            }
            ErrorBody::Text(message) => Refusal { status, message: message.into_owned(), detail: None },
        }
    }
}

/// Whether the reply is one whose body can be decoded; if not, what it is instead.
pub(crate) fn reply(head: &Head<'_>, body: &[u8]) -> Result<(), Error> {
    let status = head.status;
    if status.is_redirection() {
        let host = head.location_host.clone().unwrap_or_else(|| "?".to_owned());
        return Err(Error::Redirected { status: status.as_u16(), host });
    }
    if status == StatusCode::ACCEPTED {
        return Err(Error::Accepted);
    }
    let json = is_json(head.content_type);
    if status.is_success() {
        return if json || status == StatusCode::NO_CONTENT { Ok(()) } else { Err(page(head, body)) };
    }
    let refusal = match serde_json::from_slice::<Failure<'_>>(body) {
        Ok(failure) if json => failure.error.refusal(status.as_u16()),
        _ => Refusal { status: status.as_u16(), message: reason(status), detail: None },
    };
    Err(match status.as_u16() {
        401 => Error::Unauthenticated(refusal),
        414 => Error::UrlTooLong { bytes: head.url_bytes },
        429 => Error::RateLimited { retry_after: head.retry_after, refusal },
        502 | 503 => Error::Unavailable { retry_after: head.retry_after, refusal },
        504 => Error::Server(refusal),
        _ if !json => page(head, body),
        403 => forbidden(refusal),
        404 => Error::NotFound(refusal),
        400..=499 => by_message(refusal).unwrap_or_else(Error::InvalidRequest),
        _ => by_message(refusal).unwrap_or_else(Error::Server),
    })
}

/// An `error` object in a reply whose status says success.
pub(crate) fn inside_success(error: ErrorBody<'_>, status: u16) -> Error {
    by_message(error.refusal(status)).unwrap_or_else(Error::Server)
}

/// Finds the `error` object in text that is not JSON: a `result` that was cut, with the error after it.
pub(crate) fn inside_broken(body: &[u8], status: u16) -> Option<Error> {
    let tail = &body[body.len().saturating_sub(LOOKED_AT)..];
    // Inside a JSON string the quotes would be escaped, so this is a key.
    let key = b"\"error\":";
    let start = tail.windows(key.len()).rposition(|window| window == key)? + key.len();
    let mut deserializer = serde_json::Deserializer::from_slice(&tail[start..]);
    let error = ErrorBody::deserialize(&mut deserializer).ok()?;
    match error {
        ErrorBody::Object { .. } => Some(inside_success(error, status)),
        // A column of that name.
        ErrorBody::Text(_) => None,
    }
}

/// The messages that say more than their status. Gives the refusal back if it is none of them.
fn by_message(refusal: Refusal) -> Result<Error, Refusal> {
    let message = refusal.message.as_str();
    if let Some(table) = message.strip_prefix("Invalid table ") {
        return Ok(Error::InvalidTable { table: table.to_owned() });
    }
    if message.contains("maximum execution time exceeded") || message.starts_with("Transaction cancelled") {
        return Ok(Error::TransactionTimeout(refusal));
    }
    match message {
        "User Not Authenticated" | "User is not authenticated" => Ok(Error::Unauthenticated(refusal)),
        "No Record found" => Ok(Error::NotFound(refusal)),
        "User Not Authorized" | "Operation Failed" | "Insufficient rights to query records" => {
            Ok(forbidden(refusal))
        }
        _ => Err(refusal),
    }
}

/// `Operation Failed` is a rule's or policy's doing, unless it names an access rule.
fn forbidden(refusal: Refusal) -> Error {
    let acl = refusal.detail.as_deref().is_some_and(|detail| detail.contains("ACL"));
    if refusal.message == "Operation Failed" && !acl {
        Error::Rejected(refusal)
    } else {
        Error::Forbidden(refusal)
    }
}

/// A page for people in place of JSON.
fn page(head: &Head<'_>, body: &[u8]) -> Error {
    let start = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]).to_ascii_lowercase();
    if start.contains("instance hibernating") || start.contains("instance is hibernating") {
        return Error::Hibernating;
    }
    if head.status.is_server_error() {
        return Error::Server(Refusal {
            status: head.status.as_u16(),
            message: reason(head.status),
            detail: None,
        });
    }
    let content_type = head.content_type.chars().take(100).collect();
    Error::NotJson { status: head.status.as_u16(), content_type }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
}

fn reason(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("unknown status").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/json;charset=UTF-8";

    fn classify(status: u16, content_type: &str, body: &str) -> Error {
        let status = StatusCode::from_u16(status).unwrap();
        let head = Head { status, content_type, retry_after: None, location_host: None, url_bytes: 9000 };
        reply(&head, body.as_bytes()).unwrap_err()
    }

    fn failure(message: &str, detail: &str) -> String {
        format!(r#"{{"error":{{"message":"{message}","detail":"{detail}"}},"status":"failure"}}"#)
    }

    #[test]
    fn names_what_the_peer_did() {
        let html = "<html><title>Instance Hibernating page</title>";
        for (status, message, detail, expected) in [
            (400, "Invalid table nope", "", "InvalidTable"),
            (400, "Exception while reading request", "x", "InvalidRequest"),
            (401, "User Not Authenticated", "Required to provide Auth information", "Unauthenticated"),
            (403, "User Not Authorized", "Failed API level ACL Validation", "Forbidden"),
            (403, "Operation Failed", "ACL Exception Update Failed due to security constraints", "Forbidden"),
            (
                403,
                "Operation Failed",
                "Operation against file 'incident' was aborted by Business Rule",
                "Rejected",
            ),
            (403, "Operation Failed", "Data Policy Exception: …", "Rejected"),
            (
                404,
                "No Record found",
                "Record doesn't exist or ACL restricts the record retrieval",
                "NotFound",
            ),
            (405, "Method not supported", "", "InvalidRequest"),
            (429, "Rate limit exceeded", "", "RateLimited"),
            (500, "Transaction cancelled: maximum execution time exceeded", "x", "TransactionTimeout"),
            (500, "java.lang.NullPointerException", "", "Server"),
            (503, "x", "", "Unavailable"),
        ] {
            let error = classify(status, JSON, &failure(message, detail));
            assert!(format!("{error:?}").starts_with(expected), "{status} {message}: {error:?}");
            assert_eq!(error.status(), Some(status), "{message}");
        }
        for (status, body, expected) in [
            (200, html, "Hibernating"),
            (200, "<html>log in</html>", "NotJson"),
            (202, "", "Accepted"),
            (302, "", "Redirected"),
            (401, "<html>", "Unauthenticated"),
            (404, "<html>", "NotJson"),
            (414, "<html>", "UrlTooLong"),
            (500, "<html>", "Server"),
            (502, "<html>", "Unavailable"),
        ] {
            let error = classify(status, "text/html", body);
            assert!(format!("{error:?}").starts_with(expected), "{status} {body}: {error:?}");
        }
    }

    #[test]
    fn keeps_message_and_detail() {
        let error = classify(403, JSON, &failure("Operation Failed", "Data Policy Exception: x"));
        assert_eq!(
            error.to_string(),
            "rejected by the instance's rules: Operation Failed: Data Policy Exception: x (HTTP 403)"
        );
        let null = classify(400, JSON, r#"{"error":{"message":"no","detail":null},"status":"failure"}"#);
        assert_eq!(null.refusal().and_then(|refusal| refusal.detail.clone()), None);
    }

    #[test]
    fn finds_the_error_in_broken_text() {
        let broken = r#"{"result":[{"a":"1"},{"a":"2""error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":"x"},"status":"failure"}"#;
        assert!(matches!(inside_broken(broken.as_bytes(), 200), Some(Error::TransactionTimeout(_))));
        assert_eq!(inside_broken(br#"{"result":[{"error":"a value"},{"#, 200), None);
        assert_eq!(inside_broken(br#"{"result":[{"a":"\"error\":{\"message\":\"x\"}"#, 200), None);
    }
}
