//! `GET …/table/{table}/{sys_id}`: one record.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::segments::Segments;

/// The record, with the fields and in the display mode asked for. `sysparm_query` and `sysparm_limit` mean
/// nothing here; clients send them all the same.
pub(crate) async fn get(
    State(face): State<Face>,
    call: Call,
    Segments((table, sys_id)): Segments<(String, String)>,
) -> Result<Response, Failure> {
    let projection = call.parameters.projection();
    let encoder = call.encoder(projection.display);
    let session = call.session.clone();
    let (names, cells) = face.ask(move |engine| engine.get(&session, &table, &sys_id, &projection)).await?;
    Ok(call.reply(StatusCode::OK, encoder.single(&names, &cells)))
}
