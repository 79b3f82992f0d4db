//! Refusals: the status, the message and the detail that the platform gives for each.
//!
//! A handler returns a [`Failure`]; [`super::edge::rescue`] writes its body in the caller's format.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::edge::LoggedIn;
use super::format::Format;
use crate::engine;

/// A reply that is an error envelope.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The code of the reply.
    pub(crate) status: StatusCode,
    /// The envelope's title.
    pub(crate) message: String,
    /// What is said beside it; `null` when there is nothing to say.
    pub(crate) detail: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    logged_in: bool,
}

impl Failure {
    fn new(status: StatusCode, message: impl Into<String>, detail: Option<&str>) -> Self {
        let (message, detail) = (message.into(), detail.map(str::to_owned));
        Failure { status, message, detail, headers: Vec::new(), logged_in: false }
    }

    /// A path below `/api` that is nothing.
    pub(crate) fn unknown_resource() -> Self {
        Failure::new(StatusCode::BAD_REQUEST, "Requested URI does not represent any resource", None)
    }

    /// A body that cannot be read; the detail says why.
    pub(crate) fn unreadable(detail: &str) -> Self {
        Failure::new(StatusCode::BAD_REQUEST, "Exception while reading request", Some(detail))
    }

    /// A body over the limit. `length` is what the caller declared, -1 when it did not.
    pub(crate) fn too_large(length: i64, limit: usize) -> Self {
        Failure::unreadable(&format!(
            "Rejected large REST payload with content-length = {length} bytes. Max allowed: {limit} bytes."
        ))
    }

    /// A parameter that refers to nothing.
    pub(crate) fn bad_parameter(detail: &str) -> Self {
        Failure::new(StatusCode::BAD_REQUEST, "Invalid parameter", Some(detail))
    }

    /// A `Range` that lies beyond the content.
    pub(crate) fn no_such_range(size: u64) -> Self {
        let all = HeaderValue::from_str(&format!("bytes */{size}")).expect("digits are a header value");
        Failure::new(StatusCode::RANGE_NOT_SATISFIABLE, "Requested range not satisfiable", None)
            .with_header(http::header::CONTENT_RANGE, all)
    }

    /// No credentials, or wrong ones.
    pub(crate) fn not_authenticated() -> Self {
        Failure::new(
            StatusCode::UNAUTHORIZED,
            "User Not Authenticated",
            Some("Required to provide Auth information"),
        )
        .with_header(http::header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"BASIC realm="Service-now""#))
    }

    /// A v1 list that matches nothing.
    pub(crate) fn nothing_matches() -> Self {
        Failure::new(
            StatusCode::NOT_FOUND,
            "No Record found",
            Some("Records matching query not found. Check query parameter or offset parameter"),
        )
    }

    /// A method that the resource does not have.
    pub(crate) fn method_not_allowed(method: &http::Method) -> Self {
        let detail = format!("The method {method} is not supported by this resource");
        Failure::new(StatusCode::METHOD_NOT_ALLOWED, "Method not supported", Some(&detail))
    }

    /// No representation that the caller accepts.
    pub(crate) fn not_acceptable() -> Self {
        Failure::new(
            StatusCode::NOT_ACCEPTABLE,
            "Not acceptable",
            Some("Supported response types are: application/json, application/xml, text/xml"),
        )
    }

    /// A body in a format that is not understood.
    pub(crate) fn unsupported_media_type() -> Self {
        Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported media type",
            Some("Supported request types are: application/json, application/xml, text/xml"),
        )
    }

    /// Something that is our fault. The cause goes to the log, not to the caller.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed inside the instance");
        Failure::transaction_failed()
    }

    /// Too many requests: for a rule, which says when to come again, or for the queue. `now` is in Unix seconds.
    pub(crate) fn rate_limited(retry_after: Option<u64>, now: i64) -> Self {
        const RULE: HeaderValue = HeaderValue::from_static("5bb0bd2a7f313110a2d3f6d7c8fa9196");
        let detail = "Rate limit of 100 requests per hour for Table API exceeded";
        let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded", Some(detail));
        let Some(seconds) = retry_after else { return failure };
        let reset = now.saturating_add_unsigned(seconds);
        failure
            .with_header(http::header::RETRY_AFTER, seconds.into())
            .with_header(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from_static("100"))
            .with_header(HeaderName::from_static("x-ratelimit-reset"), reset.into())
            .with_header(HeaderName::from_static("x-ratelimit-rule"), RULE)
    }

    /// More requests than a rate limit rule allows in an hour. The rule's headers are on every reply under it.
    pub(crate) fn over_rate(retry_after: u64, limit: u64, api: &str) -> Self {
        let detail = format!("Rate limit of {limit} requests per hour for {api} exceeded");
        Failure::new(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded", Some(&detail))
            .with_header(http::header::RETRY_AFTER, retry_after.into())
    }

    /// A transaction that ran too long.
    pub(crate) fn over_quota() -> Self {
        Failure::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Transaction cancelled: maximum execution time exceeded",
            Some(
                "maximum execution time exceeded Check logs for error trace or enable glide.rest.debug property to verify REST request processing",
            ),
        )
    }

    /// The platform's failure, where a fault asks for it.
    pub(crate) fn transaction_failed() -> Self {
        Failure::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal server error",
            Some(
                "Check logs for error trace or enable glide.rest.debug property to verify REST request processing",
            ),
        )
    }

    /// Adds a header to the reply.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says that the caller is signed in all the same.
    pub(crate) fn while_logged_in(mut self) -> Self {
        self.logged_in = true;
        self
    }

    /// The reply with its body in the caller's format.
    pub(crate) fn respond(self, format: Format) -> Response {
        let body = match format {
            Format::Json => self.json(),
            Format::Xml => self.xml(),
        };
        let mut response = (self.status, [(CONTENT_TYPE, format.content_type())], body).into_response();
        response.headers_mut().extend(self.headers);
        response
    }

    /// The keys that follow a result which broke off half way: `"error":{…},"status":"failure"`.
    pub(crate) fn json_members(&self) -> String {
        let json = self.json();
        json[1..json.len() - 1].to_owned()
    }

    fn json(&self) -> String {
        let error = EnvelopeError { message: &self.message, detail: self.detail.as_deref() };
        serde_json::to_string(&Envelope { error, status: "failure" })
            .expect("strings and options are always representable")
    }

    fn xml(&self) -> String {
        use quick_xml::escape::escape;
        let (message, detail) =
            (escape(self.message.as_str()), escape(self.detail.as_deref().unwrap_or_default()));
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><response><error><message>{message}</message><detail>{detail}</detail></error><status>failure</status></response>"#
        )
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: EnvelopeError<'a>,
    status: &'static str,
}

#[derive(Serialize)]
struct EnvelopeError<'a> {
    message: &'a str,
    detail: Option<&'a str>,
}

/// A marker with the failure attached; the edge fills in the body.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.logged_in {
            response.extensions_mut().insert(LoggedIn);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The platform's words for what the engine refused.
impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        let forbidden = |detail: &str| Failure::new(StatusCode::FORBIDDEN, "Operation Failed", Some(detail));
        match error {
            Error::InvalidTable(table) => {
                Failure::new(StatusCode::BAD_REQUEST, format!("Invalid table {table}"), None)
            }
            Error::NotFound => Failure::new(
                StatusCode::NOT_FOUND,
                "No Record found",
                Some("Record doesn't exist or ACL restricts the record retrieval"),
            ),
            Error::NotAuthorized => Failure::new(
                StatusCode::FORBIDDEN,
                "User Not Authorized",
                Some("Failed API level ACL Validation"),
            ),
            Error::QueryForbidden => Failure::new(
                StatusCode::FORBIDDEN,
                "Insufficient rights to query records",
                Some("Field(s) present in the query do not have permission to be read"),
            ),
            Error::DataPolicy { .. } | Error::Aborted { .. } => forbidden(&error.to_string()),
            Error::WriteForbidden { operation } => {
                forbidden(&format!("ACL Exception {operation} Failed due to security constraints"))
            }
            Error::ReadOnly(_) => forbidden("ACL Exception Update Failed due to security constraints"),
            Error::Dictionary(_) => forbidden(&error.to_string()),
            // The platform has no word of its own for a sys_id that is taken: the insert fails.
            Error::Conflict => forbidden("ACL Exception Insert Failed due to security constraints"),
            Error::NotStaging(_) | Error::AttachmentRefused(_) | Error::TooComplex(_) => {
                Failure::bad_parameter(&error.to_string())
            }
            Error::Internal(cause) => Failure::internal(&cause),
        }
    }
}
