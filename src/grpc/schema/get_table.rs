//! GetTable.

use servicenow::{ColumnInfo, TableSchema};
use tonic::{Request, Response, Status};

use crate::access::{Guard, Operation};
use crate::grpc::{Gateway, request};
use crate::pb::{Choice, Column, GetTableRequest, GetTableResponse, Table};
use crate::schema;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<GetTableRequest>,
) -> Result<Response<GetTableResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let table = request::table(&message.table)?;

    let read = async {
        let guard = gateway.guard(&caller, &message.instance, &table, Operation::Read).await?;
        let schema = schema::shown(&guard.instance, table.as_str()).await?;
        Ok(encode(&guard, &schema))
    };
    Ok(Response::new(GetTableResponse { table: Some(request::until(deadline, read).await?) }))
}

/// Without the columns that the caller may not see.
fn encode(guard: &Guard, schema: &TableSchema) -> Table {
    let shown = schema.columns.iter().filter(|column| guard.shows(&column.name));
    let mut columns: Vec<Column> = shown.map(column).collect();
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
