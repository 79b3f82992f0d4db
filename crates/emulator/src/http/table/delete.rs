//! `DELETE …/table/{table}/{sys_id}`.

use axum::extract::State;
use http::StatusCode;

use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::segments::Segments;

/// Deletes the record; 204 and no body. A second time it is 404.
pub(crate) async fn delete(
    State(face): State<Face>,
    call: Call,
    Segments((table, sys_id)): Segments<(String, String)>,
) -> Result<StatusCode, Failure> {
    face.ask(move |engine| engine.delete(&call.session, &table, &sys_id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
