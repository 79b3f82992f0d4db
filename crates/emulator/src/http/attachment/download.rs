//! `GET …/attachment/{sys_id}/file`: the content, one piece in memory at a time.
//!
//! Each piece is a read of its own: a caller that takes them slowly keeps no connection to the store.

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::range::{self, Part};
use super::{Described, describe};
use crate::attachments::PIECE;
use crate::engine::Session;
use crate::http::edge::Verbatim;
use crate::http::encoder::Encoder;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::format::Format;
use crate::http::segments::Segments;
use crate::http::version::Version;

const METADATA: HeaderName = HeaderName::from_static("x-attachment-metadata");
const UNKNOWN_TYPE: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The content with its own type, whatever the caller accepts, and its description in a header.
pub(crate) async fn download(
    State(face): State<Face>,
    Extension(session): Extension<Arc<Session>>,
    Extension(version): Extension<Version>,
    headers: HeaderMap,
    Segments(sys_id): Segments<String>,
) -> Result<Response, Failure> {
    let described = describe(&face, &session, &sys_id).await?;
    let size = text(&described, "size_bytes").parse().unwrap_or(0);
    let ranges = face.instance.settings.attachment_ranges;
    let part = if ranges { range::part(&headers, size) } else { Part::Whole };
    let (status, first, end) = match part {
        Part::Whole => (StatusCode::OK, 0, size),
        Part::Between(first, last) => (StatusCode::PARTIAL_CONTENT, first, last + 1),
        Part::Nowhere => return Err(Failure::no_such_range(size)),
    };
    // The id as stored, which may be in other letter case.
    let sys_id = text(&described, "sys_id").to_owned();
    let body = Body::from_stream(pieces(face.clone(), sys_id, first, end));
    let mut response = (status, body).into_response();
    let out = response.headers_mut();
    out.insert(CONTENT_LENGTH, (end - first).into());
    let stored = HeaderValue::from_str(text(&described, "content_type"));
    out.insert(CONTENT_TYPE, stored.ok().filter(|stored| !stored.is_empty()).unwrap_or(UNKNOWN_TYPE));
    out.insert(METADATA, metadata(&face, version, &described)?);
    if ranges {
        out.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    if status == StatusCode::PARTIAL_CONTENT {
        out.insert(CONTENT_RANGE, header(&format!("bytes {first}-{}/{size}", end - 1))?);
    }
    response.extensions_mut().insert(Verbatim);
    Ok(response)
}

fn text<'a>((names, cells): &'a Described, name: &str) -> &'a str {
    let cell = names.iter().position(|known| **known == *name).and_then(|at| cells.get(at));
    cell.map_or("", |cell| cell.value.as_str())
}

/// The description as JSON that fits a header: what is not ASCII is escaped.
fn metadata(face: &Face, version: Version, (names, cells): &Described) -> Result<HeaderValue, Failure> {
    let encoder = Encoder::of_attachments(Format::Json, &face.origin, version);
    let json = encoder.bare(names, cells);
    let json = String::from_utf8(json).map_err(|error| Failure::internal(&error))?;
    header(&ascii(&json))
}

fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() && letter != '\u{7f}' {
            out.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

fn header(text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(text).map_err(|error| Failure::internal(&error))
}

/// The bytes from `first` up to, not including, `end`. They end with an error when a piece is missing, because the
/// attachment was deleted meanwhile.
fn pieces(
    face: Face,
    sys_id: String,
    first: u64,
    end: u64,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let next = futures::stream::try_unfold(first, move |at| {
        let (face, sys_id) = (face.clone(), sys_id.clone());
        async move {
            if at >= end {
                return Ok(None);
            }
            let position = at / PIECE as u64;
            let piece = face.ask(move |engine| engine.attachment_piece(&sys_id, position)).await;
            let piece = Bytes::from(piece.map_err(|failure| io::Error::other(failure.message))?);
            let skipped = usize::try_from(at % PIECE as u64).unwrap_or(usize::MAX);
            if skipped >= piece.len() {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(piece.len() - skipped);
            Ok(Some((piece.slice(skipped..skipped + wanted), at + wanted as u64)))
        }
    });
    next.fuse()
}

#[cfg(test)]
mod tests {
    use super::ascii;

    #[test]
    fn json_in_a_header() {
        assert_eq!(ascii(r#"{"a":"é😀\n~"}"#), r#"{"a":"\u00e9\ud83d\ude00\n~"}"#);
    }
}
