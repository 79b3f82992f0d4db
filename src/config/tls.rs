//! `[server.tls]`: the certificate of the port, and whether callers show one of their own.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use toml::Value;

use super::duration;
use super::instance::take_file;
use super::section::Section;
use super::setting::Setting;

/// The certificate of the port, and whether callers show one of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tls {
    /// The certificate and those between it and its authority, in PEM.
    pub cert_file: PathBuf,
    /// Its private key, in PEM.
    pub key_file: PathBuf,
    /// The authorities of callers' certificates, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ca_file: Option<PathBuf>,
    /// Whether callers show a certificate.
    pub client_auth: ClientAuth,
    /// The oldest version that is spoken.
    pub min_version: TlsVersion,
    /// The admin address speaks TLS too.
    pub admin: bool,
    /// The longest time for a handshake.
    #[serde(serialize_with = "duration::serialize")]
    pub handshake_timeout: Duration,
    /// Most handshakes at once.
    pub max_handshakes: usize,
    /// How often the files are looked at.
    #[serde(serialize_with = "duration::serialize")]
    pub reload_interval: Duration,
}

/// Whether callers show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// They are not asked for one.
    #[default]
    None,
    /// They may; one that does not hold is refused.
    Optional,
    /// They must.
    Required,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum TlsVersion {
    /// RFC 5246.
    #[default]
    #[serde(rename = "1.2")]
    V1_2,
    /// RFC 8446.
    #[serde(rename = "1.3")]
    V1_3,
}

impl Tls {
    /// A certificate, and defaults for the rest.
    #[must_use]
    pub fn new(cert_file: PathBuf, key_file: PathBuf) -> Self {
        Self {
            cert_file,
            key_file,
            client_ca_file: None,
            client_auth: ClientAuth::default(),
            min_version: TlsVersion::default(),
            admin: false,
            handshake_timeout: Duration::from_secs(10),
            max_handshakes: 256,
            reload_interval: Duration::from_secs(30),
        }
    }

    /// None where the section has no key.
    pub(super) fn read(mut section: Section<'_>) -> Option<Self> {
        if section.keys().is_empty() {
            return None;
        }
        for key in ["cert_file", "key_file"] {
            if !section.has(key) {
                let fix = format!("Add {key} = \"path/of/a/file\", or remove [server.tls].");
                section.problem(key, "missing", fix);
            }
        }
        let cert_file = take_file(&mut section, "cert_file").unwrap_or_default();
        let default = Self::new(cert_file, take_file(&mut section, "key_file").unwrap_or_default());
        let asks = section.has("client_ca_file") || section.has("client_auth");
        let tls = Self {
            client_ca_file: take_file(&mut section, "client_ca_file"),
            client_auth: section.take("client_auth").unwrap_or(default.client_auth),
            min_version: section.take("min_version").unwrap_or(default.min_version),
            admin: section.take("admin").unwrap_or(default.admin),
            handshake_timeout: section.take("handshake_timeout").unwrap_or(default.handshake_timeout),
            max_handshakes: section.take("max_handshakes").unwrap_or(default.max_handshakes),
            reload_interval: section.take("reload_interval").unwrap_or(default.reload_interval),
            ..default
        };
        if asks {
            tls.check_clients(&mut section);
        }
        section.finish();
        Some(tls)
    }

    /// An authority that nobody is asked for, or certificates of no authority, are mistakes that would leave a door
    /// open, or closed to everybody.
    fn check_clients(&self, section: &mut Section<'_>) {
        match (self.client_auth, &self.client_ca_file) {
            (ClientAuth::None, Some(_)) => {
                let fix = "Write client_auth = \"optional\" or \"required\", or remove client_ca_file.";
                section.problem("client_ca_file", "callers are not asked for a certificate", fix);
            }
            (ClientAuth::Optional | ClientAuth::Required, None) => {
                let what = "callers' certificates need an authority";
                section.problem("client_auth", what, "Add client_ca_file = \"path/of/a/file\".");
            }
            _ => {}
        }
    }
}

impl Setting for ClientAuth {
    const EXPECTED: &'static str = "a way to ask for certificates";
    const EXAMPLE: &'static str = "\"none\", \"optional\" or \"required\"";

    fn read(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "none" => Some(Self::None),
            "optional" => Some(Self::Optional),
            "required" => Some(Self::Required),
            _ => None,
        }
    }
}

impl Setting for TlsVersion {
    const EXPECTED: &'static str = "a version of TLS that is spoken";
    const EXAMPLE: &'static str = "\"1.2\" or \"1.3\"";

    fn read(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "1.2" => Some(Self::V1_2),
            "1.3" => Some(Self::V1_3),
            _ => None,
        }
    }
}
