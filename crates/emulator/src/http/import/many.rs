//! `POST …/import/{table}/insertMultiple`: many rows, transformed after the reply.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::batch::lenient;
use crate::http::body;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::format::Format;
use crate::http::json::Json;
use crate::http::segments::Segments;

#[derive(Deserialize)]
struct Sent {
    records: Vec<Map<String, Value>>,
}

#[derive(Serialize)]
pub(crate) struct Queued {
    import_set_id: String,
    multi_import_set_id: String,
}

/// Takes the rows in and names their set. The parameter `multi_import_set_id` is given back.
pub(crate) async fn create(
    State(face): State<Face>,
    call: Call,
    Segments(table): Segments<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Queued>), Failure> {
    if Format::sent(&headers) != Some(Format::Json) {
        return Err(Failure::unsupported_media_type());
    }
    let bytes = body::read(&headers, body, face.instance.settings.max_body_bytes).await?;
    let rows = parse(&bytes)?;
    let session = call.session.clone();
    let set = face.ask(move |engine| engine.import_many(&session, &table, rows)).await?;
    let import_set_id = set.sys_id.clone();
    let (instance, session) = (Arc::clone(&face.instance), call.session.clone());
    tokio::task::spawn_blocking(move || {
        if let Err(error) = instance.engine.transform(&session, &set) {
            tracing::error!(%error, set = set.number, "an import set was not transformed");
        }
    });
    let multi = call.parameters.get("multi_import_set_id").unwrap_or_default().to_owned();
    Ok((StatusCode::CREATED, Json(Queued { import_set_id, multi_import_set_id: multi })))
}

/// A row as it was sent.
type Row = Vec<(String, Option<String>)>;

fn parse(bytes: &[u8]) -> Result<Vec<Row>, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::unreadable("The body is not UTF-8 text"))?;
    let sent: Sent = serde_json::from_str(text)
        .or_else(|error| serde_json::from_str(&lenient::double_quoted(text)).map_err(|_| error))
        .map_err(|error| Failure::unreadable(&error.to_string()))?;
    let field = |(name, value)| match value {
        Value::Null => (name, None),
        Value::String(text) => (name, Some(text)),
        other => (name, Some(other.to_string())),
    };
    Ok(sent.records.into_iter().map(|record| record.into_iter().map(field).collect()).collect())
}
