//! The body of a write: field values, whatever the format.

mod json;
mod xml;

use axum::extract::{FromRequest, Request};

use super::body;
use super::face::Face;
use super::failure::Failure;
use super::format::Format;

/// The fields of a write in the order they were sent; `None` where the body says null.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Payload(pub(crate) Vec<(String, Option<String>)>);

/// Reads and parses the body. An empty one, of whatever type, sets no field.
impl FromRequest<Face> for Payload {
    type Rejection = Failure;

    async fn from_request(request: Request, face: &Face) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let bytes = body::read(&parts.headers, body, face.instance.settings.max_body_bytes).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Payload::default());
        }
        let format = Format::sent(&parts.headers).ok_or_else(Failure::unsupported_media_type)?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| Failure::unreadable("The body is not UTF-8 text"))?;
        let parsed = match format {
            Format::Json => json::parse(text),
            Format::Xml => xml::parse(text),
        };
        parsed.map(Payload).map_err(|error| Failure::unreadable(&error))
    }
}
