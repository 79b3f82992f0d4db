//! `GET /api/now/doc/table/schema`: every table.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;

use crate::http::face::Face;
use crate::http::json;

#[derive(Serialize)]
struct Table {
    label: String,
    value: String,
    reference: bool,
}

/// The tables by name.
pub(crate) async fn tables(State(face): State<Face>) -> impl IntoResponse {
    let schema = face.instance.engine.schema();
    let tables = schema.tables.values();
    let tables =
        tables.map(|table| Table { label: table.label.clone(), value: table.name.clone(), reference: false });
    json::result(tables.collect::<Vec<_>>())
}
