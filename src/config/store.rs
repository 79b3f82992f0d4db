//! `[store]`: where what must outlive a restart is kept, and how Redis is reached.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Serialize, Serializer};
use url::Url;

use super::section::Section;
use super::{duration, instance, secret};

/// Where what must outlive a restart is kept.
#[derive(Clone, Debug, Serialize)]
pub struct Store {
    /// What keeps it.
    pub backend: Backend,
    /// Where Redis is, without credentials. Always set where it is the backend.
    #[serde(serialize_with = "write_url", skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// Redis's user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// That user's password.
    #[serde(serialize_with = "secret::hide_optional", skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretString>,
    /// The certificates to trust, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// What the names of all keys begin with.
    pub prefix: String,
    /// To connect, TLS included.
    #[serde(serialize_with = "duration::serialize")]
    pub connect_timeout: Duration,
    /// For one answer of Redis.
    #[serde(serialize_with = "duration::serialize")]
    pub timeout: Duration,
}

/// What keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// A file in the data directory, for one gateway.
    #[default]
    Sqlite,
    /// A Redis that several gateways share.
    Redis,
}

/// The keys that only Redis has.
const OF_REDIS: [&str; 8] =
    ["url", "username", "password", "password_file", "ca_file", "prefix", "connect_timeout", "timeout"];

impl Default for Store {
    fn default() -> Self {
        Self {
            backend: Backend::default(),
            url: None,
            username: None,
            password: None,
            ca_file: None,
            prefix: "sncgate".to_owned(),
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(2),
        }
    }
}

impl Store {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let default = Self::default();
        let backend = read_backend(&mut section);
        if backend == Backend::Sqlite {
            for key in OF_REDIS.into_iter().filter(|key| section.has(key)).collect::<Vec<_>>() {
                let what = "given, and store.backend is not \"redis\"";
                section.problem(key, what, "Set backend = \"redis\", or remove it.");
            }
        } else if !section.has("url") {
            section.problem("url", "missing", "Add url = \"redis://host:6379\".");
        }
        let store = Self {
            backend,
            url: read_url(&mut section),
            username: section.take("username"),
            password: secret::optional(&mut section, "password", "password_file"),
            ca_file: instance::take_file(&mut section, "ca_file"),
            prefix: section.take("prefix").unwrap_or(default.prefix),
            connect_timeout: section.take("connect_timeout").unwrap_or(default.connect_timeout),
            timeout: section.take("timeout").unwrap_or(default.timeout),
        };
        if !is_prefix(&store.prefix) {
            section.problem("prefix", "not a prefix", "Use at most 64 letters, digits, and any of . _ : -");
        }
        section.finish();
        store
    }
}

fn read_backend(section: &mut Section<'_>) -> Backend {
    let name: Option<String> = section.take("backend");
    match name.as_deref() {
        None | Some("sqlite") => Backend::Sqlite,
        Some("redis") => Backend::Redis,
        Some(other) => {
            section.problem("backend", format!("\"{other}\" is no store"), "Use \"sqlite\" or \"redis\".");
            Backend::Sqlite
        }
    }
}

fn read_url(section: &mut Section<'_>) -> Option<Url> {
    let url: Url = section.take("url")?;
    let database = url.path().trim_start_matches('/');
    let is_redis = matches!(url.scheme(), "redis" | "rediss")
        && url.has_host()
        && database.bytes().all(|byte| byte.is_ascii_digit())
        && url.query().is_none()
        && url.fragment().is_none();
    if instance::has_credentials(&url) {
        section.problem("url", "holds credentials", "Use the keys username and password.");
    } else if !is_redis {
        let fix = "Write redis://host:port/database, or rediss:// for TLS; the database is a number.";
        section.problem("url", "not a URL of Redis", fix);
    }
    Some(url)
}

/// No braces: they say which part of a key decides the node of a cluster.
fn is_prefix(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
    text.len() <= 64 && text.bytes().all(plain)
}

fn write_url<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.as_ref().map_or("", Url::as_str))
}
