//! `[instances.NAME]`: a ServiceNow instance, how it is reached and how gently it is treated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde::{Serialize, Serializer};
use url::Url;

use super::auth::Auth;
use super::link::{ActAs, Link};
use super::section::Section;
use super::{duration, secret};

/// A ServiceNow instance, how it is reached and how gently it is treated.
#[derive(Clone, Debug, Serialize)]
pub struct Instance {
    /// Its base URL, without credentials.
    #[serde(serialize_with = "write_url")]
    pub url: Url,
    /// Certificates to trust besides the system's, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The gateway's own certificate and key, in one PEM file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_cert_file: Option<PathBuf>,
    /// To connect, TLS included.
    #[serde(serialize_with = "duration::serialize")]
    pub connect_timeout: Duration,
    /// Between two pieces of an answer.
    #[serde(serialize_with = "duration::serialize")]
    pub read_timeout: Duration,
    /// For one request and its answer.
    #[serde(serialize_with = "duration::serialize")]
    pub total_timeout: Duration,
    /// Most requests that the instance works on at once.
    pub max_concurrent: usize,
    /// Most calls that wait for their turn; one more is refused.
    pub max_queued: usize,
    /// Refuse queries that name columns the table does not have, where ServiceNow would return more rows.
    pub check_fields: bool,
    /// How long tables and columns are remembered.
    #[serde(serialize_with = "duration::serialize")]
    pub schema_ttl: Duration,
    /// Whose account calls are made with.
    pub act_as: ActAs,
    /// How the gateway signs in.
    pub auth: Auth,
    /// How people link their own accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// The HTTP proxy on the way to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
}

/// An HTTP or SOCKS proxy.
#[derive(Clone, Debug, Serialize)]
pub struct Proxy {
    /// Its URL, without credentials.
    #[serde(serialize_with = "write_url")]
    pub url: Url,
    /// The proxy's user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// That user's password.
    #[serde(serialize_with = "secret::hide_optional", skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretString>,
}

impl Instance {
    /// An instance with defaults for everything but where it is and how to sign in.
    #[must_use]
    pub fn new(url: Url, auth: Auth) -> Self {
        Self {
            url,
            auth,
            act_as: ActAs::default(),
            link: None,
            proxy: None,
            ca_file: None,
            client_cert_file: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(300),
            max_concurrent: 4,
            max_queued: 256,
            check_fields: true,
            schema_ttl: Duration::from_secs(600),
        }
    }

    fn read(mut section: Section<'_>) -> Option<Self> {
        let url = read_url(&mut section);
        let auth = Auth::read(section.section("auth"));
        let link = section.has("link").then(|| Link::read(section.section("link")));
        let proxy = section.has("proxy").then(|| Proxy::read(section.section("proxy"))).flatten();
        // Defaults stand in where the URL or the credentials have problems, so that the other keys are read as well.
        let default = Self::new(
            url.clone().unwrap_or_else(placeholder_url),
            auth.clone().unwrap_or_else(placeholder_auth),
        );
        let instance = Self {
            url: default.url,
            auth: default.auth,
            act_as: ActAs::read(&mut section),
            link,
            proxy,
            ca_file: take_file(&mut section, "ca_file"),
            client_cert_file: take_file(&mut section, "client_cert_file"),
            connect_timeout: section.take("connect_timeout").unwrap_or(default.connect_timeout),
            read_timeout: section.take("read_timeout").unwrap_or(default.read_timeout),
            total_timeout: section.take("total_timeout").unwrap_or(default.total_timeout),
            max_concurrent: section.take("max_concurrent").unwrap_or(default.max_concurrent),
            max_queued: section.take("max_queued").unwrap_or(default.max_queued),
            check_fields: section.take("check_fields").unwrap_or(default.check_fields),
            schema_ttl: section.take("schema_ttl").unwrap_or(default.schema_ttl),
        };
        if instance.total_timeout < instance.connect_timeout {
            let what = "shorter than connect_timeout";
            section.problem("total_timeout", what, "Lengthen it: it includes connecting.");
        }
        if instance.act_as == ActAs::Person && instance.link.is_none() {
            let fix = "Add a table link with the client_id that people link their accounts with.";
            section.problem("link", "missing, and act_as is \"person\"", fix);
        }
        if matches!(instance.auth, Auth::Certificate) && instance.client_cert_file.is_none() {
            let fix = "Add client_cert_file: with auth.type \"certificate\" it says who the gateway is.";
            section.problem("client_cert_file", "missing", fix);
        }
        section.finish();
        url.and(auth).map(|_| instance)
    }
}

impl Proxy {
    fn read(mut section: Section<'_>) -> Option<Self> {
        let url: Option<Url> = section.take("url");
        if url.is_none() {
            section.problem("url", "missing or not a URL", "Write \"http://proxy:3128\".");
        } else if url.as_ref().is_some_and(has_credentials) {
            section.problem("url", "holds credentials", "Use the keys username and password.");
        }
        let username = section.take("username");
        let password = secret::optional(&mut section, "password", "password_file");
        section.finish();
        Some(Self { url: url?, username, password })
    }
}

/// The instances, and the names of those too whose own section has problems.
pub(super) struct Instances {
    pub(super) good: BTreeMap<String, Instance>,
    pub(super) names: Vec<String>,
}

pub(super) fn read_all(mut section: Section<'_>) -> Instances {
    let names = section.keys();
    if names.is_empty() {
        section.problem("", "there is no instance", "Add [instances.NAME] with url and auth.");
    }
    let mut good = BTreeMap::new();
    for name in &names {
        if !is_name(name) {
            let fix = "Use small letters, digits, - and single _; begin with a letter or digit.";
            section.problem(name, "not an instance's name", fix);
        }
        if let Some(instance) = Instance::read(section.named(name)) {
            good.insert(name.clone(), instance);
        }
    }
    Instances { good, names }
}

/// Small letters only, and no two underscores: every name can then be part of a variable's name.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.bytes().next().is_some_and(plain)
        && name.len() <= 63
        && name.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'_')
        && !name.contains("__")
}

/// A URL, or an instance's name: "dev12345" is <https://dev12345.service-now.com>.
fn read_url(section: &mut Section<'_>) -> Option<Url> {
    let text: String = section.require("url");
    if text.is_empty() {
        return None;
    }
    let is_host = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let whole = if is_host(&text) { format!("https://{text}.service-now.com") } else { text };
    let url =
        Url::parse(&whole).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match &url {
        None => {
            let fix = "Write \"https://NAME.service-now.com\", or the name alone.";
            section.problem("url", "neither an http(s) URL nor an instance's name", fix);
        }
        Some(url) if has_credentials(url) => {
            section.problem("url", "holds credentials", "Move them to the auth table.");
        }
        Some(_) => {}
    }
    url
}

pub(super) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// A path whose file is there: better told now than at the first request.
pub(super) fn take_file(section: &mut Section<'_>, key: &'static str) -> Option<PathBuf> {
    let path: PathBuf = section.take(key)?;
    if !Path::new(&path).is_file() {
        section.problem(
            key,
            format!("there is no file {}", path.display()),
            "Correct the path, or write the file.",
        );
    }
    Some(path)
}

pub(super) fn write_url<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.as_str())
}

fn placeholder_url() -> Url {
    Url::parse("https://invalid.invalid").expect("a constant URL")
}

fn placeholder_auth() -> Auth {
    Auth::Basic { username: String::new(), password: SecretString::from("") }
}
