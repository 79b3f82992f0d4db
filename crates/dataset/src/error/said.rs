//! What an object store said, in one short line.
//!
//! Its client repeats each cause in the next one's text, with headers' names and whole documents of XML.

use std::error::Error;

/// Most characters of what is not S3's own message.
const MOST: usize = 200;

pub(super) fn said(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    let text = innermost.to_string();
    let line = match (element(&text, "Code"), element(&text, "Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => text,
    };
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The first of that name in the answer's XML.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(content, _)| content).filter(|content| !content.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(innermost: &str) -> object_store::Error {
        let innermost = object_store::Error::Generic { store: "S3", source: innermost.into() };
        object_store::Error::NotFound { path: "a/b".to_owned(), source: Box::new(innermost) }
    }

    #[test]
    fn one_line_is_made_of_many_causes() {
        let xml = "Server returned non-2xx status code: 404 Not Found: <?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code>\n<Message>The specified bucket\n does not exist</Message></Error>";
        for (text, line) in [
            (xml, "NoSuchBucket: The specified bucket does not exist"),
            ("<Error><Code>SlowDown</Code><Message></Message></Error>", "SlowDown"),
            ("Connection refused (os error 111)", "Connection refused (os error 111)"),
            ("<html>\n<h1>Bad Gateway</h1>", "<html> <h1>Bad Gateway</h1>"),
        ] {
            assert_eq!(said(&wrapped(text)), line);
        }
        let long = said(&wrapped(&"ü".repeat(5_000)));
        assert_eq!((long.chars().count(), long.ends_with('…')), (MOST + 1, true));
    }
}
