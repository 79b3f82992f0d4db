//! JSON as the platform reads it: single quotes are as good as double ones, and every value becomes text.
//!
//! Of an array of records only the first counts. A value that is itself an object or an array becomes the text
//! a Java map or list prints (`{link=…, value=…}`, `[a, b]`): recorded replies show that the platform stores
//! just that.

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 64;

/// The fields of the record in `text`, or what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<(String, Option<String>)>, String> {
    let mut reader = Reader { text, at: 0 };
    reader.skip("\u{feff}");
    let fields = match reader.peek() {
        Some('[') => reader.first_of_array()?,
        _ => reader.object(0)?,
    };
    match reader.peek() {
        None => Ok(fields),
        Some(_) => Err(reader.unexpected()),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// The first record of an array; the others need only be well-formed.
    fn first_of_array(&mut self) -> Result<Vec<(String, Option<String>)>, String> {
        self.expect('[')?;
        let first = self.object(1)?;
        while self.take(',') {
            self.object(1)?;
        }
        self.expect(']')?;
        Ok(first)
    }

    fn object(&mut self, depth: usize) -> Result<Vec<(String, Option<String>)>, String> {
        let mut fields = Vec::new();
        self.expect('{')?;
        if self.take('}') {
            return Ok(fields);
        }
        loop {
            let name = self.string()?;
            self.expect(':')?;
            fields.push((name, self.value(depth + 1)?));
            if !self.take(',') {
                self.expect('}')?;
                return Ok(fields);
            }
        }
    }

    /// A value as text; `None` for null.
    fn value(&mut self, depth: usize) -> Result<Option<String>, String> {
        if depth > MAX_DEPTH {
            return Err(format!("More than {MAX_DEPTH} levels of nesting"));
        }
        match self.peek() {
            Some('{') => {
                let members = self.object(depth)?.into_iter();
                let members =
                    members.map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("null")));
                Ok(Some(format!("{{{}}}", members.collect::<Vec<_>>().join(", "))))
            }
            Some('[') => self.array(depth).map(Some),
            Some('"' | '\'') => self.string().map(Some),
            _ => self.literal(),
        }
    }

    fn array(&mut self, depth: usize) -> Result<String, String> {
        let mut elements = Vec::new();
        self.expect('[')?;
        if !self.take(']') {
            loop {
                elements.push(self.value(depth + 1)?.unwrap_or_else(|| "null".to_owned()));
                if !self.take(',') {
                    self.expect(']')?;
                    break;
                }
            }
        }
        Ok(format!("[{}]", elements.join(", ")))
    }

    /// A number, `true`, `false` or `null`.
    fn literal(&mut self) -> Result<Option<String>, String> {
        self.peek();
        let rest = &self.text[self.at..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let word = &rest[..end];
        let value = match word {
            "null" => None,
            "true" | "false" => Some(word.to_owned()),
            _ if is_number(word) => Some(word.to_owned()),
            _ => return Err(self.unexpected()),
        };
        self.at += end;
        Ok(value)
    }

    fn string(&mut self) -> Result<String, String> {
        let quote = match self.peek() {
            Some(quote @ ('"' | '\'')) => quote,
            _ => return Err(self.unexpected()),
        };
        let mut out = String::new();
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let end = rest.find([quote, '\\']).ok_or_else(|| "Unterminated string".to_owned())?;
            out.push_str(&rest[..end]);
            self.at += end + 1;
            if rest[end..].starts_with(quote) {
                return Ok(out);
            }
            out.push(self.escape()?);
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, String> {
        let escaped = self.text[self.at..].chars().next().ok_or_else(|| "Unterminated string".to_owned())?;
        self.at += escaped.len_utf8();
        Ok(match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => self.unicode()?,
            '"' | '\'' | '\\' | '/' => escaped,
            other => return Err(format!("Unknown escape \\{other}")),
        })
    }

    /// Four hex digits, or two groups of them that are a surrogate pair. A lone surrogate is no character.
    fn unicode(&mut self) -> Result<char, String> {
        let high = self.hex4()?;
        if !(0xD800..0xDC00).contains(&high) {
            return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if !self.text[self.at..].starts_with("\\u") {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        self.at += 2;
        let low = self.hex4()?;
        let pair = 0x10000 + ((high - 0xD800) << 10) + low.wrapping_sub(0xDC00) % 0x400;
        Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Result<u32, String> {
        let digits =
            self.text.get(self.at..self.at + 4).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        let digits = digits.ok_or_else(|| "\\u needs four hex digits".to_owned())?;
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| "\\u needs four hex digits".to_owned())
    }

    fn skip(&mut self, prefix: &str) {
        if self.text[self.at..].starts_with(prefix) {
            self.at += prefix.len();
        }
    }

    /// The next character that is not white space, not yet taken.
    fn peek(&mut self) -> Option<char> {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest.chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.take(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&mut self) -> String {
        match self.peek() {
            Some(found) => format!("Unexpected character ('{found}') at position {}", self.at),
            None => "Unexpected end of input".to_owned(),
        }
    }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit() || c == '-') && word.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(text: &str) -> Result<Vec<(String, String)>, String> {
        let shown =
            |(name, value): (String, Option<String>)| (name, value.unwrap_or_else(|| "<null>".into()));
        parse(text).map(|fields| fields.into_iter().map(shown).collect())
    }

    #[test]
    fn what_is_read() {
        for (text, expected) in [
            ("{}", &[][..]),
            (r#"{"a":"x"}"#, &[("a", "x")]),
            ("{'a' : 'it\\'s \"x\"'}", &[("a", "it's \"x\"")]),
            (
                r#" {"a":1,"b":-2.50,"c":true,"d":null,"e":1e3} "#,
                &[("a", "1"), ("b", "-2.50"), ("c", "true"), ("d", "<null>"), ("e", "1e3")],
            ),
            (r#"[{"a":"1"},{"a":"2"}]"#, &[("a", "1")]),
            (
                r#"{"a":["x",1,null],"b":{"link":"l","value":"v"},"c":[],"d":{}}"#,
                &[("a", "[x, 1, null]"), ("b", "{link=l, value=v}"), ("c", "[]"), ("d", "{}")],
            ),
            (r#"{"a":"\u00e9\ud83d\ude00\n\/","é":"😀"}"#, &[("a", "é😀\n/"), ("é", "😀")]),
            (r#"{"a":"\ud83d"}"#, &[("a", "\u{fffd}")]),
            ("\u{feff}{\"a\":\"\"}", &[("a", "")]),
        ] {
            let got = fields(text).unwrap();
            let got: Vec<_> = got.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (text, says) in [
            ("", "end of input"),
            ("{", "end of input"),
            (r#"{"a"}"#, "'}'"),
            (r#"{"a":}"#, "'}'"),
            (r#"{"a":1,}"#, "'}'"),
            (r#"{"a":"x}"#, "Unterminated"),
            (r#"{"a":"\"#, "Unterminated"),
            (r#"{"a":"\x"}"#, "escape"),
            (r#"{"a":"\u12"}"#, "hex"),
            (r#"{"a":1} x"#, "'x'"),
            (r#"{a:1}"#, "'a'"),
            (r#"{"a":truth}"#, "'t'"),
            (r#"{"a":NaN}"#, "'N'"),
            ("[]", "']'"),
            ("5", "'5'"),
            ("nonsense", "'n'"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(parse(&deep).unwrap_err().contains("nesting"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = parse(&text);
        }

        #[test]
        fn strict_json_of_strings_is_read_as_it_is(fields in prop::collection::vec((".*", ".*"), 0..8)) {
            let members: Vec<_> = fields
                .iter()
                .map(|(name, value)| {
                    format!("{}:{}", serde_json::to_string(name).unwrap(), serde_json::to_string(value).unwrap())
                })
                .collect();
            let read = parse(&format!("{{{}}}", members.join(","))).unwrap();
            let expected: Vec<_> = fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
