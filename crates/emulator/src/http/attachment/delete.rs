//! `DELETE …/attachment/{sys_id}`.

use axum::extract::State;
use http::StatusCode;

use super::describe;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::segments::Segments;

/// Deletes the attachment with its content; 204 and no body.
pub(crate) async fn delete(
    State(face): State<Face>,
    call: Call,
    Segments(sys_id): Segments<String>,
) -> Result<StatusCode, Failure> {
    describe(&face, &call.session, &sys_id).await?;
    face.ask(move |engine| engine.delete(&call.session, "sys_attachment", &sys_id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
