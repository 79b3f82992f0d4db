//! Where a browser may be sent with an authorization code.

/// The loopback addresses of native applications, which cannot know their port ahead (RFC 8252, section 7.3).
const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://localhost", "http://[::1]"];

/// Whether a URI is the registered one. Nothing but a loopback port is left open.
pub(super) fn matches(registered: &str, asked: &str) -> bool {
    registered == asked || LOOPBACK.iter().any(|host| same_but_for_port(host, registered, asked))
}

fn same_but_for_port(host: &str, registered: &str, asked: &str) -> bool {
    let (Some(path), Some(rest)) = (registered.strip_prefix(host), asked.strip_prefix(host)) else {
        return false;
    };
    let Some(rest) = rest.strip_prefix(':').filter(|_| path.is_empty() || path.starts_with('/')) else {
        return false;
    };
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse::<u16>().is_ok() && &rest[end..] == path
}

/// The URI with an answer to the request added to its query.
pub(crate) fn with_answer(uri: &str, pairs: &[(&str, &str)]) -> String {
    let answer = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mark = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{mark}{answer}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_of_a_loopback_uri_is_open() {
        for (registered, asked, expected) in [
            ("https://app.example/cb", "https://app.example/cb", true),
            ("https://app.example/cb", "https://app.example/cb/", false),
            ("https://app.example/cb", "https://app.example/cb?x=1", false),
            ("https://app.example/cb", "https://app.example.evil/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", true),
            ("http://[::1]/cb", "http://[::1]:80/cb", true),
            ("http://localhost", "http://localhost:1", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:49152/other", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example:1/cb", false),
            ("http://127.0.0.1:7/cb", "http://127.0.0.1:8/cb", false),
            ("http://127.0.0.1/cb", "https://127.0.0.1:8/cb", false),
        ] {
            assert_eq!(matches(registered, asked), expected, "{registered} {asked}");
        }
    }

    #[test]
    fn an_answer_joins_the_query() {
        assert_eq!(with_answer("http://a/cb", &[("code", "x&y")]), "http://a/cb?code=x%26y");
        assert_eq!(with_answer("http://a/cb?z=1", &[("state", "s")]), "http://a/cb?z=1&state=s");
    }
}
