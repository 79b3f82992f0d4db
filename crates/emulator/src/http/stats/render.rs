//! Aggregates as text: every number a string.

use quick_xml::escape::escape;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::{DisplayMode, GroupValue, StatsRow};
use crate::http::format::Format;

/// The whole reply.
pub(super) fn render(format: Format, display: DisplayMode, grouped: bool, rows: &[StatsRow]) -> Vec<u8> {
    let results: Vec<Group<'_>> = rows.iter().map(|row| Group::new(row, display)).collect();
    match format {
        Format::Json if grouped => json(&results),
        Format::Json => json(&results.first()),
        Format::Xml => xml(&results).into_bytes(),
    }
}

#[derive(Serialize)]
struct Group<'a> {
    stats: Stats<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groupby_fields: Vec<Field<'a>>,
}

#[derive(Serialize)]
struct Stats<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<&'a str>,
    #[serde(skip_serializing_if = "ByField::is_empty")]
    avg: ByField<'a>,
    #[serde(skip_serializing_if = "ByField::is_empty")]
    sum: ByField<'a>,
    #[serde(skip_serializing_if = "ByField::is_empty")]
    min: ByField<'a>,
    #[serde(skip_serializing_if = "ByField::is_empty")]
    max: ByField<'a>,
}

#[derive(Serialize)]
struct Field<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_value: Option<&'a str>,
    value: &'a str,
    field: &'a str,
}

/// Fields and their aggregates, as an object in the order asked for.
struct ByField<'a>(&'a [(String, String)]);

impl ByField<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for ByField<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, value) in self.0 {
            map.serialize_entry(field, value)?;
        }
        map.end()
    }
}

impl<'a> Group<'a> {
    fn new(row: &'a StatsRow, display: DisplayMode) -> Self {
        Group {
            stats: Stats {
                count: row.count.as_deref(),
                avg: ByField(&row.avg),
                sum: ByField(&row.sum),
                min: ByField(&row.min),
                max: ByField(&row.max),
            },
            groupby_fields: row.groups.iter().map(|group| Field::new(group, display)).collect(),
        }
    }
}

impl<'a> Field<'a> {
    /// In display mode the value itself holds the display text.
    fn new(group: &'a GroupValue, display: DisplayMode) -> Self {
        let text = group.display.as_deref().unwrap_or(&group.value);
        let (display_value, value) = match display {
            DisplayMode::Value => (None, group.value.as_str()),
            DisplayMode::Display => (None, text),
            DisplayMode::Both => (Some(text), group.value.as_str()),
        };
        Field { display_value, value, field: &group.field }
    }
}

fn json<T: Serialize>(result: &T) -> Vec<u8> {
    #[derive(Serialize)]
    struct Reply<'a, T> {
        result: &'a T,
    }
    serde_json::to_vec(&Reply { result }).expect("strings are always representable")
}

fn xml(groups: &[Group<'_>]) -> String {
    let mut out = r#"<?xml version="1.0" encoding="UTF-8"?><response>"#.to_owned();
    for group in groups {
        out.push_str("<result>");
        xml_stats(&mut out, &group.stats);
        for field in &group.groupby_fields {
            xml_field(&mut out, field);
        }
        out.push_str("</result>");
    }
    out + "</response>"
}

fn xml_stats(out: &mut String, stats: &Stats<'_>) {
    out.push_str("<stats>");
    if let Some(count) = stats.count {
        element(out, "count", count);
    }
    let functions = [("avg", &stats.avg), ("sum", &stats.sum), ("min", &stats.min), ("max", &stats.max)];
    for (name, fields) in functions.into_iter().filter(|(_, fields)| !fields.is_empty()) {
        out.push_str(&format!("<{name}>"));
        for (field, value) in fields.0 {
            element(out, field, value);
        }
        out.push_str(&format!("</{name}>"));
    }
    out.push_str("</stats>");
}

fn xml_field(out: &mut String, field: &Field<'_>) {
    out.push_str("<groupby_fields>");
    if let Some(display) = field.display_value {
        element(out, "display_value", display);
    }
    element(out, "value", field.value);
    element(out, "field", field.field);
    out.push_str("</groupby_fields>");
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>{}</{name}>", escape(text)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<StatsRow> {
        vec![StatsRow {
            count: Some("3".to_owned()),
            avg: vec![("order".to_owned(), "1.5000".to_owned())],
            groups: vec![GroupValue {
                field: "state".into(),
                value: "1".into(),
                display: Some("A & B".into()),
            }],
            ..StatsRow::default()
        }]
    }

    #[test]
    fn every_form() {
        let grouped = &rows()[..];
        let ungrouped = &[StatsRow { groups: Vec::new(), ..rows().remove(0) }][..];
        for (format, display, rows, is_grouped, expected) in [
            (
                Format::Json,
                DisplayMode::Value,
                grouped,
                true,
                r#"{"result":[{"stats":{"count":"3","avg":{"order":"1.5000"}},"groupby_fields":[{"value":"1","field":"state"}]}]}"#,
            ),
            (
                Format::Json,
                DisplayMode::Both,
                grouped,
                true,
                r#"{"result":[{"stats":{"count":"3","avg":{"order":"1.5000"}},"groupby_fields":[{"display_value":"A & B","value":"1","field":"state"}]}]}"#,
            ),
            (
                Format::Json,
                DisplayMode::Value,
                ungrouped,
                false,
                r#"{"result":{"stats":{"count":"3","avg":{"order":"1.5000"}}}}"#,
            ),
            (Format::Json, DisplayMode::Value, &[][..], true, r#"{"result":[]}"#),
            (
                Format::Xml,
                DisplayMode::Display,
                grouped,
                true,
                r#"<?xml version="1.0" encoding="UTF-8"?><response><result><stats><count>3</count><avg><order>1.5000</order></avg></stats><groupby_fields><value>A &amp; B</value><field>state</field></groupby_fields></result></response>"#,
            ),
        ] {
            let text = String::from_utf8(render(format, display, is_grouped, rows)).unwrap();
            assert_eq!(text, expected);
        }
    }
}
