//! `GET /api/now/ui/meta/{table}`: what a form needs to know of each column.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;

use crate::engine::Error;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::json;
use crate::http::segments::Segments;
use crate::schema::{self, Schema};

#[derive(Serialize)]
struct View {
    columns: BTreeMap<String, Column>,
}

#[derive(Serialize)]
struct Column {
    name: String,
    label: String,
    #[serde(rename = "type")]
    internal_type: String,
    mandatory: bool,
    read_only: bool,
    max_length: u32,
    filterable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_display_field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_attributes: Option<ReferenceAttributes>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Choice>,
}

#[derive(Serialize)]
struct ReferenceAttributes {
    reference_key: String,
}

#[derive(Serialize)]
struct Choice {
    label: String,
    value: String,
}

/// The columns by name.
pub(crate) async fn view(
    State(face): State<Face>,
    Segments(table): Segments<String>,
) -> Result<impl IntoResponse, Failure> {
    let schema = face.instance.engine.schema();
    let table = schema.table(&table).ok_or(Error::InvalidTable(table))?;
    let columns =
        table.columns.iter().map(|column| (column.element.clone(), describe(&schema, table, column)));
    Ok(json::result(View { columns: columns.collect() }))
}

fn describe(schema: &Schema, table: &schema::Table, column: &schema::Column) -> Column {
    let target = column.reference.as_deref().and_then(|reference| schema.table(reference));
    let choices = if column.choice { schema.choices(table, &column.element) } else { &[] };
    let key = column.reference_key.clone().unwrap_or_else(|| "sys_id".to_owned());
    Column {
        name: column.element.clone(),
        label: column.label.clone(),
        internal_type: column.internal_type.clone(),
        mandatory: column.mandatory,
        read_only: column.read_only,
        max_length: column.max_length,
        filterable: true,
        reference: column.reference.clone(),
        reference_display_field: target.map(|target| target.display.clone()),
        reference_attributes: column
            .reference
            .is_some()
            .then_some(ReferenceAttributes { reference_key: key }),
        choices: choices
            .iter()
            .map(|choice| Choice { label: choice.label.clone(), value: choice.value.clone() })
            .collect(),
    }
}
