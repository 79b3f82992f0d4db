//! The pieces between carets.

use std::borrow::Cow;

/// Splits at `^`; read from the left, `^^` is a caret that belongs to the segment.
pub(super) struct Segments<'a> {
    rest: Option<&'a str>,
}

impl<'a> Segments<'a> {
    pub(super) fn new(text: &'a str) -> Segments<'a> {
        Segments { rest: Some(text) }
    }

    /// Takes what belongs to a related-list query that was not understood, up to its `ENDRLQUERY`, and gives
    /// it back as text to append to the segment that opened it.
    pub(super) fn swallow_related(&mut self) -> String {
        let mut swallowed = String::new();
        let mut open = 1usize;
        for segment in self {
            if segment == "ENDRLQUERY" {
                open -= 1;
                if open == 0 {
                    break;
                }
            } else if opens_related(&segment) {
                open += 1;
            }
            swallowed.push('^');
            swallowed.push_str(&segment);
        }
        swallowed
    }
}

fn opens_related(segment: &str) -> bool {
    let term = segment.trim_start_matches("NQ");
    let term = term.strip_prefix("OR").unwrap_or(term);
    term.strip_prefix("GOTO").unwrap_or(term).starts_with("RLQUERY")
}

impl<'a> Iterator for Segments<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        let text = self.rest?;
        let bytes = text.as_bytes();
        let mut end = 0;
        let mut escaped = false;
        while end < bytes.len() {
            match (bytes[end], bytes.get(end + 1)) {
                (b'^', Some(b'^')) => {
                    escaped = true;
                    end += 2;
                }
                (b'^', _) => break,
                _ => end += 1,
            }
        }
        self.rest = text.get(end + 1..);
        let segment = &text[..end];
        Some(if escaped { Cow::Owned(segment.replace("^^", "^")) } else { Cow::Borrowed(segment) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_pair_up_from_the_left() {
        for (text, expected) in [
            ("", vec![""]),
            ("a", vec!["a"]),
            ("a^b", vec!["a", "b"]),
            ("a^^b", vec!["a^b"]),
            ("a^^^b", vec!["a^", "b"]),
            ("a^^^^b", vec!["a^^b"]),
            ("^a^", vec!["", "a", ""]),
            ("^^^", vec!["^", ""]),
            ("é^^ü^ö", vec!["é^ü", "ö"]),
        ] {
            assert_eq!(Segments::new(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
