//! The map: which foreign column becomes which element, and how its values are read.
//!
//! ```toml
//! key = "number"                 # rows with the same key are one record; without it every row is one
//! version = "sys_mod_count"      # of them the row with the highest number is kept, the last of equals
//! missing = ["?"]                # values that mean "empty"; the empty text always does
//! date_formats = ["%d/%m/%Y %H:%M"]
//! zone = "UTC"                   # of the dates
//! ignore = ["row_id"]            # columns that are not loaded; any other column must be mapped
//!
//! [columns]
//! number = "number"                                         # the element
//! state = { element = ["state", "incident_state"], values = { Active = "2" } }   # labels that differ
//! created = { element = "sys_created_on", otherwise = "opened" }                  # where it is empty
//! caller = { element = "caller_id", fill = { user_name = "{slug}" } }             # of the record made
//! symptom = { element = "u_symptom", label = "Symptom", type = "string" }         # a column made
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use chrono_tz::Tz;
use serde::Deserialize;

use super::Error;

/// A map file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    pub(super) key: Option<String>,
    pub(super) version: Option<String>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
    #[serde(default)]
    pub(super) date_formats: Vec<String>,
    #[serde(default, deserialize_with = "zone")]
    pub(super) zone: Tz,
    #[serde(default)]
    pub(super) ignore: Vec<String>,
    #[serde(deserialize_with = "columns")]
    pub(super) columns: Vec<Entry>,
}

/// A foreign column and what becomes of it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) foreign: String,
    pub(super) rule: Rule,
}

/// What becomes of a foreign column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    #[serde(deserialize_with = "one_or_more")]
    pub(super) element: Vec<String>,
    /// Label → stored value, where the label is not the instance's. Letter case does not matter.
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
    /// The foreign column to take where this one is empty.
    pub(super) otherwise: Option<String>,
    /// Columns of a record made for a name; `{}` is the name, `{slug}` the name as a user name.
    #[serde(default)]
    pub(super) fill: BTreeMap<String, String>,
    /// With `type`: the column is made if the table lacks it.
    pub(super) label: Option<String>,
    pub(super) r#type: Option<String>,
    /// The table that a new reference column refers to.
    pub(super) reference: Option<String>,
}

impl Map {
    pub(super) fn read(path: &Path) -> Result<Map, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::file(path, source))?;
        let map: Map = text
            .parse::<toml::Table>()
            .and_then(toml::Table::try_into)
            .map_err(|error| Error::Map { path: path.to_owned(), problem: error.to_string() })?;
        map.check().map_err(|problem| Error::Map { path: path.to_owned(), problem })?;
        Ok(map)
    }

    /// Whether the text means "empty".
    pub(super) fn is_missing(&self, text: &str) -> bool {
        text.is_empty() || self.missing.iter().any(|marker| marker == text)
    }

    fn check(&self) -> Result<(), String> {
        let mapped = |name: &String| self.columns.iter().any(|entry| entry.foreign == *name);
        let others = self.columns.iter().filter_map(|entry| entry.rule.otherwise.as_ref());
        for name in self.key.iter().chain(others) {
            if !mapped(name) {
                return Err(format!("{name:?} is not one of its columns"));
            }
        }
        for entry in &self.columns {
            if entry.rule.element.is_empty() {
                return Err(format!("column {:?} has no element", entry.foreign));
            }
            if entry.rule.label.is_some() != entry.rule.r#type.is_some() {
                return Err(format!("column {:?} needs both label and type to be made", entry.foreign));
            }
        }
        Ok(())
    }
}

fn zone<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(from)?;
    name.parse().map_err(|_| serde::de::Error::custom(format!("no time zone is named {name:?}")))
}

fn one_or_more<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        One(String),
        More(Vec<String>),
    }
    Ok(match Names::deserialize(from)? {
        Names::One(name) => vec![name],
        Names::More(names) => names,
    })
}

fn columns<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Entry>, D::Error> {
    let table = toml::Table::deserialize(from)?;
    let mut entries = Vec::with_capacity(table.len());
    for (foreign, value) in table {
        let value = match value {
            toml::Value::String(element) => {
                let mut short = toml::Table::new();
                short.insert("element".to_owned(), toml::Value::String(element));
                toml::Value::Table(short)
            }
            value => value,
        };
        let rule = value
            .try_into()
            .map_err(|error| serde::de::Error::custom(format!("column {foreign}: {error}")))?;
        entries.push(Entry { foreign, rule });
    }
    Ok(entries)
}
