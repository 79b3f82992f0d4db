//! `GET /api/now/doc/table/schema/{table}`: the columns of a table, inherited ones included.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;

use crate::engine::Error;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::json;
use crate::http::segments::Segments;

#[derive(Serialize)]
struct Column {
    label: String,
    value: String,
    reference: bool,
}

/// The columns in the dictionary's order.
pub(crate) async fn columns(
    State(face): State<Face>,
    Segments(table): Segments<String>,
) -> Result<impl IntoResponse, Failure> {
    let schema = face.instance.engine.schema();
    let table = schema.table(&table).ok_or(Error::InvalidTable(table))?;
    let columns = table.columns.iter().map(|column| Column {
        label: column.label.clone(),
        value: column.element.clone(),
        reference: column.reference.is_some(),
    });
    Ok(json::result(columns.collect::<Vec<_>>()))
}
