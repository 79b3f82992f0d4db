//! One line of newline-delimited JSON.

use serde::de::DeserializeOwned;

use super::exit::Usage;

/// What the line with that number, from 1, holds. The mistake in it is told with the place in the file: the parser saw
/// one line only, and would speak of line 1.
pub(crate) fn parse<T: DeserializeOwned>(number: usize, line: &str) -> Result<T, Usage> {
    serde_json::from_str(line).map_err(|error| {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        Usage(format!("line {number}: {what} at column {}", error.column()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;

    #[test]
    fn a_mistake_is_told_with_its_place_in_the_file() {
        let Usage(text) = parse::<Map<String, Value>>(7, r#"{"a": tru}"#).unwrap_err();
        assert_eq!(text, "line 7: expected ident at column 10");
    }
}
