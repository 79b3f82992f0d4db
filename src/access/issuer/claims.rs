//! What a token of another issuer says. A name that is there twice makes it none: readers would not agree on it.

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A JSON object, each name of which is there once.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Claims;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Claims, A::Error> {
                let mut claims = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if claims.insert(name, value).is_some() {
                        return Err(A::Error::custom("a name is there twice"));
                    }
                }
                Ok(Claims(claims))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

impl Claims {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A time in whole seconds. The standard also has fractions.
    pub(super) fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        let fraction = || value.as_f64().filter(|seconds| seconds.abs() < 1e12).map(|seconds| seconds as i64);
        value.as_i64().or_else(fraction)
    }

    /// A text, or a list of texts and nothing else.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        texts(self.0.get(name)).unwrap_or_default()
    }

    /// The texts at a path: the claim of that very name, or one within others, names separated by dots. What OAuth has
    /// as words in one text are several.
    pub(super) fn texts_at(&self, path: &str) -> Vec<&str> {
        let found = texts(self.0.get(path).or_else(|| self.within(path))).unwrap_or_default();
        match path {
            "scope" | "scp" => found.into_iter().flat_map(str::split_whitespace).collect(),
            _ => found,
        }
    }

    fn within(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let mut value = self.0.get(names.next()?)?;
        for name in names {
            value = value.get(name)?;
        }
        Some(value)
    }
}

fn texts(value: Option<&Value>) -> Option<Vec<&str>> {
    match value? {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_found_where_issuers_put_them() {
        let claims: Claims = serde_json::from_str(
            r#"{"groups": ["a", "b c"], "realm_access": {"roles": ["d"]}, "https://x.example/roles": "e f",
                "scope": "g h", "mixed": ["i", 1], "number": 1, "exp": 12.9}"#,
        )
        .unwrap();
        let cases: [(&str, &[&str]); 8] = [
            ("groups", &["a", "b c"]),
            ("realm_access.roles", &["d"]),
            ("https://x.example/roles", &["e f"]),
            ("scope", &["g", "h"]),
            ("mixed", &[]),
            ("number", &[]),
            ("realm_access", &[]),
            ("none.at.all", &[]),
        ];
        for (path, expected) in cases {
            assert_eq!(claims.texts_at(path), expected, "{path}");
        }
        assert_eq!((claims.seconds("exp"), claims.seconds("groups")), (Some(12), None));
    }

    #[test]
    fn a_name_is_there_once() {
        assert!(serde_json::from_str::<Claims>(r#"{"sub": "a", "sub": "b"}"#).is_err());
        assert!(serde_json::from_str::<Claims>(r#"{"sub": "a", "\u0073ub": "b"}"#).is_err());
        assert!(serde_json::from_str::<Claims>(r#"["sub"]"#).is_err());
    }
}
