//! The values that `create` and `update` write.

use std::collections::HashMap;
use std::io::Read;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::args::Values;
use super::exit::Usage;

/// Those of --data, and over them those of FIELD=VALUE.
pub(crate) fn read(values: &Values) -> Result<HashMap<String, String>> {
    let mut fields = match &values.data {
        Some(source) => parse(&load(source)?)?,
        None => HashMap::new(),
    };
    fields.extend(values.pairs.iter().map(|pair| (pair.field.clone(), pair.value.clone())));
    Ok(fields)
}

/// What to print afterwards.
pub(crate) fn printed(values: &Values, written: &HashMap<String, String>) -> Vec<String> {
    if !values.fields.is_empty() {
        return values.fields.clone();
    }
    let mut names: Vec<String> =
        written.keys().filter(|name| *name != "sys_id" && *name != "number").cloned().collect();
    names.sort();
    ["sys_id", "number"].map(str::to_owned).into_iter().chain(names).collect()
}

fn load(source: &str) -> Result<String> {
    match source.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read {path}")),
        None if source == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read stdin")?;
            Ok(text)
        }
        None => Ok(source.to_owned()),
    }
}

/// ServiceNow's values are texts, so numbers and booleans become texts; null clears.
pub(crate) fn as_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn parse(text: &str) -> Result<HashMap<String, String>> {
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| Usage(format!("--data is not a JSON object: {error}")))?;
    let mut fields = HashMap::new();
    for (name, value) in object {
        let Some(value) = as_text(value) else {
            return Err(Usage(format!("--data: {name} is not a text, a number, true, false or null")).into());
        };
        fields.insert(name, value);
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    #[test]
    fn values_become_texts() {
        let fields = parse(r#"{"a": "x", "b": 1.5, "c": true, "d": null}"#).unwrap();
        let expected = [("a", "x"), ("b", "1.5"), ("c", "true"), ("d", "")];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }

    #[test]
    fn what_is_no_object_of_values_is_a_usage_error() {
        for text in ["", "[]", "1", "{\"a\": {}}", "{\"a\": [1]}", "{\"a\": 1"] {
            assert_eq!(Exit::of(&parse(text).unwrap_err()), Exit::Usage, "{text}");
        }
    }
}
