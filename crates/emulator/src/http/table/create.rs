//! `POST …/table/{table}`: a new record.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::wants_no_body;
use crate::engine;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::payload::Payload;
use crate::http::segments::Segments;

/// What a path segment cannot hold as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.');

/// Inserts a record and answers with it. A writer who may not read what it wrote gets an empty one.
pub(crate) async fn create(
    State(face): State<Face>,
    call: Call,
    Segments(table): Segments<String>,
    headers: HeaderMap,
    Payload(fields): Payload,
) -> Result<Response, Failure> {
    let projection = call.parameters.projection();
    let encoder = call.encoder(projection.display);
    let mode = call.parameters.write_mode();
    let (session, into) = (call.session.clone(), table.clone());
    let (sys_id, (names, cells)) = face
        .ask(move |engine| {
            let sys_id = engine.insert(&session, &into, fields, &mode)?;
            match engine.get(&session, &into, &sys_id, &projection) {
                Err(engine::Error::NotFound) => Ok((sys_id, (Vec::new(), Vec::new()))),
                record => Ok((sys_id, record?)),
            }
        })
        .await?;
    let mut response = if wants_no_body(&headers) {
        StatusCode::CREATED.into_response()
    } else {
        call.reply(StatusCode::CREATED, encoder.single(&names, &cells))
    };
    response.headers_mut().insert(LOCATION, location(&call, &table, &sys_id));
    Ok(response)
}

/// Where the new record is. The caller may have chosen its sys_id.
fn location(call: &Call, table: &str, sys_id: &str) -> HeaderValue {
    let table = utf8_percent_encode(table, ESCAPED);
    let url = call.url(&format!("table/{table}/{}", utf8_percent_encode(sys_id, ESCAPED)));
    HeaderValue::from_str(&url).expect("all that is not ASCII is percent-encoded")
}
