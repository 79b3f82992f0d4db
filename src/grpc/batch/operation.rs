//! An operation of the API, parsed. What does not parse is that operation's error.

use std::collections::HashMap;

use crate::batch::{Incoming, Kind, Operation};
use crate::error::Error;
use crate::grpc::request;
use crate::pb::operation::Kind as Wire;
use crate::pb::{self, CreateOperation, DeleteOperation, GetOperation, UpdateOperation};
use crate::records::Change;

pub(super) fn parse(operation: pb::Operation) -> Incoming {
    let pb::Operation { id, kind } = operation;
    let parsed = match kind {
        Some(Wire::Get(get)) => parse_get(get),
        Some(Wire::Create(create)) => parse_create(create),
        Some(Wire::Update(update)) => parse_update(update),
        Some(Wire::Delete(delete)) => parse_delete(delete),
        None => Err(Error::invalid("operations.kind", "is required: one of get, create, update, delete")),
    };
    match parsed {
        Ok((table, kind)) => Incoming::Operation(Operation { id, table, kind }),
        Err(error) => Incoming::Refused { id, error },
    }
}

type Parsed = Result<(servicenow::TableName, Kind), Error>;

fn parse_get(get: GetOperation) -> Parsed {
    let kind = Kind::Get {
        sys_id: request::sys_id(&get.sys_id)?,
        fields: request::fields("fields", get.fields)?,
        display: request::display(get.display)?,
    };
    Ok((request::table(&get.table)?, kind))
}

fn parse_create(create: CreateOperation) -> Parsed {
    let request_id = request::request_id(&create.request_id)?;
    if request_id.is_some() && create.fields.contains_key("sys_id") {
        let problem = "cannot stand beside a sys_id; a sys_id makes the operation idempotent by itself";
        return Err(Error::invalid("request_id", problem));
    }
    // It chooses the record, and with it the order of operations.
    if let Some(sys_id) = create.fields.get("sys_id").filter(|sys_id| !sys_id.is_empty()) {
        request::sys_id(sys_id)?;
    }
    let table = request::table(&create.table)?;
    Ok((table, Kind::Create { change: change(create.fields, create.input_display_value), request_id }))
}

fn parse_update(update: UpdateOperation) -> Parsed {
    let sys_id = request::sys_id(&update.sys_id)?;
    let table = request::table(&update.table)?;
    Ok((table, Kind::Update { sys_id, change: change(update.fields, update.input_display_value) }))
}

fn parse_delete(delete: DeleteOperation) -> Parsed {
    let sys_id = request::sys_id(&delete.sys_id)?;
    Ok((request::table(&delete.table)?, Kind::Delete { sys_id, allow_missing: delete.allow_missing }))
}

fn change(fields: HashMap<String, String>, input_display_value: bool) -> Change {
    let fields = fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
    Change { fields, input_display_value, ..Change::default() }
}
