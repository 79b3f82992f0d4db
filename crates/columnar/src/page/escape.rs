//! JSON's escapes.

/// Adds the text that a string's inside stands for; `None` where an escape is none.
pub(super) fn unescape(inside: &str, out: &mut String) -> Option<()> {
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let escape = rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        match escape {
            b'"' => out.push('"'),
            b'\\' => out.push('\\'),
            b'/' => out.push('/'),
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => rest = unicode(rest, out)?,
            _ => return None,
        }
    }
    out.push_str(rest);
    Some(())
}

/// What follows `\u`: four digits, or twice four for what lies beyond the first plane. Gives what is left.
fn unicode<'t>(text: &'t str, out: &mut String) -> Option<&'t str> {
    let (high, rest) = four(text)?;
    if !(0xd800..0xdc00).contains(&high) {
        out.push(char::from_u32(high)?);
        return Some(rest);
    }
    let (low, rest) = four(rest.strip_prefix("\\u")?)?;
    if !(0xdc00..0xe000).contains(&low) {
        return None;
    }
    out.push(char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?);
    Some(rest)
}

fn four(text: &str) -> Option<(u32, &str)> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(digits, 16).ok()?, &text[4..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ours(inside: &str) -> Option<String> {
        let mut out = String::new();
        unescape(inside, &mut out).map(|()| out)
    }

    #[test]
    fn escapes_are_those_of_json() {
        assert_eq!(ours(r#"a\n\"\\\/\u00e9\ud83d\ude00z"#).unwrap(), "a\n\"\\/é😀z");
        for inside in [r"\x", r"\", r"\u12", r"\u12é", r"\ud83d", r"\ud83dx", r"\udc00", r"\ud83d\u0041"] {
            assert_eq!(ours(inside), None, "{inside}");
        }
    }

    proptest! {
        #[test]
        fn what_serde_writes_is_read_back(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(ours(&written[1..written.len() - 1]), Some(text));
        }

        #[test]
        fn any_escape_is_read_as_serde_reads_it(inside in r#"([a-z]|\\[a-z"\\/]|\\u[0-9a-fA-F]{4}|\\ud8[0-9]{2}\\udc[0-9]{2}){0,6}"#) {
            let serde = serde_json::from_str::<String>(&format!("\"{inside}\"")).ok();
            prop_assert_eq!(ours(&inside), serde);
        }
    }
}
