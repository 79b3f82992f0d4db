//! Looks field names up in the dictionary before they are sent.
//!
//! ServiceNow drops a query term on a field it does not know and answers with more rows than were asked for; it ignores
//! unknown columns of a write. Both are refused here. Where the gateway's account may not read the dictionary,
//! nothing is checked.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use servicenow::TableSchema;
use servicenow::query::Query;

use super::selection::Selection;
use super::write::Change;
use crate::access::Guard;
use crate::error::{Error, Peer};
use crate::instance::Instance;
use crate::schema;

/// Checks what every record of a query is to be set to, before any is looked for.
pub fn check_set(fields: &HashMap<String, String>) -> Result<(), Error> {
    if fields.is_empty() {
        return Err(Error::invalid("fields", "is required: what to set in each record"));
    }
    if fields.contains_key("sys_id") {
        return Err(Error::invalid("fields", "cannot set sys_id: it is what the records are"));
    }
    Ok(())
}

/// Checks columns that are to be shown.
pub async fn check_columns<'a>(
    guard: &Guard,
    columns: impl IntoIterator<Item = &'a str> + Clone,
) -> Result<(), Error> {
    check_fields(guard, columns.clone()).await?;
    guard.check_columns(columns).await
}

/// Checks columns whose values decide: orders, groups, aggregates.
pub async fn check_deciding<'a>(
    guard: &Guard,
    columns: impl IntoIterator<Item = &'a str> + Clone,
) -> Result<(), Error> {
    check_fields(guard, columns.clone()).await?;
    guard.check_deciding(columns).await
}

/// Checks what a query names.
pub async fn check_query(guard: &Guard, query: &Query) -> Result<(), Error> {
    check_fields(guard, query.fields()).await?;
    guard.check_query(query).await
}

/// Checks what a read names.
pub async fn check_selection(guard: &Guard, selection: &Selection) -> Result<(), Error> {
    check_columns(guard, selection.fields.iter().map(String::as_str)).await?;
    check_query(guard, &selection.query).await
}

/// Checks what a write names.
pub async fn check_change(guard: &Guard, change: &Change) -> Result<(), Error> {
    check_fields(guard, change.fields.keys().map(String::as_str)).await?;
    guard.check_written(&change.fields, change.input_display_value)
}

/// Fails with [`Error::FieldUnknown`] naming every field that the table does not have, and with
/// [`Error::TableUnknown`] for a table that is not there.
pub async fn check_fields<'a>(guard: &Guard, fields: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
    if !guard.instance.check_fields() {
        return Ok(());
    }
    let fields: BTreeSet<&str> = fields.into_iter().collect();
    if fields.is_empty() {
        return Ok(());
    }
    let unknown = unknown_fields(guard, fields).await?;
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Error::FieldUnknown { table: guard.table().to_owned(), fields: unknown })
}

/// The fields that the table does not have, sorted.
pub async fn unknown_fields(guard: &Guard, fields: BTreeSet<&str>) -> Result<Vec<String>, Error> {
    let instance = &guard.instance;
    let Some(schema) = readable_schema(instance, guard.table()).await? else { return Ok(Vec::new()) };
    let mut unknown = Vec::new();
    for field in fields {
        if !exists(instance, &schema, field).await? {
            unknown.push(field.to_owned());
        }
    }
    Ok(unknown)
}

/// Follows the path of a field through references; a table on the way that cannot be read ends the check in favor of
/// the field.
async fn exists(instance: &Instance, schema: &Arc<TableSchema>, path: &str) -> Result<bool, Error> {
    let mut schema = schema.clone();
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let Some(column) = schema.column(name) else { return Ok(false) };
        if names.peek().is_none() {
            return Ok(true);
        }
        let Some(target) = column.reference.clone() else { return Ok(false) };
        match readable_schema(instance, &target).await? {
            Some(next) => schema = next,
            None => return Ok(true),
        }
    }
    Ok(false)
}

/// The table's schema; `None` where the account may not read the dictionary.
pub(crate) async fn readable_schema(
    instance: &Instance,
    table: &str,
) -> Result<Option<Arc<TableSchema>>, Error> {
    match schema::table(instance, table).await {
        Ok(schema) if schema.columns.is_empty() => Ok(None),
        Ok(schema) => Ok(Some(schema)),
        Err(Error::Instance { peer: Peer::Forbidden { .. }, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
