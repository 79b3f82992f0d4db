//! `GET …/import/{table}/{sys_id}`: what became of a row.

use axum::extract::State;

use super::Reply;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::json::Json;
use crate::http::segments::Segments;

/// In the shape of the reply to its insertion.
pub(crate) async fn get(
    State(face): State<Face>,
    call: Call,
    Segments((table, sys_id)): Segments<(String, String)>,
) -> Result<Json<impl serde::Serialize>, Failure> {
    let session = call.session.clone();
    let row = face.ask(move |engine| engine.imported(&session, &table, &sys_id)).await?;
    Ok(Json(Reply::of(&call, row)))
}
