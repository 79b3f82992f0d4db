//! The Attachment API: files on records, streamed in and out. One method per file.

mod attributes;
mod create;
mod delete;
mod download;
mod form;
mod get;
mod inbound;
mod list;
mod range;
mod rename;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::face::Face;
use super::failure::Failure;
use super::version::Version;
use crate::engine::{Cell, Session};

/// The paths of one version.
pub(super) fn routes(version: Version) -> Router<Face> {
    let path = format!("{}/attachment", version.path());
    Router::new()
        .route(&path, get(list::list))
        .route(&format!("{path}/"), get(list::list))
        .route(&format!("{path}/file"), post(create::create))
        .route(&format!("{path}/upload"), post(form::upload))
        .route(
            &format!("{path}/{{sys_id}}"),
            get(get::get).patch(rename::rename).put(rename::rename).delete(delete::delete),
        )
        .route(&format!("{path}/{{sys_id}}/file"), get(download::download))
        .route(
            &format!("{path}/{{sys_id}}/attributes"),
            get(attributes::list).post(attributes::create).delete(attributes::clear),
        )
        .route(
            &format!("{path}/{{sys_id}}/attributes/{{key}}"),
            get(attributes::get).put(attributes::update).delete(attributes::delete),
        )
        .layer(DefaultBodyLimit::disable())
        .layer(axum::Extension(version))
}

/// A description: names and values.
type Described = (Vec<Arc<str>>, Vec<Cell>);

/// What is known of an attachment, or 404.
async fn describe(face: &Face, session: &Arc<Session>, sys_id: &str) -> Result<Described, Failure> {
    let (session, sys_id) = (Arc::clone(session), sys_id.to_owned());
    face.ask(move |engine| engine.attachment(&session, &sys_id)).await
}
