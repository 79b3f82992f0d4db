//! The definitions that ship with the instance: `schema/tables/*.toml`.

use serde::Deserialize;
use toml::{Table as Toml, Value};

use super::definition::{Definition, Number, Override};
use super::fill::sys_id;
use super::{Choice, Column, Error, Kind, types};

const FILES: [(&str, &str); 11] = [
    ("task.toml", include_str!("tables/task.toml")),
    ("incident.toml", include_str!("tables/incident.toml")),
    ("problem.toml", include_str!("tables/problem.toml")),
    ("change.toml", include_str!("tables/change.toml")),
    ("request.toml", include_str!("tables/request.toml")),
    ("user.toml", include_str!("tables/user.toml")),
    ("organization.toml", include_str!("tables/organization.toml")),
    ("cmdb.toml", include_str!("tables/cmdb.toml")),
    ("knowledge.toml", include_str!("tables/knowledge.toml")),
    ("metadata.toml", include_str!("tables/metadata.toml")),
    ("import.toml", include_str!("tables/import.toml")),
];
const SYSTEM: (&str, &str) = ("system.toml", include_str!("tables/system.toml"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    label: String,
    plural: String,
    extends: Option<String>,
    number: Option<String>,
    display: Option<String>,
    #[serde(default)]
    domain: bool,
    #[serde(default)]
    class_path: bool,
    class_label: Option<String>,
    #[serde(default)]
    audit: bool,
    #[serde(default)]
    columns: Toml,
    #[serde(default)]
    overrides: Toml,
    #[serde(default)]
    choices: Toml,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ColumnFile {
    r#type: String,
    label: Option<String>,
    default: Option<String>,
    key: Option<String>,
    dependent: Option<String>,
    #[serde(default)]
    mandatory: bool,
    #[serde(default)]
    read_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideFile {
    label: Option<String>,
    default: Option<String>,
    mandatory: Option<bool>,
    read_only: Option<bool>,
}

/// All built-in tables.
pub(super) fn definitions() -> Result<Vec<Definition>, Error> {
    let mut tables = Vec::new();
    for (file, text) in FILES.into_iter().chain([SYSTEM]) {
        let refuse = |message: String| Error::File { file, message };
        let entries: Toml = text.parse().map_err(|error: toml::de::Error| refuse(error.to_string()))?;
        for (name, value) in entries {
            let table: TableFile = value.try_into().map_err(|error| refuse(format!("{name}: {error}")))?;
            tables.push((name, table));
        }
    }
    let extended: Vec<String> = tables.iter().filter_map(|(_, table)| table.extends.clone()).collect();
    tables.into_iter().map(|(name, table)| definition(name, table, &extended)).collect()
}

fn definition(name: String, file: TableFile, extended: &[String]) -> Result<Definition, Error> {
    let mut columns =
        if file.extends.is_none() { system_columns(&file, extended.contains(&name)) } else { Vec::new() };
    for (element, value) in &file.columns {
        columns.push((element.clone(), column_file(&name, element, value)?));
    }
    let choices = choices(&name, &file.choices)?;
    let mut own = Vec::with_capacity(columns.len());
    for (element, column) in columns {
        let has_choices = choices.iter().any(|(of, _)| *of == element);
        own.push(column_of(&name, element, column, has_choices, file.display.as_deref())?);
    }
    if let Some(display) =
        file.display.as_ref().filter(|display| !own.iter().any(|one| one.element == **display))
    {
        return Err(Error::definition(&name, format!("its display column {display} is not its own")));
    }
    Ok(Definition {
        sys_id: sys_id(&["sys_db_object", &name]),
        label: file.label,
        plural: file.plural,
        extends: file.extends,
        number: file.number.map(|prefix| Number { prefix, digits: 7 }),
        audit: file.audit,
        columns: own,
        overrides: overrides(&name, file.overrides)?,
        choices,
        name,
    })
}

/// What every root has, and what a root of several classes or of domains has besides.
fn system_columns(file: &TableFile, has_classes: bool) -> Vec<(String, ColumnFile)> {
    let mut columns = Vec::new();
    let mut add = |element: &str, kind: &str, label: &str, read_only: bool| {
        let column = ColumnFile {
            r#type: kind.to_owned(),
            label: Some(label.to_owned()),
            read_only,
            ..ColumnFile::default()
        };
        columns.push((element.to_owned(), column));
    };
    add("sys_id", "GUID", "Sys ID", true);
    add("sys_created_on", "glide_date_time", "Created", true);
    add("sys_created_by", "string", "Created by", true);
    add("sys_updated_on", "glide_date_time", "Updated", true);
    add("sys_updated_by", "string", "Updated by", true);
    add("sys_mod_count", "integer", "Updates", true);
    add("sys_tags", "related_tags", "Tags", false);
    if has_classes {
        add("sys_class_name", "sys_class_name 80", file.class_label.as_deref().unwrap_or("Class"), true);
    }
    if file.class_path {
        add("sys_class_path", "sys_class_path", "Sys class path", true);
    }
    if file.domain {
        add("sys_domain", "domain_id sys_user_group", "Domain", false);
        add("sys_domain_path", "domain_path", "Domain Path", false);
    }
    columns
}

/// `"reference sys_user"` or a table of keys.
fn column_file(table: &str, element: &str, value: &Value) -> Result<ColumnFile, Error> {
    if let Value::String(short) = value {
        return Ok(ColumnFile { r#type: short.clone(), ..ColumnFile::default() });
    }
    let refuse = |error| Error::definition(table, format!("column {element}: {error}"));
    value.clone().try_into().map_err(refuse)
}

fn column_of(
    table: &str,
    element: String,
    file: ColumnFile,
    choice: bool,
    display: Option<&str>,
) -> Result<Column, Error> {
    let (name, argument) = file.r#type.split_once(' ').unwrap_or((&file.r#type, ""));
    let known = types::find(name).ok_or_else(|| Error::UnknownType(name.to_owned()))?;
    let length: Option<u32> = argument.parse().ok();
    let reference = Some(argument).filter(|text| !text.is_empty() && length.is_none()).map(str::to_owned);
    Ok(Column {
        label: file.label.unwrap_or_else(|| label(&element, known.name == "reference")),
        kind: Kind::of(name),
        internal_type: name.to_owned(),
        reference,
        reference_key: file.key,
        max_length: length.unwrap_or(known.length),
        choice,
        default_value: file.default.filter(|value| !value.is_empty()),
        mandatory: file.mandatory,
        read_only: file.read_only,
        dependent: file.dependent,
        display: display == Some(element.as_str()),
        defined_on: table.to_owned(),
        element,
    })
}

/// `assignment_group` → `Assignment group`, `caller_id` → `Caller`, `u_number` → `Number`.
fn label(element: &str, reference: bool) -> String {
    let element = element.strip_prefix("u_").unwrap_or(element);
    let words = element.strip_suffix("_id").filter(|_| reference).unwrap_or(element).replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn overrides(table: &str, entries: Toml) -> Result<Vec<Override>, Error> {
    let mut overrides = Vec::with_capacity(entries.len());
    for (element, value) in entries {
        let refuse = |error| Error::definition(table, format!("override of {element}: {error}"));
        let file: OverrideFile = value.try_into().map_err(refuse)?;
        overrides.push(Override {
            element,
            label: file.label,
            default_value: file.default,
            mandatory: file.mandatory,
            read_only: file.read_only,
        });
    }
    Ok(overrides)
}

/// `value = "Label"`, or `dependent value = { value = "Label" }`.
fn choices(table: &str, entries: &Toml) -> Result<Vec<(String, Vec<Choice>)>, Error> {
    let mut lists = Vec::with_capacity(entries.len());
    for (element, list) in entries {
        let refuse = || Error::definition(table, format!("choices of {element} are not values with labels"));
        let mut choices = Vec::new();
        for (key, value) in list.as_table().ok_or_else(refuse)? {
            match value {
                Value::String(label) => choices.push(choice(key, label, None)),
                Value::Table(under) => {
                    for (value, label) in under {
                        choices.push(choice(value, label.as_str().ok_or_else(refuse)?, Some(key)));
                    }
                }
                _ => return Err(refuse()),
            }
        }
        lists.push((element.clone(), choices));
    }
    Ok(lists)
}

fn choice(value: &str, label: &str, dependent: Option<&str>) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), dependent_value: dependent.map(str::to_owned) }
}
