//! Whose web pages may call the gateway from a browser. None unless named: a page of any site could otherwise use what
//! only the person in front of the browser can reach.

use serde::Serialize;
use toml::Value;
use url::{Host, Url};

use super::setting::Setting;

/// Stands for every page that this machine serves to itself.
const LOOPBACK: &str = "loopback";

/// Whose web pages may call: origins, and the word "loopback" for all pages of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Every page that this machine serves to itself.
    #[must_use]
    pub fn loopback() -> Self {
        Self(vec![LOOPBACK.to_owned()])
    }

    /// Nobody's.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether pages of this origin may call.
    #[must_use]
    pub fn allow(&self, origin: &str) -> bool {
        self.0.iter().any(|one| if one == LOOPBACK { is_loopback(origin) } else { one == origin })
    }
}

impl Setting for Origins {
    const EXPECTED: &'static str = "a list of origins, or \"loopback\"";
    const EXAMPLE: &'static str = "[\"https://app.example.com\"], without a path";

    fn read(value: &Value) -> Option<Self> {
        let texts: Vec<&str> = match value {
            Value::Array(list) => list.iter().map(Value::as_str).collect::<Option<_>>()?,
            // An environment variable.
            Value::String(text) => text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect(),
            _ => return None,
        };
        let valid = texts.iter().all(|text| *text == LOOPBACK || is_origin(text));
        valid.then(|| Self(texts.into_iter().map(str::to_owned).collect()))
    }
}

fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}

fn is_loopback(origin: &str) -> bool {
    is_origin(origin)
        && Url::parse(origin).is_ok_and(|url| match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Origins> {
        let table: toml::Table = format!("origins = {text}").parse().unwrap();
        Origins::read(&table["origins"])
    }

    #[test]
    fn only_origins_are_read() {
        for text in
            [r#"[]"#, r#"["https://a.example"]"#, r#"["http://a.example:8081", "loopback"]"#, r#""loopback""#]
        {
            assert!(read(text).is_some(), "{text}");
        }
        for text in
            [r#"["*"]"#, r#"["https://a.example/"]"#, r#"["a.example"]"#, r#"["file:///x"]"#, "1", "[1]"]
        {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn only_named_pages_may_call() {
        let cases = [
            ("[]", "http://127.0.0.1:3000", false),
            (r#"["https://a.example"]"#, "https://a.example", true),
            (r#"["https://a.example"]"#, "https://a.example:8443", false),
            (r#"["https://a.example"]"#, "http://a.example", false),
            (r#""loopback""#, "http://127.0.0.1:3000", true),
            (r#""loopback""#, "http://localhost:3000", true),
            (r#""loopback""#, "http://[::1]:3000", true),
            (r#""loopback""#, "http://localhost.example", false),
            (r#""loopback""#, "https://a.example", false),
            (r#""loopback""#, "null", false),
        ];
        for (setting, origin, expected) in cases {
            assert_eq!(read(setting).unwrap().allow(origin), expected, "{setting} {origin}");
        }
    }
}
