//! `PATCH …/attachment/{sys_id}`: another file name.

use axum::extract::State;
use http::StatusCode;

use super::describe;
use crate::engine::WriteMode;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::payload::Payload;
use crate::http::segments::Segments;

/// Changes `file_name` and nothing else; 204 and no body.
pub(crate) async fn rename(
    State(face): State<Face>,
    call: Call,
    Segments(sys_id): Segments<String>,
    Payload(fields): Payload,
) -> Result<StatusCode, Failure> {
    describe(&face, &call.session, &sys_id).await?;
    let name = fields.into_iter().find(|(field, _)| field == "file_name").and_then(|(_, name)| name);
    let name = name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Failure::bad_parameter("file_name is missing"))?;
    let fields = vec![("file_name".to_owned(), Some(name))];
    let mode = WriteMode::default();
    face.ask(move |engine| engine.update(&call.session, "sys_attachment", &sys_id, fields, &mode)).await?;
    Ok(StatusCode::NO_CONTENT)
}
