//! Which rows must not be under way together: those that a transform map may take for the same record.
//!
//! A map that coalesces looks for a record with the same values in some fields, and makes one where there is none. Two
//! such rows at once would make two records, or leave the values of the earlier row. So a row waits for those before it
//! that have the same values in these fields; where the fields are not known, for all before it.

use std::collections::BTreeMap;

use servicenow::query::{Operator, Query};
use servicenow::{Fields, List, Page, Read, Record};

use crate::error::Error;
use crate::instance::{Instance, Subject};

/// More maps or fields than any staging table has.
const MOST: u64 = 1000;

/// The fields by which the maps of a staging table coalesce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coalescing {
    /// For each map that coalesces; `None` where that is not known.
    maps: Option<Vec<Vec<String>>>,
}

impl Coalescing {
    /// Reads the maps. Not known where the account may not read them, or a field is computed by a script.
    pub async fn of(instance: &Instance, table: &str) -> Result<Self, Error> {
        match read(instance, table).await {
            Ok(maps) => Ok(Coalescing { maps }),
            Err(Error::Instance { source: Some(reported), .. }) if is_refused(&reported) => {
                Ok(Coalescing { maps: None })
            }
            Err(Error::TableUnknown { .. }) => Ok(Coalescing { maps: None }),
            Err(error) => Err(error),
        }
    }

    /// What a row has in common with those that it must not be under way with.
    pub(super) fn keys(&self, row: &Fields) -> Vec<String> {
        let Some(maps) = &self.maps else { return vec![String::new()] };
        let key = |(place, fields): (usize, &Vec<String>)| {
            let values = fields.iter().map(|field| value(row, field));
            let joined: Vec<String> = values.map(|value| format!("{}:{value}", value.len())).collect();
            format!("{place}/{}", joined.join("/"))
        };
        maps.iter().enumerate().map(key).collect()
    }
}

/// As instances compare. Fields may be named without their prefix; what is named otherwise counts as empty.
fn value(row: &Fields, field: &str) -> String {
    let bare = field.strip_prefix("u_").unwrap_or(field);
    let found = [field, bare].into_iter().find_map(|name| row.get(name)?.as_deref());
    found.unwrap_or_default().trim().to_lowercase()
}

fn is_refused(reported: &servicenow::Error) -> bool {
    matches!(reported, servicenow::Error::Forbidden(_) | servicenow::Error::NotFound(_))
}

async fn read(instance: &Instance, table: &str) -> Result<Option<Vec<Vec<String>>>, Error> {
    let query = Query::new().and("source_table", Operator::Is, table).and("active", Operator::Is, "true");
    let maps = rows(instance, "sys_transform_map", query, &["sys_id"]).await?;
    let ids: Vec<&str> = maps.iter().filter_map(|map| map.value("sys_id")).collect();
    if ids.is_empty() {
        return Ok(None); // none, or none that the account may see
    }
    let query = Query::new().and("map", Operator::In, ids.join(",")).and("coalesce", Operator::Is, "true");
    let entries = rows(instance, "sys_transform_entry", query, &["map", "source_field"]).await?;
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in &entries {
        let (Some(map), Some(field)) = (entry.value("map"), entry.value("source_field")) else {
            return Ok(None);
        };
        if field.is_empty() {
            return Ok(None);
        }
        fields.entry(map.to_owned()).or_default().push(field.to_owned());
    }
    Ok(Some(fields.into_values().collect()))
}

async fn rows(instance: &Instance, table: &str, query: Query, fields: &[&str]) -> Result<Vec<Record>, Error> {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    let read = Read { fields, exclude_reference_link: true, ..Read::default() };
    let list = List { query: query.order_by("sys_id"), read, limit: MOST, ..List::default() };
    let call = instance.client().list(table, &list);
    let page: Page<Record> = instance.call("list", Subject::table(table), call).await?;
    Ok(page.rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fields: &[(&str, &str)]) -> Fields {
        fields.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect()
    }

    #[test]
    fn rows_that_may_be_one_record_have_a_key_in_common() {
        let fields = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let by = |maps: &[&[&str]]| Coalescing { maps: Some(maps.iter().map(|map| fields(map)).collect()) };
        let unknown = Coalescing { maps: None };
        for (coalescing, one, other, meet) in [
            (by(&[&["u_a"]]), row(&[("u_a", "x"), ("u_b", "1")]), row(&[("a", " X")]), true),
            (by(&[&["u_a"]]), row(&[("u_a", "x")]), row(&[("u_a", "y")]), false),
            (by(&[&["u_a"]]), row(&[("A label", "x")]), row(&[("A label", "y")]), true),
            (by(&[&["a", "b"]]), row(&[("a", "x"), ("b", "1")]), row(&[("a", "x"), ("b", "2")]), false),
            (by(&[&["a", "b"]]), row(&[("a", "x/1:1"), ("b", "")]), row(&[("a", "x"), ("b", "1")]), false),
            (by(&[&["a"], &["b"]]), row(&[("a", "x"), ("b", "1")]), row(&[("a", "y"), ("b", "1")]), true),
            (by(&[]), row(&[("a", "x")]), row(&[("a", "x")]), false),
            (unknown, row(&[("a", "x")]), row(&[("a", "y")]), true),
        ] {
            let keys = coalescing.keys(&one);
            let met = coalescing.keys(&other).iter().any(|key| keys.contains(key));
            assert_eq!(met, meet, "{coalescing:?} {one:?} {other:?}");
        }
    }
}
