//! `[export]`: where the gateway writes exports.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Serialize;
use url::Url;

use super::secret;
use super::section::Section;

/// Where the gateway writes exports.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Export {
    /// By the name that callers use. None unless named here: callers give no addresses.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub destinations: BTreeMap<String, Destination>,
}

/// A folder of this machine, or a bucket.
#[derive(Clone, Debug, Serialize)]
pub struct Destination {
    /// `file:///folder` or `s3://bucket/prefix`.
    #[serde(serialize_with = "super::instance::write_url")]
    pub url: Url,
    /// The store's address, where it is not Amazon's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The bucket's region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The key's name. Without one, the machine's own role is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// Its secret.
    #[serde(serialize_with = "secret::hide_optional", skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<SecretString>,
}

impl Export {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let destinations = read_all(section.section("destinations"));
        section.finish();
        Self { destinations }
    }
}

fn read_all(mut section: Section<'_>) -> BTreeMap<String, Destination> {
    let mut destinations = BTreeMap::new();
    for name in section.keys() {
        if !super::instance::is_name(&name) {
            let fix = "Use small letters, digits, - and single _; begin with a letter or digit.";
            section.problem(&name, "not a destination's name", fix);
        }
        if let Some(destination) = Destination::read(section.named(&name)) {
            destinations.insert(name, destination);
        }
    }
    destinations
}

impl Destination {
    fn read(mut section: Section<'_>) -> Option<Self> {
        let url: Option<Url> = section.take("url");
        let url = url.filter(is_place);
        if url.is_none() {
            let fix = "Write \"s3://bucket/prefix\" or \"file:///folder\".";
            section.problem("url", "missing, or not the address of a bucket or folder", fix);
        }
        let endpoint: Option<Url> = section.take("endpoint");
        if endpoint.as_ref().is_some_and(|url| !matches!(url.scheme(), "http" | "https") || has_user(url)) {
            let fix = "Write \"https://s3.example.com\"; the key has keys of its own.";
            section.problem("endpoint", "not a plain http or https address", fix);
        }
        let access_key_id = section.take("access_key_id");
        let secret_access_key = secret::optional(&mut section, "secret_access_key", "secret_access_key_file");
        if access_key_id.is_some() != secret_access_key.is_some() {
            section.problem("access_key_id", "a key is a name and a secret", "Give both, or neither.");
        }
        let endpoint = endpoint.map(|url| url.as_str().trim_end_matches('/').to_owned());
        let region = section.take("region");
        section.finish();
        Some(Self { url: url?, endpoint, region, access_key_id, secret_access_key })
    }
}

fn is_place(url: &Url) -> bool {
    let plain = !has_user(url) && url.query().is_none() && url.fragment().is_none();
    plain
        && match url.scheme() {
            "s3" => url.has_host(),
            "file" => url.to_file_path().is_ok(),
            _ => false,
        }
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}
