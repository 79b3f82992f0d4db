//! The columns of an export, typed by the dictionary.

use std::sync::Arc;

use columnar::Columns;
use servicenow::{ColumnInfo, DisplayMode, TableSchema};

use super::Spec;
use crate::access::Guard;
use crate::error::Error;
use crate::instance::Instance;
use crate::records::readable_schema;

/// The columns that were asked for, once the export is known to be the caller's; all of the table that the caller may see
/// where none were. What the dictionary does not tell is text, and so is what is masked.
pub async fn columns(guard: &Guard, spec: &Spec) -> Result<Arc<Columns>, Error> {
    spec.check(guard).await?;
    let instance = &guard.instance;
    let schema = readable_schema(instance, spec.table.as_str()).await?;
    let fields = match (&schema, spec.fields.is_empty()) {
        (_, false) => spec.fields.clone(),
        (Some(schema), true) => all(guard, schema),
        (None, true) => {
            let problem = "name them: the gateway's account may not read which columns the table has";
            return Err(Error::invalid("fields", problem));
        }
    };
    let mut described = Vec::with_capacity(fields.len());
    for field in fields {
        if described.iter().any(|(known, _)| *known == field) {
            return Err(Error::invalid("fields", format!("{field} is named twice")));
        }
        let info = match &schema {
            Some(schema) if !guard.masks(&field) => describe(instance, schema, &field).await?,
            _ => None,
        };
        described.push((field, info));
    }
    let described: Vec<_> = described.iter().map(|(field, info)| (field.clone(), info.as_ref())).collect();
    let columns = Columns::new(&described, spec.display, spec.types);
    twice(&columns)?;
    Ok(Arc::new(columns))
}

/// The key first, so that people see it.
fn all(guard: &Guard, schema: &TableSchema) -> Vec<String> {
    let shown = schema.columns.iter().filter(|column| guard.shows(&column.name));
    let names = shown.map(|column| column.name.clone());
    let (mut key, rest): (Vec<_>, Vec<_>) = names.partition(|name| name == "sys_id");
    key.extend(rest);
    key
}

/// Follows a dot-walked path; `None` where a table on the way cannot be read.
async fn describe(
    instance: &Instance,
    schema: &Arc<TableSchema>,
    path: &str,
) -> Result<Option<ColumnInfo>, Error> {
    let mut schema = schema.clone();
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let Some(column) = schema.column(name) else { return Ok(None) };
        if names.peek().is_none() {
            return Ok(Some(column.clone()));
        }
        let Some(target) = column.reference.clone() else { return Ok(None) };
        match readable_schema(instance, &target).await? {
            Some(next) => schema = next,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// Columns of what people see are named after the field: a field may have that very name.
fn twice(columns: &Columns) -> Result<(), Error> {
    if columns.display() != DisplayMode::Both {
        return Ok(());
    }
    let mut names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Error::invalid("fields", format!("two columns would be named {}", pair[0]))),
        None => Ok(()),
    }
}
