//! The metadata endpoints that clients use besides the dictionary's own tables. They exist unversioned and in
//! JSON only.

mod columns;
mod tables;
mod view;

use axum::Router;
use axum::routing::get;

use super::face::Face;

/// `doc/table/schema`, `doc/table/schema/{table}` and `ui/meta/{table}`.
pub(super) fn routes() -> Router<Face> {
    Router::new()
        .route("/api/now/doc/table/schema", get(tables::tables))
        .route("/api/now/doc/table/schema/{table}", get(columns::columns))
        .route("/api/now/ui/meta/{table}", get(view::view))
}
