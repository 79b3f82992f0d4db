//! Placeholders, and how an answer is compared with what the list expects.

use serde_json::Value;

/// The same with parts of earlier answers in the place of `${name.path}`.
pub(super) fn filled(value: &Value, known: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, one)| (key.clone(), filled(one, known))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|one| filled(one, known)).collect()),
        Value::String(text) => filled_text(text, known),
        other => other.clone(),
    }
}

fn filled_text(text: &str, known: &Value) -> Value {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (path, after) = after.split_once('}').expect("a placeholder ends");
        let part = found(path, known);
        if before.is_empty() && after.is_empty() && whole.is_empty() {
            return part.clone();
        }
        whole.push_str(before);
        whole.push_str(part.as_str().unwrap_or_else(|| panic!("{path} is no text: {part}")));
        rest = after;
    }
    whole.push_str(rest);
    Value::String(whole)
}

fn found<'a>(path: &str, known: &'a Value) -> &'a Value {
    path.split('.').fold(known, |here, key| match here {
        Value::Array(items) => {
            key.parse().ok().and_then(|index: usize| items.get(index)).unwrap_or(&Value::Null)
        }
        other => other.get(key).unwrap_or(&Value::Null),
    })
}

/// Says how an answer differs from what is expected of it.
pub(super) fn compare(expected: &Value, actual: &Value, at: &str) -> Result<(), String> {
    let differs = |expected: &Value| Err(format!("{at}: expected {expected}, got {actual:.500}"));
    let items = actual.as_array().map(Vec::as_slice).unwrap_or_default();
    match expected {
        Value::Object(fields) => {
            let special = fields.iter().next().map(|(key, value)| (key.as_str(), value));
            let holds = match special {
                Some(("$length", length)) => length.as_u64() == Some(items.len() as u64),
                Some(("$matches", pattern)) => actual.as_str().is_some_and(|text| matches(pattern, text)),
                Some(("$not", other)) => other != actual,
                Some(("$has", all)) => all.as_array().unwrap().iter().all(|one| has(one, items)),
                _ => {
                    for (key, one) in fields {
                        compare(one, actual.get(key).unwrap_or(&Value::Null), &format!("{at}.{key}"))?;
                    }
                    actual.is_null() || actual.is_object()
                }
            };
            if holds { Ok(()) } else { differs(expected) }
        }
        Value::Array(all) if all.len() == items.len() => {
            let pairs = all.iter().zip(items).enumerate();
            pairs
                .into_iter()
                .try_for_each(|(index, (one, item))| compare(one, item, &format!("{at}.{index}")))
        }
        Value::Array(_) => differs(expected),
        other if other == actual || (is_nothing(other) && is_nothing(actual)) => Ok(()),
        other => differs(other),
    }
}

fn has(expected: &Value, items: &[Value]) -> bool {
    items.iter().any(|item| compare(expected, item, "").is_ok())
}

fn matches(pattern: &Value, text: &str) -> bool {
    regex::Regex::new(pattern.as_str().unwrap()).unwrap().is_match(text)
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value == "" || value == 0
}
