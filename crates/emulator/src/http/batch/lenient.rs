//! JSON with single quotes, which the platform reads and its documentation writes.

/// The same text with double quotes. What is wrong with it otherwise stays wrong.
pub(crate) fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, '\'' | '"') => {
                quote = Some(letter);
                out.push('"');
            }
            (Some(open), _) if letter == open => {
                quote = None;
                out.push('"');
            }
            (Some(_), '\\') => match letters.next() {
                Some('\'') => out.push('\''),
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push('\\'),
            },
            (Some(_), '"') => out.push_str("\\\""),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes() {
        for (text, expected) in [
            ("{'a':'b'}", r#"{"a":"b"}"#),
            (r#"{'a':"it's"}"#, r#"{"a":"it's"}"#),
            (r#"{'a':'say "x"'}"#, r#"{"a":"say \"x\""}"#),
            (r"{'a':'it\'s \n'}", r#"{"a":"it's \n"}"#),
            ("'\\", r#""\"#),
        ] {
            assert_eq!(double_quoted(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn strict_json_stays_as_it_is(value in ".*") {
            let json = serde_json::to_string(&[value]).unwrap();
            prop_assert_eq!(double_quoted(&json), json);
        }
    }
}
