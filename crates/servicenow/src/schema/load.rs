//! Reading the tables that describe tables.

use std::collections::{BTreeMap, HashMap};

use super::{ChoiceInfo, ChoiceMode, ColumnInfo, TableInfo, TableSchema};
use crate::query::{Operator, Query};
use crate::{Client, Error, List, Read, Record, Refusal, Scan, TableName};

/// No table extends more; what does is a cycle.
const MAX_ANCESTORS: usize = 32;

pub(super) async fn tables(client: &Client) -> Result<Vec<TableInfo>, Error> {
    let mut tables: Vec<TableInfo> = scan(client, "sys_db_object", Query::new(), TABLE_FIELDS)
        .await?
        .iter()
        .map(table_info)
        .filter(|table| !table.name.is_empty())
        .collect();
    // Where the parent's name cannot be dot-walked, its row is among these.
    let names: HashMap<String, String> =
        tables.iter().map(|table| (table.sys_id.clone(), table.name.clone())).collect();
    for table in &mut tables {
        if let Some(name) = table.super_class.as_ref().and_then(|parent| names.get(parent)) {
            table.super_class = Some(name.clone());
        }
    }
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(tables)
}

pub(super) async fn schema(client: &Client, table: &TableName) -> Result<TableSchema, Error> {
    let own = table_row(client, "name", table.as_str()).await?;
    let own = own.ok_or_else(|| Error::InvalidTable { table: table.to_string() })?;
    let lineage = lineage(client, &own).await?;
    let names = lineage.join(",");
    let query =
        Query::new().and("name", Operator::In, names.as_str()).and("element", Operator::IsNotEmpty, "");
    let rows = scan(client, "sys_dictionary", query.clone(), COLUMN_FIELDS).await?;
    let mut columns = columns(&rows, &lineage);
    if columns.is_empty() {
        let message = format!("the dictionary of {table} cannot be read");
        return Err(Error::Forbidden(Refusal { status: 200, message, detail: None }));
    }
    let language = query.and("language", Operator::Is, "en");
    match scan(client, "sys_choice", language, CHOICE_FIELDS).await {
        Ok(rows) => add_choices(&mut columns, &rows, &lineage),
        // Callers without a role may not; a schema without labels is better than none.
        Err(Error::Forbidden(refusal)) => tracing::debug!(%table, %refusal, "choices cannot be read"),
        Err(error) => return Err(error),
    }
    let columns = columns.into_values().collect();
    Ok(TableSchema { name: own.name, label: own.label, extends: lineage[1..].to_vec(), columns })
}

const TABLE_FIELDS: &[&str] = &["sys_id", "name", "label", "super_class", "super_class.name"];

const COLUMN_FIELDS: &[&str] = &[
    "sys_id",
    "name",
    "element",
    "column_label",
    "internal_type",
    "reference",
    "max_length",
    "mandatory",
    "read_only",
    "display",
    "default_value",
    "choice",
    "active",
];

const CHOICE_FIELDS: &[&str] =
    &["sys_id", "name", "element", "value", "label", "dependent_value", "sequence", "inactive"];

fn read(fields: &[&str]) -> Read {
    let fields = fields.iter().map(|&field| field.to_owned()).collect();
    Read { fields, exclude_reference_link: true, ..Read::default() }
}

async fn scan(client: &Client, table: &str, query: Query, fields: &[&str]) -> Result<Vec<Record>, Error> {
    let mut scan = client.scan::<Record>(table, Scan { query, read: read(fields), ..Scan::default() });
    let mut rows = Vec::new();
    while let Some(page) = scan.next_page().await? {
        rows.extend(page.rows);
    }
    Ok(rows)
}

async fn table_row(client: &Client, key: &str, value: &str) -> Result<Option<TableInfo>, Error> {
    let query = Query::new().and(key, Operator::Is, value);
    let list = List { query, read: read(TABLE_FIELDS), limit: 1, ..List::default() };
    let page = client.list::<Record>("sys_db_object", &list).await?;
    Ok(page.rows.first().map(table_info))
}

/// The table and those it extends, the nearest first.
async fn lineage(client: &Client, table: &TableInfo) -> Result<Vec<String>, Error> {
    let mut lineage = vec![table.name.clone()];
    let mut parent = table.super_class.clone();
    while let Some(name) = parent {
        // Where the name cannot be dot-walked, it is the parent's sys_id.
        let row = match table_row(client, "name", &name).await? {
            Some(row) => Some(row),
            None => table_row(client, "sys_id", &name).await?,
        };
        let Some(row) = row else { break };
        if lineage.contains(&row.name) || lineage.len() > MAX_ANCESTORS {
            return Err(Error::Decode(format!("the ancestry of table {} has no end", table.name)));
        }
        lineage.push(row.name);
        parent = row.super_class;
    }
    Ok(lineage)
}

fn table_info(row: &Record) -> TableInfo {
    let super_class = filled(row, "super_class.name").or_else(|| filled(row, "super_class"));
    TableInfo { name: text(row, "name"), label: text(row, "label"), super_class, sys_id: text(row, "sys_id") }
}

fn columns(rows: &[Record], lineage: &[String]) -> BTreeMap<String, ColumnInfo> {
    let mut columns = BTreeMap::new();
    for ancestor in lineage {
        for row in rows.iter().filter(|row| row.value("name") == Some(ancestor)) {
            let Some(name) = filled(row, "element").filter(|_| row.value("active") != Some("false")) else {
                continue;
            };
            columns.entry(name).or_insert_with_key(|name| column(row, name, ancestor));
        }
    }
    columns
}

fn column(row: &Record, name: &str, table: &str) -> ColumnInfo {
    ColumnInfo {
        name: name.to_owned(),
        label: filled(row, "column_label").unwrap_or_else(|| name.to_owned()),
        internal_type: text(row, "internal_type"),
        reference: filled(row, "reference"),
        max_length: filled(row, "max_length").and_then(|text| text.parse().ok()),
        mandatory: is_true(row, "mandatory"),
        read_only: is_true(row, "read_only"),
        display: is_true(row, "display"),
        default_value: filled(row, "default_value"),
        choice_mode: match row.value("choice") {
            Some("1") => ChoiceMode::DropdownWithNone,
            Some("2") => ChoiceMode::Suggestion,
            Some("3") => ChoiceMode::Dropdown,
            _ => ChoiceMode::None,
        },
        defined_on: table.to_owned(),
        choices: Vec::new(),
    }
}

/// A table's choices for a column replace those of the tables it extends.
fn add_choices(columns: &mut BTreeMap<String, ColumnInfo>, rows: &[Record], lineage: &[String]) {
    let rank = |row: &Record| lineage.iter().position(|table| row.value("name") == Some(table));
    let mut nearest: HashMap<&str, usize> = HashMap::new();
    let usable = rows.iter().filter(|row| !is_true(row, "inactive"));
    let usable: Vec<(&str, usize, &Record)> =
        usable.filter_map(|row| Some((row.value("element")?, rank(row)?, row))).collect();
    for (element, rank, _) in &usable {
        let best = nearest.entry(element).or_insert(*rank);
        *best = (*best).min(*rank);
    }
    for (element, rank, row) in usable {
        if let Some(column) = columns.get_mut(element).filter(|_| nearest[element] == rank) {
            column.choices.push(choice(row));
        }
    }
    for column in columns.values_mut() {
        column.choices.sort_by(|one, other| (one.sequence, &one.value).cmp(&(other.sequence, &other.value)));
    }
}

fn choice(row: &Record) -> ChoiceInfo {
    ChoiceInfo {
        value: text(row, "value"),
        label: text(row, "label"),
        dependent_value: filled(row, "dependent_value"),
        sequence: filled(row, "sequence").and_then(|text| text.parse().ok()).unwrap_or(0),
    }
}

fn text(row: &Record, field: &str) -> String {
    row.value(field).unwrap_or_default().to_owned()
}

fn filled(row: &Record, field: &str) -> Option<String> {
    row.value(field).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn is_true(row: &Record, field: &str) -> bool {
    matches!(row.value(field), Some("true" | "1"))
}
