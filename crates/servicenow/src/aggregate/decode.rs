//! `{"result":{"stats":…}}` or a list of such with `groupby_fields`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};

use super::{Group, GroupKey};
use crate::decode::{CellSeed, envelope};
use crate::{DisplayMode, Error};

pub(super) fn groups(body: &[u8], display: DisplayMode) -> Result<Vec<Group>, Error> {
    let groups = envelope(body, OneOrMany)?;
    Ok(groups.into_iter().map(|group| group.into_group(display)).collect())
}

#[derive(Deserialize)]
struct GroupText {
    stats: Stats,
    #[serde(default)]
    groupby_fields: Vec<KeyText>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stats {
    count: Option<Text>,
    sum: BTreeMap<String, Text>,
    avg: BTreeMap<String, Text>,
    min: BTreeMap<String, Text>,
    max: BTreeMap<String, Text>,
}

#[derive(Deserialize)]
struct KeyText {
    field: String,
    #[serde(default)]
    value: Text,
    #[serde(default)]
    display_value: Option<Text>,
}

/// Text, whatever JSON it came as.
#[derive(Default)]
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        let cell = CellSeed { display: DisplayMode::Value }.deserialize(deserializer)?;
        Ok(Text(cell.value.or(cell.display_value).unwrap_or_default().into_owned()))
    }
}

impl GroupText {
    fn into_group(self, display: DisplayMode) -> Group {
        let plain =
            |map: BTreeMap<String, Text>| map.into_iter().map(|(field, text)| (field, text.0)).collect();
        let Stats { count, sum, avg, min, max } = self.stats;
        Group {
            keys: self.groupby_fields.into_iter().map(|key| key.into_key(display)).collect(),
            count: count.and_then(|count| count.0.parse().ok()),
            sum: plain(sum),
            avg: plain(avg),
            min: plain(min),
            max: plain(max),
        }
    }
}

impl KeyText {
    fn into_key(self, display: DisplayMode) -> GroupKey {
        let value = self.value.0;
        let display_value = match display {
            DisplayMode::Value => None,
            DisplayMode::Display => Some(value.clone()),
            DisplayMode::Both => self.display_value.map(|text| text.0),
        };
        GroupKey { field: self.field, value, display_value }
    }
}

struct OneOrMany;

impl<'de> DeserializeSeed<'de> for OneOrMany {
    type Value = Vec<GroupText>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<GroupText>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Vec<GroupText>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("one group or a list of groups")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<GroupText>, A::Error> {
        GroupText::deserialize(MapAccessDeserializer::new(map)).map(|group| vec![group])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<GroupText>, A::Error> {
        let mut groups = Vec::new();
        while let Some(group) = seq.next_element()? {
            groups.push(group);
        }
        Ok(groups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_group_without_keys() {
        let body = br#"{"result":{"stats":{"count":"42","avg":{"reassignment_count":"1.8300"},"sum":{"business_stc":28800}}}}"#;
        let groups = groups(body, DisplayMode::Value).unwrap();
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].count, Some(42));
        assert_eq!(groups[0].avg["reassignment_count"], "1.8300");
        assert_eq!(groups[0].sum["business_stc"], "28800");
        assert!(groups[0].keys.is_empty());
    }

    #[test]
    fn groups_with_keys() {
        let one =
            |key: &str| format!(r#"{{"result":[{{"stats":{{"count":"3"}},"groupby_fields":[{key}]}}]}}"#);
        for (mode, key, value, display_value) in [
            (DisplayMode::Value, r#"{"value":"7","field":"state"}"#, "7", None),
            (DisplayMode::Value, r#"{"value":"","field":"state"}"#, "", None),
            (DisplayMode::Display, r#"{"value":"Closed","field":"state"}"#, "Closed", Some("Closed")),
            (
                DisplayMode::Both,
                r#"{"display_value":"Closed","value":"7","field":"state"}"#,
                "7",
                Some("Closed"),
            ),
        ] {
            let groups = groups(one(key).as_bytes(), mode).unwrap();
            let display_value = display_value.map(str::to_owned);
            let expected = GroupKey { field: "state".to_owned(), value: value.to_owned(), display_value };
            assert_eq!(groups[0].keys, [expected], "{key}");
        }
        assert_eq!(groups(br#"{"result":[]}"#, DisplayMode::Value).unwrap(), []);
        assert!(matches!(groups(br#"{"result":null}"#, DisplayMode::Value), Err(Error::Decode(_))));
    }
}
