//! `POST …/import/{table}`: one row, transformed before the reply.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use super::Reply;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::payload::Payload;
use crate::http::segments::Segments;

/// Takes the row in. A row that its maps refuse is a success all the same: each result says what became of it.
pub(crate) async fn create(
    State(face): State<Face>,
    call: Call,
    Segments(table): Segments<String>,
    Payload(fields): Payload,
) -> Result<Response, Failure> {
    let session = call.session.clone();
    let row = face.ask(move |engine| engine.import(&session, &table, fields)).await?;
    let location = call.url(&format!("import/{}/{}", row.staging_table, row.sys_id));
    let location = HeaderValue::from_str(&location).map_err(|error| Failure::internal(&error))?;
    let mut response = (StatusCode::CREATED, Json(Reply::of(&call, row))).into_response();
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}
