//! `POST …/attachment/upload`: a file as the last part of a form.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use multer::{Field, Multipart};

use super::inbound::{Inbound, created};
use crate::engine::NewAttachment;
use crate::http::body;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;

/// Longest text part; none that means something is longer.
const MAX_TEXT_BYTES: usize = 8 * 1024;
/// Parts before the file; more is no form of this API.
const MAX_PARTS: usize = 32;
/// A part that stands still for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Attaches the form's file to the record that its `table_name` and `table_sys_id` name. They come before it: the
/// file is streamed, and what follows it is not looked at.
pub(crate) async fn upload(
    State(face): State<Face>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let boundary = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = boundary.and_then(|content_type| multer::parse_boundary(content_type).ok());
    let mut chunks = body.into_data_stream();
    let received = match boundary {
        Some(boundary) => receive(&face, &call, boundary, &mut chunks).await,
        None => Err(Failure::unsupported_media_type()),
    };
    // Also after a success: the form's end is still on its way.
    body::drain(&mut chunks).await;
    created(&face, &call, &received?).await
}

async fn receive(
    face: &Face,
    call: &Call,
    boundary: String,
    chunks: &mut BodyDataStream,
) -> Result<String, Failure> {
    let mut form = Multipart::new(chunks, boundary);
    let mut texts: Vec<(String, String)> = Vec::new();
    for _ in 0..MAX_PARTS {
        let part = in_time(form.next_field()).await?;
        let part = part.ok_or_else(|| Failure::bad_parameter("uploadFile is missing"))?;
        if part.file_name().is_some() {
            return attach(face, call, &texts, part).await;
        }
        let name = part.name().unwrap_or_default().to_owned();
        texts.push((name, text(part).await?));
    }
    Err(Failure::bad_parameter("The form has too many parts before its file"))
}

async fn attach(
    face: &Face,
    call: &Call,
    texts: &[(String, String)],
    mut file: Field<'_>,
) -> Result<String, Failure> {
    let given = |name: &str| {
        let text = texts.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone());
        text.filter(|text| !text.is_empty())
    };
    let needed = |name: &str| {
        let missing = || Failure::bad_parameter(&format!("{name} is missing before the file"));
        given(name).ok_or_else(missing)
    };
    let content_type = file.content_type().map_or("application/octet-stream", |media| media.as_ref());
    let new = NewAttachment {
        table: needed("table_name")?,
        record: needed("table_sys_id")?,
        file_name: file.file_name().unwrap_or_default().to_owned(),
        content_type: content_type.to_owned(),
        encryption_context: given("encryption_context"),
        created_on: given("creation_time"),
    };
    let mut inbound = Inbound::open(face, &call.session, None, new).await?;
    while let Some(chunk) = in_time(file.chunk()).await? {
        inbound.push(chunk).await?;
    }
    inbound.finish().await
}

async fn text(mut part: Field<'_>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = in_time(part.chunk()).await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_TEXT_BYTES {
            return Err(Failure::bad_parameter("A text part of the form is too long"));
        }
    }
    String::from_utf8(bytes).map_err(|_| Failure::unreadable("A text part of the form is not UTF-8"))
}

async fn in_time<T>(waited: impl Future<Output = multer::Result<T>>) -> Result<T, Failure> {
    let arrived = tokio::time::timeout(PATIENCE, waited).await;
    let arrived = arrived.map_err(|_| Failure::unreadable("The request body did not arrive in time"))?;
    arrived.map_err(|error| Failure::unreadable(&error.to_string()))
}
