//! `…/attachment/{sys_id}/attributes` and `…/attributes/{key}`: pairs kept with a file.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::engine::{Attribute, Cell, DisplayMode};
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::payload::Payload;
use crate::http::segments::Segments;

/// Every pair.
pub(crate) async fn list(
    State(face): State<Face>,
    call: Call,
    Segments(sys_id): Segments<String>,
) -> Result<Response, Failure> {
    let session = call.session.clone();
    let pairs = face.ask(move |engine| engine.attributes(&session, &sys_id)).await?;
    let encoder = call.encoder(DisplayMode::Value);
    let mut body = Vec::new();
    encoder.open_list(&mut body);
    for (at, pair) in pairs.iter().enumerate() {
        let (names, cells) = row(pair);
        encoder.list_row(&mut body, at == 0, &names, &cells);
    }
    encoder.close_list(&mut body);
    Ok(call.reply(StatusCode::OK, body))
}

/// One pair.
pub(crate) async fn get(
    State(face): State<Face>,
    call: Call,
    Segments((sys_id, key)): Segments<(String, String)>,
) -> Result<Response, Failure> {
    let session = call.session.clone();
    let pair = face.ask(move |engine| engine.attribute(&session, &sys_id, &key)).await?;
    Ok(single(&call, StatusCode::OK, &pair))
}

/// A new pair, or another value of a key.
pub(crate) async fn create(
    State(face): State<Face>,
    call: Call,
    Segments(sys_id): Segments<String>,
    Payload(fields): Payload,
) -> Result<Response, Failure> {
    let key = field(&fields, "key").filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| Failure::bad_parameter("key is missing"))?;
    let pair = (key, field(&fields, "value").unwrap_or_default());
    set(&face, &call, sys_id, pair, StatusCode::CREATED).await
}

/// Another value of a key that is there.
pub(crate) async fn update(
    State(face): State<Face>,
    call: Call,
    Segments((sys_id, key)): Segments<(String, String)>,
    Payload(fields): Payload,
) -> Result<Response, Failure> {
    let (session, at, name) = (call.session.clone(), sys_id.clone(), key.clone());
    face.ask(move |engine| engine.attribute(&session, &at, &name)).await?;
    let value = field(&fields, "value").ok_or_else(|| Failure::bad_parameter("value is missing"))?;
    set(&face, &call, sys_id, (key, value), StatusCode::OK).await
}

/// No pairs; 204 and no body.
pub(crate) async fn clear(
    State(face): State<Face>,
    call: Call,
    Segments(sys_id): Segments<String>,
) -> Result<StatusCode, Failure> {
    face.ask(move |engine| engine.remove_attributes(&call.session, &sys_id, None)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One pair less; 204 and no body.
pub(crate) async fn delete(
    State(face): State<Face>,
    call: Call,
    Segments((sys_id, key)): Segments<(String, String)>,
) -> Result<StatusCode, Failure> {
    face.ask(move |engine| {
        let there = engine.remove_attributes(&call.session, &sys_id, Some(&key))?;
        if there { Ok(()) } else { Err(crate::engine::Error::NotFound) }
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set(
    face: &Face,
    call: &Call,
    sys_id: String,
    pair: Attribute,
    status: StatusCode,
) -> Result<Response, Failure> {
    let (session, stored) = (call.session.clone(), pair.clone());
    face.ask(move |engine| engine.set_attribute(&session, &sys_id, &stored)).await?;
    Ok(single(call, status, &pair))
}

fn field(fields: &[(String, Option<String>)], name: &str) -> Option<String> {
    fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| value.clone())
}

fn single(call: &Call, status: StatusCode, pair: &Attribute) -> Response {
    let (names, cells) = row(pair);
    call.reply(status, call.encoder(DisplayMode::Value).single(&names, &cells))
}

fn row((key, value): &Attribute) -> ([Arc<str>; 2], [Cell; 2]) {
    let cell = |text: &str| Cell { value: text.to_owned(), ..Cell::default() };
    (["key".into(), "value".into()], [cell(key), cell(value)])
}
