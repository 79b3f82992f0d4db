//! Tables and columns, from the instance's dictionary; the ServiceNow client caches them.
//!
//! What decides (checks of names, rules, types of columns) is read with the gateway's own account and shared: it must not
//! depend on who asks, and a column that a person may not see must not pass for one that is not there. What is shown is
//! read as the person who asks, with a cache of their own.

use std::sync::Arc;

use servicenow::{Client, TableInfo, TableName, TableSchema};

use crate::error::Error;
use crate::instance::{Instance, Subject};

/// A table's name, fit for a path.
pub fn table_name(text: &str) -> Result<TableName, Error> {
    if text.is_empty() {
        return Err(Error::invalid("table", "is required, as in \"incident\""));
    }
    text.parse().map_err(|_| Error::invalid("table", "must be letters, digits and underscores"))
}

/// A table with its columns, inherited ones included, to decide by. Fails with [`Error::TableUnknown`].
pub async fn table(instance: &Instance, table: &str) -> Result<Arc<TableSchema>, Error> {
    read(instance, instance.own(), table).await
}

/// The same to be shown: what the caller may see of it.
pub async fn shown(instance: &Instance, table: &str) -> Result<Arc<TableSchema>, Error> {
    read(instance, instance.client(), table).await
}

/// The table, where it is known already.
pub fn cached(instance: &Instance, table: &str) -> Option<Arc<TableSchema>> {
    instance.own().cached_schema(table)
}

async fn read(instance: &Instance, client: &Client, table: &str) -> Result<Arc<TableSchema>, Error> {
    if let Some(cached) = client.cached_schema(table) {
        return Ok(cached); // no place needed: nothing is asked of the instance
    }
    instance.call("schema", Subject::table(table), client.table_schema(table)).await
}

/// All tables by name, those only whose name or label holds `contains`, in any letter case.
pub async fn tables(instance: &Instance, contains: &str) -> Result<Vec<TableInfo>, Error> {
    let tables = instance.call("tables", Subject::none(), instance.client().tables()).await?;
    let contains = contains.to_lowercase();
    let mut tables: Vec<TableInfo> = tables
        .into_iter()
        .filter(|table| {
            table.name.to_lowercase().contains(&contains) || table.label.to_lowercase().contains(&contains)
        })
        .collect();
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(tables)
}

/// Forgets a table's columns and which table extends which: the next call reads them anew.
pub async fn forget(instance: &Instance, table: &str) {
    instance.client().forget_schema(table);
    instance.forget_hierarchy().await;
}
