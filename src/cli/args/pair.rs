//! `FIELD=VALUE`.

use std::str::FromStr;

/// A field and its value. The value may be empty, and may hold "=".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) field: String,
    pub(crate) value: String,
}

impl FromStr for Pair {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (field, value) = text.split_once('=').ok_or("write FIELD=VALUE")?;
        if !is_field(field) {
            return Err(
                "a field has small letters, digits, _ and dots; for other operators, write an encoded query",
            );
        }
        Ok(Self { field: field.to_owned(), value: value.to_owned() })
    }
}

/// A column's name, dot-walked where it has dots.
pub(super) fn is_field(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.');
    !text.is_empty() && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_the_first_equals_sign() {
        let cases = [
            ("a=b", Some(("a", "b"))),
            ("a=b=c", Some(("a", "b=c"))),
            ("a=", Some(("a", ""))),
            ("caller_id.name=Abel Tuter", Some(("caller_id.name", "Abel Tuter"))),
            ("a", None),
            ("=b", None),
            ("a!=b", None),
            ("a^b=c", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let pair = text.parse::<Pair>().ok();
            let pair = pair.as_ref().map(|pair| (pair.field.as_str(), pair.value.as_str()));
            assert_eq!(pair, expected, "{text}");
        }
    }
}
