//! A stored value as the string it is on the wire.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use rusqlite::types::{Value, ValueRef};

use super::number;
use crate::schema::Kind;

/// What is shown of a password, in value and in display.
pub(crate) const MASK: &str = "********";

/// Appends the wire form. `absent` says that there is no row at all behind a dot-walk: an empty boolean of a
/// row is false, of no row nothing.
pub(crate) fn push(kind: Kind, value: ValueRef<'_>, absent: bool, out: &mut String) {
    match (kind, value) {
        // Not even whether there is one.
        (Kind::Password, _) => out.push_str(MASK),
        (Kind::Boolean, ValueRef::Null) if !absent => out.push_str("false"),
        (_, ValueRef::Null) => {}
        (Kind::Boolean, ValueRef::Integer(truth)) => out.push_str(if truth == 0 { "false" } else { "true" }),
        (_, ValueRef::Integer(number)) => out.push_str(&number.to_string()),
        (_, ValueRef::Real(number)) => out.push_str(&number::plain(number)),
        (_, ValueRef::Text(text)) => out.push_str(&String::from_utf8_lossy(text)),
        // Pieces of attachments.
        (_, ValueRef::Blob(bytes)) => STANDARD.encode_string(bytes, out),
    }
}

/// The wire form of an owned value.
pub(crate) fn text(kind: Kind, value: &Value) -> String {
    let mut out = String::new();
    push(kind, ValueRef::from(value), false, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_a_string() {
        let cases = [
            (Kind::Boolean, Value::Integer(1), "true"),
            (Kind::Boolean, Value::Null, "false"),
            (Kind::Integer, Value::Integer(102_197), "102197"),
            (Kind::Integer, Value::Null, ""),
            (Kind::Decimal, Value::Real(0.5), "0.5"),
            (Kind::Currency, Value::Real(500.0), "500"),
            (Kind::Password, Value::Text("hash".into()), MASK),
            (Kind::Password, Value::Null, MASK),
            (Kind::Text, Value::Text("é".into()), "é"),
            (Kind::Text, Value::Blob(vec![0, 255]), "AP8="),
        ];
        for (kind, value, expected) in cases {
            assert_eq!(text(kind, &value), expected, "{kind:?} {value:?}");
        }
        let mut out = String::new();
        push(Kind::Boolean, ValueRef::Null, true, &mut out);
        assert_eq!(out, "");
    }
}
