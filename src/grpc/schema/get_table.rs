//! GetTable.

use servicenow::{ColumnInfo, TableSchema};
use tonic::{Request, Response, Status};

use crate::grpc::{Gateway, request};
use crate::pb::{Choice, Column, GetTableRequest, GetTableResponse, Table};
use crate::schema;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<GetTableRequest>,
) -> Result<Response<GetTableResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let message = request.into_inner();
    let instance = gateway.instances.get(&message.instance)?;
    let table = request::table(&message.table)?;

    let schema = request::until(deadline, schema::table(instance, table.as_str())).await?;
    Ok(Response::new(GetTableResponse { table: Some(encode(&schema)) }))
}

fn encode(schema: &TableSchema) -> Table {
    let mut columns: Vec<Column> = schema.columns.iter().map(column).collect();
    columns.sort_by(|one, other| one.name.cmp(&other.name));
    Table {
        name: schema.name.clone(),
        label: schema.label.clone(),
        ancestors: schema.extends.clone(),
        columns,
    }
}

fn column(column: &ColumnInfo) -> Column {
    let choices = column.choices.iter();
    Column {
        name: column.name.clone(),
        label: column.label.clone(),
        r#type: column.internal_type.clone(),
        reference: column.reference.clone().unwrap_or_default(),
        max_length: column.max_length.and_then(|length| i32::try_from(length).ok()).unwrap_or(0),
        mandatory: column.mandatory,
        read_only: column.read_only,
        display: column.display,
        default_value: column.default_value.clone().unwrap_or_default(),
        defined_on: column.defined_on.clone(),
        choices: choices
            .map(|choice| Choice { value: choice.value.clone(), label: choice.label.clone() })
            .collect(),
    }
}
