//! The `Basic` scheme of the `Authorization` header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A name and a password as sent: a user's, or an OAuth client's.
pub(crate) struct Basic {
    /// Before the first colon.
    pub(crate) name: String,
    /// After it; may contain colons.
    pub(crate) password: String,
}

impl Basic {
    /// Reads the header's value. `None` when it is another scheme, no base64, no UTF-8 or has no colon.
    pub(crate) fn parse(header: &str) -> Option<Basic> {
        let (scheme, credentials) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
        let (name, password) = decoded.split_once(':')?;
        Some(Basic { name: name.to_owned(), password: password.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_credentials() {
        for (header, expected) in [
            ("Basic YWRtaW46YWRtaW4=", Some(("admin", "admin"))),
            ("basic  YWRtaW46YTpi", Some(("admin", "a:b"))),
            ("Basic YWRtaW4=", None),
            ("Basic !!!", None),
            ("Bearer YWRtaW46YWRtaW4=", None),
            ("Basic", None),
            ("", None),
        ] {
            let parsed = Basic::parse(header);
            let pair = parsed.as_ref().map(|basic| (basic.name.as_str(), basic.password.as_str()));
            assert_eq!(pair, expected, "{header:?}");
        }
    }
}
