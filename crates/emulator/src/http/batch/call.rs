//! One request of a batch, from its description to its reply.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderName, HeaderValue, Method, Uri};
use http_body_util::{BodyExt, Limited};
use tower::ServiceExt;

use super::Inherited;
use super::reply::Serviced;
use super::request::SubRequest;
use crate::engine::Session;
use crate::http::failure::Failure;
use crate::http::format::Format;

/// Padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Runs a request as `session`. One that makes no sense gets a refusal like any other; so does one whose reply is
/// longer than `limit`.
pub(super) async fn serve(
    router: &Router,
    session: &Arc<Session>,
    request: SubRequest,
    limit: usize,
) -> Serviced {
    let started = Instant::now();
    let response = match prepare(&request, session) {
        Ok(prepared) => {
            let Ok(response) = router.clone().oneshot(prepared).await;
            response
        }
        Err(failure) => failure.respond(Format::Json),
    };
    let (response, body) = whole(response, limit).await;
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let served = Serviced::new(request.id, response.status(), &body, millis);
    if request.exclude_response_headers {
        return served;
    }
    served.with_headers(response.headers(), body.len())
}

/// The reply's head and its body, in memory.
async fn whole(response: Response, limit: usize) -> (Response<()>, Bytes) {
    let (parts, body) = response.into_parts();
    match Limited::new(body, limit).collect().await {
        Ok(body) => (Response::from_parts(parts, ()), body.to_bytes()),
        Err(error) => {
            let failure = Failure::internal(&error).respond(Format::Json);
            let (parts, body) = failure.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            (Response::from_parts(parts, ()), body)
        }
    }
}

fn prepare(request: &SubRequest, session: &Arc<Session>) -> Result<Request, Failure> {
    let method = Method::from_bytes(request.method.trim().to_ascii_uppercase().as_bytes());
    let method = method.map_err(|_| Failure::bad_parameter("method is missing or unreadable"))?;
    if !request.url.starts_with('/') {
        return Err(Failure::bad_parameter("url must be relative to the instance: /api/now/…"));
    }
    let target: Uri =
        target(&request.url).parse().map_err(|_| Failure::bad_parameter("url is unreadable"))?;
    let mut prepared = Request::new(Body::from(body(request)?));
    *prepared.method_mut() = method;
    *prepared.uri_mut() = target;
    for header in &request.headers {
        let (name, value) = (HeaderName::try_from(&header.name), HeaderValue::try_from(&header.value));
        // The caller is the batch's, whatever a part of it says.
        if let (Ok(name), Ok(value)) = (name, value)
            && name != AUTHORIZATION
            && name != COOKIE
        {
            prepared.headers_mut().append(name, value);
        }
    }
    prepared.extensions_mut().insert(Inherited(Arc::clone(session)));
    Ok(prepared)
}

fn body(request: &SubRequest) -> Result<Vec<u8>, Failure> {
    let text: String = request.body.as_deref().unwrap_or_default().split_ascii_whitespace().collect();
    BASE64.decode(text).map_err(|error| Failure::unreadable(&format!("The body is not base64: {error}")))
}

/// The URL as it was sent, but for what no request line can hold: those bytes are percent-encoded.
fn target(url: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        match byte {
            b'"' | b'#' | b'<' | b'>' | b'\\' | b'`' | b'{' | b'|' | b'}' | 0..=b' ' | 0x7f.. => {
                write!(out, "%{byte:02X}").expect("a string takes any text");
            }
            _ => out.push(char::from(byte)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_taken_literally() {
        for (url, expected) in [
            ("/api/now/table/incident?a=1&b=%5E", "/api/now/table/incident?a=1&b=%5E"),
            ("/x?b'sysparm_limit=1&y=z'", "/x?b'sysparm_limit=1&y=z'"),
            ("/x?q=a^b=c d>1", "/x?q=a^b=c%20d%3E1"),
            ("/x?q=é#f", "/x?q=%C3%A9%23f"),
        ] {
            assert_eq!(target(url), expected);
            assert!(expected.parse::<Uri>().is_ok(), "{url}");
        }
    }
}
