//! The out-of-box rows: `generate/demo/*.toml` and the places.

use std::borrow::Cow;
use std::collections::HashMap;

use toml::{Table as Toml, Value};

use crate::schema::{self, Kind, Schema, StorageClass, Table};

use super::Error;
use super::row::{Cell, Row};
use super::words::{Site, Words};

const FILES: [&str; 7] = [
    include_str!("demo/organization.toml"),
    include_str!("demo/people.toml"),
    include_str!("demo/memberships.toml"),
    include_str!("demo/catalog.toml"),
    include_str!("demo/platform.toml"),
    include_str!("demo/work.toml"),
    include_str!("demo/imports.toml"),
];
/// What names a row where it has no key of its own.
const KEYS: [&str; 7] = ["key", "user_name", "name", "title", "number", "label", "display_name"];
const MADE: &str = "2016-08-31 07:00:00";

/// The rows, and their sys_ids by table and key.
#[derive(Debug, Default)]
pub(super) struct Demo {
    pub(super) rows: Vec<DemoRow>,
    ids: HashMap<(String, String), u128>,
}

#[derive(Debug)]
pub(super) struct DemoRow {
    pub(super) storage: String,
    pub(super) row: Row,
}

struct Entry {
    table: String,
    id: u128,
    fields: Toml,
}

impl Demo {
    /// Reads the files. Incidents are left out where the plan asks for none.
    pub(super) fn load(schema: &Schema, words: &Words, incidents: bool) -> Result<Demo, Error> {
        let mut demo = Demo::default();
        let mut entries = Vec::new();
        for file in FILES {
            let tables: Toml =
                file.parse().map_err(|error: toml::de::Error| Error::Demo(error.to_string()))?;
            for (table, rows) in tables {
                let Value::Array(rows) = rows else {
                    return Err(Error::Demo(format!("{table} is not a list")));
                };
                for fields in rows.into_iter().filter_map(|row| row.try_into().ok()) {
                    entries.push(demo.enter(&table, fields)?);
                }
            }
        }
        for site in &words.sites {
            entries.push(demo.enter("cmn_location", place(site))?);
        }
        for entry in entries.iter().filter(|entry| incidents || entry.table != "incident") {
            demo.rows.push(demo.row(schema, entry)?);
        }
        Ok(demo)
    }

    /// The sys_id of a row by its table and key.
    pub(super) fn id(&self, table: &str, key: &str) -> Result<u128, Error> {
        self.ids
            .get(&(table.to_owned(), key.to_owned()))
            .copied()
            .ok_or_else(|| Error::Demo(format!("there is no {table} {key:?}")))
    }

    /// Every key of a table with its sys_id, by key.
    pub(super) fn of(&self, table: &str) -> Vec<(String, u128)> {
        let mut found: Vec<(String, u128)> = self
            .ids
            .iter()
            .filter(|((of, _), _)| of == table)
            .map(|((_, key), id)| (key.clone(), *id))
            .collect();
        found.sort_unstable();
        found
    }

    fn enter(&mut self, table: &str, mut fields: Toml) -> Result<Entry, Error> {
        let key = KEYS.iter().find_map(|key| fields.get(*key)).and_then(Value::as_str).map(str::to_owned);
        let key = key.ok_or_else(|| Error::Demo(format!("a row of {table} has no key")))?;
        fields.remove("key");
        let id = match fields.remove("id") {
            Some(id) => id.as_str().and_then(parse),
            None => parse(&schema::sys_id(&["demo", table, &key])),
        };
        let id = id.ok_or_else(|| Error::Demo(format!("the id of {table} {key:?} is not 32 digits")))?;
        if self.ids.insert((table.to_owned(), key.clone()), id).is_some() {
            return Err(Error::Demo(format!("{table} {key:?} is there twice")));
        }
        Ok(Entry { table: table.to_owned(), id, fields })
    }

    fn row(&self, schema: &Schema, entry: &Entry) -> Result<DemoRow, Error> {
        let table =
            schema.table(&entry.table).ok_or_else(|| Error::Demo(format!("no table {}", entry.table)))?;
        let mut row = Row::new(entry.id);
        if let Some(unknown) = entry.fields.keys().find(|element| table.column(element).is_none()) {
            return Err(Error::Demo(format!("{} has no column {unknown}", entry.table)));
        }
        for column in &table.columns {
            let given = entry.fields.get(&column.element).and_then(Value::as_str);
            let Some(text) = given.or(column.default_value.as_deref()) else { continue };
            if let Some(cell) = self.cell(column.kind, text)? {
                row.cells.push((Cow::Owned(column.element.clone()), cell));
            }
        }
        complete(&mut row, table, entry);
        Ok(DemoRow { storage: table.storage.clone(), row })
    }

    fn cell(&self, kind: Kind, text: &str) -> Result<Option<Cell>, Error> {
        if let Some((table, key)) = text.strip_prefix('@').and_then(|path| path.split_once(':')) {
            return Ok(Some(Cell::Id(self.id(table, key)?)));
        }
        let bad = || Error::Demo(format!("{text:?} is not a value"));
        Ok(match kind.storage() {
            StorageClass::None => None,
            StorageClass::Text => Some(Cell::Text(Cow::Owned(text.to_owned()))),
            StorageClass::Real => Some(Cell::Real(text.parse().map_err(|_| bad())?)),
            StorageClass::Integer => Some(Cell::Number(match text {
                "true" => 1,
                "false" => 0,
                digits => digits.parse().map_err(|_| bad())?,
            })),
        })
    }
}

/// What every row has and a file need not say.
fn complete(row: &mut Row, table: &Table, entry: &Entry) {
    let own = |element: &str| Cow::Owned(element.to_owned());
    let given = |element: &str| entry.fields.contains_key(element);
    let mut add = |element: &str, text: &str| {
        if table.column(element).is_some() && !given(element) {
            row.cells.push((own(element), Cell::Text(Cow::Owned(text.to_owned()))));
        }
    };
    add("sys_created_on", MADE);
    add("sys_created_by", "system");
    add("sys_updated_on", MADE);
    add("sys_updated_by", "system");
    add("sys_class_name", &entry.table);
    add("sys_domain", "global");
    add("sys_domain_path", "/");
    let text = |element: &str| entry.fields.get(element).and_then(Value::as_str).unwrap_or_default();
    if entry.table == "sys_user" {
        let name = format!("{} {}", text("first_name"), text("last_name"));
        if !name.trim().is_empty() {
            add("name", name.trim());
        }
    }
    if table.storage == "sys_metadata" {
        let name = text("name");
        add("sys_name", if name.is_empty() { text("label") } else { name });
        add("sys_update_name", &format!("{}_{:032x}", entry.table, entry.id));
    }
    if !given("sys_mod_count") {
        row.cells.push((own("sys_mod_count"), Cell::Number(0)));
    }
}

fn place(site: &Site) -> Toml {
    let mut fields = Toml::new();
    let mut add = |element: &str, text: String| fields.insert(element.to_owned(), Value::String(text));
    add("name", site.name.to_owned());
    add("full_name", format!("{}/{}/{}", site.country, site.city, site.name));
    add("street", site.street.to_owned());
    add("city", site.city.to_owned());
    add("state", site.state.to_owned());
    add("zip", site.zip.to_owned());
    add("country", site.country.to_owned());
    add("latitude", site.latitude.to_string());
    add("longitude", site.longitude.to_string());
    add("time_zone", site.time_zone.to_owned());
    fields
}

fn parse(id: &str) -> Option<u128> {
    u128::from_str_radix(id, 16).ok().filter(|_| id.len() == 32)
}
