//! `POST …/attachment/file`: a file as the body of the request.

use axum::body::{Body, BodyDataStream};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::inbound::{Inbound, created};
use crate::engine::NewAttachment;
use crate::http::body;
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;

/// Attaches the body to a record; the parameters say to which, and under which name.
pub(crate) async fn create(
    State(face): State<Face>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let mut chunks = body.into_data_stream();
    match receive(&face, &call, &headers, &mut chunks).await {
        Ok(sys_id) => created(&face, &call, &sys_id).await,
        Err(failure) => {
            body::drain(&mut chunks).await;
            Err(failure)
        }
    }
}

async fn receive(
    face: &Face,
    call: &Call,
    headers: &HeaderMap,
    chunks: &mut BodyDataStream,
) -> Result<String, Failure> {
    let new = described(call, headers)?;
    let mut inbound = Inbound::open(face, &call.session, body::declared(headers), new).await?;
    while let Some(chunk) = body::next(chunks).await? {
        inbound.push(chunk).await?;
    }
    inbound.finish().await
}

fn described(call: &Call, headers: &HeaderMap) -> Result<NewAttachment, Failure> {
    let given = |name: &str| call.parameters.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let needed =
        |name: &str| given(name).ok_or_else(|| Failure::bad_parameter(&format!("{name} is missing")));
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(NewAttachment {
        table: needed("table_name")?,
        record: needed("table_sys_id")?,
        file_name: needed("file_name")?,
        content_type: content_type.unwrap_or("application/octet-stream").to_owned(),
        encryption_context: given("encryption_context"),
        created_on: given("creation_time"),
    })
}
