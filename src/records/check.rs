//! Looks field names up in the dictionary before they are sent.
//!
//! ServiceNow drops a query term on a field it does not know and answers with more rows than were asked for; it ignores
//! unknown columns of a write. Both are refused here. Where the gateway's account may not read the dictionary,
//! nothing is checked.

use std::collections::BTreeSet;
use std::sync::Arc;

use servicenow::TableSchema;

use crate::error::{Error, Peer};
use crate::instance::Instance;
use crate::schema;

/// Fails with [`Error::FieldUnknown`] naming every field that the table does not have, and with
/// [`Error::TableUnknown`] for a table that is not there.
pub async fn check_fields<'a>(
    instance: &Instance,
    table: &str,
    fields: impl IntoIterator<Item = &'a str>,
) -> Result<(), Error> {
    if !instance.check_fields() {
        return Ok(());
    }
    let fields: BTreeSet<&str> = fields.into_iter().collect();
    if fields.is_empty() {
        return Ok(());
    }
    let unknown = unknown_fields(instance, table, fields).await?;
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Error::FieldUnknown { table: table.to_owned(), fields: unknown })
}

/// The fields that the table does not have, sorted.
pub(crate) async fn unknown_fields(
    instance: &Instance,
    table: &str,
    fields: BTreeSet<&str>,
) -> Result<Vec<String>, Error> {
    let Some(schema) = readable(instance, table).await? else { return Ok(Vec::new()) };
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
        match readable(instance, &target).await? {
            Some(next) => schema = next,
            None => return Ok(true),
        }
    }
    Ok(false)
}

/// The table's schema; `None` where the account may not read the dictionary.
async fn readable(instance: &Instance, table: &str) -> Result<Option<Arc<TableSchema>>, Error> {
    match schema::table(instance, table).await {
        Ok(schema) if schema.columns.is_empty() => Ok(None),
        Ok(schema) => Ok(Some(schema)),
        Err(Error::Instance { peer: Peer::Forbidden { .. }, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
