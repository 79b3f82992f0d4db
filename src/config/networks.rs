//! Networks of proxies whose word on where a call comes from is taken. Nobody's is taken unless named: whoever may say
//! where they come from escapes every limit per address, and writes what they like into the audit log.

use std::net::IpAddr;

use http::HeaderName;
use ipnet::IpNet;
use serde::{Serialize, Serializer};
use toml::Value;

use super::setting::Setting;

/// A set of networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Whether the address is in one of them.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl Setting for Networks {
    const EXPECTED: &'static str = "a list of addresses and networks";
    const EXAMPLE: &'static str = "[\"10.0.0.5\", \"10.1.0.0/16\"]";

    fn read(value: &Value) -> Option<Self> {
        let texts: Vec<&str> = match value {
            Value::Array(list) => list.iter().map(Value::as_str).collect::<Option<_>>()?,
            // An environment variable.
            Value::String(text) => text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect(),
            _ => return None,
        };
        texts.into_iter().map(network).collect::<Option<_>>().map(Self)
    }
}

/// A network, or one address.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// The header in which the proxies say where a call comes from. One only: a caller could send the other through a proxy
/// that knows nothing of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` of RFC 7239.
    Forwarded,
}

impl ForwardedHeader {
    /// Its name.
    #[must_use]
    pub fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Self::Forwarded => http::header::FORWARDED,
        }
    }
}

impl Serialize for ForwardedHeader {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name().as_str())
    }
}

impl Setting for ForwardedHeader {
    const EXPECTED: &'static str = "a header that is read";
    const EXAMPLE: &'static str = "\"x-forwarded-for\" or \"forwarded\"";

    fn read(value: &Value) -> Option<Self> {
        [Self::XForwardedFor, Self::Forwarded].into_iter().find(|header| {
            value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(header.name().as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read() {
        let read = |text: &str| {
            let table: toml::Table = format!("of = {text}").parse().unwrap();
            Networks::read(&table["of"])
        };
        let cases = [
            (r#"["10.0.0.0/8"]"#, "10.1.2.3", Some(true)),
            (r#"["10.0.0.0/8"]"#, "::ffff:10.1.2.3", Some(true)),
            (r#"["10.0.0.0/8"]"#, "11.1.2.3", Some(false)),
            (r#"["192.0.2.7", "fd00::/8"]"#, "fd00::1", Some(true)),
            (r#""192.0.2.7, fd00::/8""#, "192.0.2.7", Some(true)),
            ("[]", "127.0.0.1", Some(false)),
            (r#"["10.0.0.0/33"]"#, "10.0.0.1", None),
            (r#"["gateway.example"]"#, "10.0.0.1", None),
            ("1", "10.0.0.1", None),
        ];
        for (text, address, expected) in cases {
            let contained = read(text).map(|networks| networks.contain(address.parse().unwrap()));
            assert_eq!(contained, expected, "{text} {address}");
        }
    }
}
