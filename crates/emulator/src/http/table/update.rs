//! `PUT` and `PATCH …/table/{table}/{sys_id}`: the same thing on this platform, only the fields sent change.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use super::wants_no_body;
use crate::engine;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::payload::Payload;
use crate::http::segments::Segments;

/// Updates the record and answers with all of it.
pub(crate) async fn update(
    State(face): State<Face>,
    call: Call,
    Segments((table, sys_id)): Segments<(String, String)>,
    headers: HeaderMap,
    Payload(fields): Payload,
) -> Result<Response, Failure> {
    let projection = call.parameters.projection();
    let encoder = call.encoder(projection.display);
    let mode = call.parameters.write_mode();
    let session = call.session.clone();
    let (names, cells) = face
        .ask(move |engine| {
            engine.update(&session, &table, &sys_id, fields, &mode)?;
            match engine.get(&session, &table, &sys_id, &projection) {
                // The update took the record out of the writer's sight.
                Err(engine::Error::NotFound) => Ok((Vec::new(), Vec::new())),
                record => record,
            }
        })
        .await?;
    if wants_no_body(&headers) {
        return Ok(StatusCode::OK.into_response());
    }
    Ok(call.reply(StatusCode::OK, encoder.single(&names, &cells)))
}
