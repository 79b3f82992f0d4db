//! The types that a key can have, and how each is read from TOML.
//!
//! An environment variable is always text, so numbers and booleans are read from text as well.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use toml::Value;
use url::Url;

use super::duration;

pub(super) trait Setting: Sized {
    /// What it is, after "is not".
    const EXPECTED: &'static str;
    /// A value as one would write it.
    const EXAMPLE: &'static str;
    /// Its text never appears in a message.
    const SECRET: bool = false;

    fn read(value: &Value) -> Option<Self>;
}

impl Setting for String {
    const EXPECTED: &'static str = "a text";
    const EXAMPLE: &'static str = "\"text\" with quotes";

    fn read(value: &Value) -> Option<Self> {
        value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }
}

impl Setting for Vec<String> {
    const EXPECTED: &'static str = "a list of texts";
    const EXAMPLE: &'static str = "[\"one\", \"two\"]";

    fn read(value: &Value) -> Option<Self> {
        let texts: Vec<String> = match value {
            Value::Array(list) => list.iter().map(String::read).collect::<Option<_>>()?,
            // An environment variable.
            Value::String(text) => text.split(',').map(|text| text.trim().to_owned()).collect(),
            _ => return None,
        };
        texts.iter().all(|text| !text.is_empty()).then_some(texts)
    }
}

impl Setting for SecretString {
    const EXPECTED: &'static str = "a text";
    const EXAMPLE: &'static str = "\"text\" with quotes";
    const SECRET: bool = true;

    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(SecretString::from)
    }
}

impl Setting for PathBuf {
    const EXPECTED: &'static str = "a path";
    const EXAMPLE: &'static str = "\"path/of/a/file\"";

    fn read(value: &Value) -> Option<Self> {
        value.as_str().filter(|text| !text.is_empty()).map(Self::from)
    }
}

impl Setting for SocketAddr {
    const EXPECTED: &'static str = "an address and a port";
    const EXAMPLE: &'static str = "\"127.0.0.1:8080\"";

    fn read(value: &Value) -> Option<Self> {
        from_text(value)
    }
}

impl Setting for Url {
    const EXPECTED: &'static str = "a URL";
    const EXAMPLE: &'static str = "\"https://host/\"";
    // A URL may hold a password.
    const SECRET: bool = true;

    fn read(value: &Value) -> Option<Self> {
        from_text(value)
    }
}

impl Setting for Duration {
    const EXPECTED: &'static str = "a duration longer than nothing";
    const EXAMPLE: &'static str = "a number and one of ms, s, m, h, d: \"30s\"";

    fn read(value: &Value) -> Option<Self> {
        duration::parse(value.as_str()?).filter(|duration| !duration.is_zero())
    }
}

impl Setting for usize {
    const EXPECTED: &'static str = "a whole number from 1";
    const EXAMPLE: &'static str = "a number without quotes: 4";

    fn read(value: &Value) -> Option<Self> {
        whole(value)?.try_into().ok()
    }
}

impl Setting for u32 {
    const EXPECTED: &'static str = "a whole number from 1";
    const EXAMPLE: &'static str = "a number without quotes: 4";

    fn read(value: &Value) -> Option<Self> {
        whole(value)?.try_into().ok()
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "true or false";
    const EXAMPLE: &'static str = "true or false without quotes";

    fn read(value: &Value) -> Option<Self> {
        value.as_bool().or_else(|| from_text(value))
    }
}

fn whole(value: &Value) -> Option<i64> {
    value.as_integer().or_else(|| from_text(value)).filter(|number| *number >= 1)
}

/// From an environment variable's text.
pub(super) fn from_text<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}
