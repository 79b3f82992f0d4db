//! `GET …/attachment/{sys_id}`: what is known of one attachment.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::describe;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::segments::Segments;

/// The description.
pub(crate) async fn get(
    State(face): State<Face>,
    call: Call,
    Segments(sys_id): Segments<String>,
) -> Result<Response, Failure> {
    let (names, cells) = describe(&face, &call.session, &sys_id).await?;
    Ok(call.reply(StatusCode::OK, call.attachment_encoder().single(&names, &cells)))
}
