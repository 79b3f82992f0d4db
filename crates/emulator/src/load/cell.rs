//! From the text of a field to the value of a column.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use rusqlite::types::Value;

use crate::schema::{Kind, StorageClass, Table};

use super::map::Map;

/// The value of a text that is neither missing, a choice nor a reference; else what the column wants.
pub(super) fn value(kind: Kind, text: &str, map: &Map) -> Result<Value, &'static str> {
    match kind {
        Kind::Boolean => flag(text).map(|flag| Value::Integer(i64::from(flag))),
        Kind::Integer => text.parse().map(Value::Integer).map_err(|_| "is not a whole number"),
        Kind::Decimal | Kind::Currency => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Real(number)),
            _ => Err("is not a number"),
        },
        Kind::DateTime => {
            moment(text, map).map(|time| Value::Text(time.format("%Y-%m-%d %H:%M:%S").to_string()))
        }
        Kind::Date => date(text, map).map(|date| Value::Text(date.format("%Y-%m-%d").to_string())),
        Kind::Journal | Kind::JournalList => Err("cannot be loaded into a journal"),
        _ => Ok(Value::Text(text.to_owned())),
    }
}

fn flag(text: &str) -> Result<bool, &'static str> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err("is neither true nor false"),
    }
}

fn local(text: &str, map: &Map) -> Result<NaiveDateTime, &'static str> {
    let formats = map.date_formats.iter().map(String::as_str).chain(["%Y-%m-%d %H:%M:%S"]);
    for format in formats {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, format) {
            return Ok(time);
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, format) {
            return Ok(date.and_time(NaiveTime::MIN));
        }
    }
    Err("is not a date in any of the map's formats")
}

/// In UTC. Of a time that a change of clocks repeats, the earlier is meant.
fn moment(text: &str, map: &Map) -> Result<DateTime<Utc>, &'static str> {
    let local = local(text, map)?;
    let time = map.zone.from_local_datetime(&local).earliest();
    time.map(|time| time.to_utc()).ok_or("does not exist in the map's time zone")
}

fn date(text: &str, map: &Map) -> Result<NaiveDate, &'static str> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| local(text, map).map(|time| time.date()))
}

/// The value of a text that a definition holds; none where the column cannot hold it.
pub(super) fn plain(kind: Kind, text: &str) -> Option<Value> {
    match kind.storage() {
        StorageClass::None => None,
        StorageClass::Integer => flag(text).map(i64::from).or_else(|_| text.parse()).map(Value::Integer).ok(),
        StorageClass::Real => text.parse().map(Value::Real).ok(),
        StorageClass::Text => Some(Value::Text(text.to_owned())),
    }
}

/// What a new record of the table starts with.
pub(super) fn defaults(table: &Table) -> BTreeMap<&str, Value> {
    let mut values = BTreeMap::new();
    for column in &table.columns {
        let Some(text) = &column.default_value else { continue };
        let value = plain(column.kind, text);
        if let Some(value) = value {
            values.insert(column.element.as_str(), value);
        }
    }
    let now = Utc::now().format("%Y-%m-%d %H:%M:%S").to_string();
    let text = |text: &str| Value::Text(text.to_owned());
    for (element, value) in [
        ("sys_created_on", text(&now)),
        ("sys_created_by", text("system")),
        ("sys_updated_on", text(&now)),
        ("sys_updated_by", text("system")),
        ("sys_mod_count", Value::Integer(0)),
        ("sys_class_name", text(&table.name)),
        ("sys_domain", text("global")),
        ("sys_domain_path", text("/")),
    ] {
        if table.column(element).is_some() {
            values.insert(element, value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(zone: &str) -> Map {
        let text = format!("date_formats = ['%d/%m/%Y %H:%M']\nzone = '{zone}'\n[columns]\n");
        text.parse::<toml::Table>().unwrap().try_into().unwrap()
    }

    #[test]
    fn texts_become_values() {
        let text = |text: &str| Ok(Value::Text(text.to_owned()));
        for (kind, input, zone, expected) in [
            (Kind::DateTime, "29/2/2016 01:16", "UTC", text("2016-02-29 01:16:00")),
            (Kind::DateTime, "29/2/2016 01:16", "America/Sao_Paulo", text("2016-02-29 04:16:00")),
            (Kind::DateTime, "2016-02-29 01:16:05", "UTC", text("2016-02-29 01:16:05")),
            (Kind::DateTime, "30/2/2016 01:16", "UTC", Err("is not a date in any of the map's formats")),
            (Kind::DateTime, "13/3/2016 02:30", "US/Pacific", Err("does not exist in the map's time zone")),
            (Kind::Date, "1/2/2016 23:59", "US/Pacific", text("2016-02-01")),
            (Kind::Boolean, "TRUE", "UTC", Ok(Value::Integer(1))),
            (Kind::Boolean, "maybe", "UTC", Err("is neither true nor false")),
            (Kind::Integer, "-100", "UTC", Ok(Value::Integer(-100))),
            (Kind::Integer, "1.5", "UTC", Err("is not a whole number")),
            (Kind::Decimal, "1.5", "UTC", Ok(Value::Real(1.5))),
            (Kind::Decimal, "NaN", "UTC", Err("is not a number")),
            (Kind::Text, "as it is", "UTC", text("as it is")),
            (Kind::Journal, "said", "UTC", Err("cannot be loaded into a journal")),
        ] {
            assert_eq!(value(kind, input, &map(zone)), expected, "{kind:?} {input} {zone}");
        }
    }
}
