//! `GET …/attachment`: the attachments that match.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};

use crate::engine::{Engine, ListRequest};
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::page::Page;
use crate::http::table::{query_of, rows};

/// Attachments of a list without `sysparm_limit`.
const DEFAULT_LIMIT: u64 = 1_000;

/// A page of descriptions. Display values are not of this API; clients ask for them all the same.
pub(crate) async fn list(State(face): State<Face>, call: Call, method: Method) -> Result<Response, Failure> {
    let page = Page::with_default(&call.parameters, DEFAULT_LIMIT);
    let (session, parameters) = (call.session.clone(), call.parameters.clone());
    let (query, total) = face
        .ask(move |engine| {
            let query = query_of(engine, "sys_attachment", &parameters)?;
            let total = engine.count(&session, "sys_attachment", &query)?;
            Ok((query, total))
        })
        .await?;
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        let request = ListRequest {
            table: "sys_attachment".to_owned(),
            query,
            projection: Engine::attachment_projection(),
            limit: page.limit,
            offset: page.offset,
        };
        rows::stream(&face, call.session.clone(), request, call.attachment_encoder()).await?.body
    };
    let mut response = call.reply(StatusCode::OK, body);
    response.headers_mut().insert("x-total-count", total.into());
    Ok(response)
}
