//! JSON or XML: what the caller accepts, and what it sends.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::request::Parts;

use super::failure::Failure;

/// A representation of records and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    /// The exact value of `Content-Type`; clients compare it.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json;charset=UTF-8",
            Format::Xml => "application/xml;charset=UTF-8",
        }
    }

    /// The format the caller likes best: JSON without an `Accept` header and among equals. `None` when it
    /// accepts neither.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Format> {
        let mut values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
        if values.peek().is_none() {
            return Some(Format::Json);
        }
        let mut best: Option<(f32, Format)> = None;
        for (quality, format) in values.flat_map(|value| value.split(',')).filter_map(preference) {
            let better = match best {
                None => true,
                Some((so_far, chosen)) => {
                    quality > so_far || (quality == so_far && chosen == Format::Xml && format == Format::Json)
                }
            };
            if quality > 0.0 && better {
                best = Some((quality, format));
            }
        }
        best.map(|(_, format)| format)
    }

    /// The format of a request's body; JSON when the caller does not say. `None` for any other type.
    pub(crate) fn sent(headers: &HeaderMap) -> Option<Format> {
        let Some(value) = headers.get(CONTENT_TYPE) else { return Some(Format::Json) };
        let media_type = value.to_str().ok()?.split(';').next().unwrap_or_default().trim();
        if ["application/json", "text/json"].iter().any(|json| media_type.eq_ignore_ascii_case(json)) {
            return Some(Format::Json);
        }
        let xml = ["application/xml", "text/xml"].iter().any(|xml| media_type.eq_ignore_ascii_case(xml));
        xml.then_some(Format::Xml)
    }
}

/// One element of `Accept` as (quality, format); `None` when it is neither format's.
fn preference(element: &str) -> Option<(f32, Format)> {
    let mut parts = element.split(';');
    let format = match parts.next()?.trim().to_ascii_lowercase().as_str() {
        "*/*" | "application/*" | "application/json" | "text/json" => Format::Json,
        "application/xml" | "text/xml" | "text/*" => Format::Xml,
        _ => return None,
    };
    let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
    Some((quality, format))
}

/// The format of the reply; a caller that accepts neither is refused with 406.
impl<S: Send + Sync> FromRequestParts<S> for Format {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Format::accepted(&parts.headers).ok_or_else(Failure::not_acceptable)
    }
}

/// The format of an error, which is told even to a caller that accepts neither.
pub(crate) struct ErrorFormat(pub(crate) Format);

impl<S: Send + Sync> FromRequestParts<S> for ErrorFormat {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(ErrorFormat(Format::accepted(&parts.headers).unwrap_or(Format::Json)))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn accept_decides() {
        for (accept, expected) in [
            (None, Some(Format::Json)),
            (Some("*/*"), Some(Format::Json)),
            (Some("application/json"), Some(Format::Json)),
            (Some("Application/XML"), Some(Format::Xml)),
            (Some("text/xml"), Some(Format::Xml)),
            (Some("application/xml, application/json"), Some(Format::Json)),
            (Some("application/json;q=0.5, application/xml"), Some(Format::Xml)),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Some(Format::Xml)),
            (Some("text/html, */*; q=0.1"), Some(Format::Json)),
            (Some("application/json;q=0"), None),
            (Some("text/html"), None),
            (Some("image/png, text/csv"), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(Format::accepted(&headers), expected, "{accept:?}");
        }
    }

    #[test]
    fn content_type_decides() {
        for (sent, expected) in [
            (None, Some(Format::Json)),
            (Some("application/json"), Some(Format::Json)),
            (Some("application/json; charset=utf-8"), Some(Format::Json)),
            (Some("text/xml"), Some(Format::Xml)),
            (Some("application/x-www-form-urlencoded"), None),
            (Some(""), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(sent) = sent {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(sent));
            }
            assert_eq!(Format::sent(&headers), expected, "{sent:?}");
        }
    }
}
