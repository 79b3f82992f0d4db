//! `[access.issuers.NAME]`: who else signs tokens that are taken here, and what their users may do.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use url::{Host, Url};

use super::duration;
use super::section::Section;

/// Asymmetric ones only: whoever can check a token must not be able to make one.
const ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// Kinds of tokens.
const TYPES: [&str; 3] = ["at+jwt", "jwt", "id_token"];

const MAX_SKEW: Duration = Duration::from_secs(300);

/// An OpenID Connect issuer whose tokens are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issuer {
    /// As the claim `iss` of its tokens has it, to the letter.
    pub url: String,
    /// A token must be for one of these.
    pub audiences: Vec<String>,
    /// Only tokens that these clients got; empty: that any client got.
    pub clients: Vec<String>,
    /// What its tokens may be signed with.
    pub algorithms: Vec<String>,
    /// "at+jwt", "jwt", "id_token": what is taken for an access token.
    pub token_types: Vec<String>,
    /// The claim that names the user for people.
    pub username_claim: String,
    /// The claim that says what the user belongs to.
    pub roles_claim: String,
    /// What every user of the issuer has.
    pub default_roles: Vec<String>,
    /// How far its clock may differ.
    #[serde(serialize_with = "duration::serialize")]
    pub clock_skew: Duration,
    /// A token that lives longer is refused.
    #[serde(serialize_with = "duration::serialize")]
    pub max_token_lifetime: Duration,
    /// Where its keys are; its discovery document says so otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// Certificates to trust besides the system's, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Its keys are fetched again after this time.
    #[serde(serialize_with = "duration::serialize")]
    pub keys_refresh: Duration,
    /// It is asked for keys at most once in this time, whatever tokens come.
    #[serde(serialize_with = "duration::serialize")]
    pub keys_retry: Duration,
    /// While it cannot be reached, its keys are used for this time.
    #[serde(serialize_with = "duration::serialize")]
    pub keys_max_age: Duration,
    /// The roles for each value of `roles_claim`.
    pub roles: BTreeMap<String, Vec<String>>,
}

impl Issuer {
    /// An issuer with defaults for the rest.
    #[must_use]
    pub fn new(url: &str, audience: &str) -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            url: url.to_owned(),
            audiences: texts(&[audience]),
            clients: Vec::new(),
            algorithms: texts(&["RS256", "PS256", "ES256", "ES384", "EdDSA"]),
            token_types: texts(&["at+jwt"]),
            username_claim: "preferred_username".to_owned(),
            roles_claim: "roles".to_owned(),
            default_roles: Vec::new(),
            clock_skew: Duration::from_secs(30),
            max_token_lifetime: Duration::from_secs(24 * 3600),
            jwks_url: None,
            ca_file: None,
            keys_refresh: Duration::from_secs(600),
            keys_retry: Duration::from_secs(30),
            keys_max_age: Duration::from_secs(24 * 3600),
            roles: BTreeMap::new(),
        }
    }

    fn read(mut section: Section<'_>) -> Self {
        let default = Self::new("", "");
        let issuer = Self {
            url: section.require("url"),
            audiences: section.require("audiences"),
            clients: section.take("clients").unwrap_or_default(),
            algorithms: section.take("algorithms").unwrap_or(default.algorithms),
            token_types: section.take("token_types").unwrap_or(default.token_types),
            username_claim: section.take("username_claim").unwrap_or(default.username_claim),
            roles_claim: section.take("roles_claim").unwrap_or(default.roles_claim),
            default_roles: section.take("default_roles").unwrap_or_default(),
            clock_skew: section.take("clock_skew").unwrap_or(default.clock_skew),
            max_token_lifetime: section.take("max_token_lifetime").unwrap_or(default.max_token_lifetime),
            jwks_url: section.take("jwks_url"),
            ca_file: section.take("ca_file"),
            keys_refresh: section.take("keys_refresh").unwrap_or(default.keys_refresh),
            keys_retry: section.take("keys_retry").unwrap_or(default.keys_retry),
            keys_max_age: section.take("keys_max_age").unwrap_or(default.keys_max_age),
            roles: read_roles(section.section("roles")),
        };
        issuer.check(&mut section);
        section.finish();
        issuer
    }

    fn check(&self, section: &mut Section<'_>) {
        self.check_urls(section);
        if self.audiences.is_empty() && section.was_read("audiences") {
            let fix = "Name what its tokens for this gateway have as aud: audiences = [\"sncgate\"].";
            section.problem("audiences", "empty: tokens for others would be taken", fix);
        }
        among(section, "algorithms", &self.algorithms, &ALGORITHMS);
        among(section, "token_types", &self.token_types, &TYPES);
        let lists = self.roles.iter().map(|(value, roles)| (format!("roles.{value}"), roles));
        for (key, roles) in lists.chain([("default_roles".to_owned(), &self.default_roles)]) {
            for role in roles.iter().filter(|role| !is_role(role)) {
                let fix = "Use the name of a role: small letters, digits and -.";
                section.problem(&key, format!("{role:?} is no role's name"), fix);
            }
        }
        if self.clock_skew > MAX_SKEW {
            section.problem("clock_skew", "longer than 5m", "Shorten it, and set the clocks.");
        }
        if self.keys_retry > self.keys_refresh {
            section.problem("keys_retry", "longer than keys_refresh", "Shorten it.");
        }
        if self.keys_refresh > self.keys_max_age {
            section.problem(
                "keys_refresh",
                "longer than keys_max_age",
                "Shorten it, or lengthen keys_max_age.",
            );
        }
        if let Some(path) = self.ca_file.as_ref().filter(|path| !path.is_file()) {
            let what = format!("there is no file {}", path.display());
            section.problem("ca_file", what, "Correct the path, or write the file.");
        }
    }

    fn check_urls(&self, section: &mut Section<'_>) {
        const FIX: &str = "Write \"https://…\"; http is for issuers of this machine only.";
        if section.was_read("url") && !is_safe(&self.url) {
            section.problem("url", "not an https URL without credentials, query and fragment", FIX);
        }
        if self.jwks_url.as_ref().is_some_and(|url| !is_safe(url)) {
            section.problem("jwks_url", "not an https URL without credentials, query and fragment", FIX);
        }
    }
}

/// Whether keys may be fetched from there: nobody on the way can put others in their place.
#[must_use]
pub fn is_safe(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let encrypted = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    let plain = url.username().is_empty() && url.password().is_none();
    encrypted && plain && url.query().is_none() && url.fragment().is_none()
}

/// The issuers by their names.
pub(super) fn read_all(mut section: Section<'_>) -> BTreeMap<String, Issuer> {
    let mut issuers: BTreeMap<String, Issuer> = BTreeMap::new();
    for name in section.keys() {
        let mut one = section.named(&name);
        if !is_name(&name) {
            let fix = "Use at most 20 small letters, digits and -; begin with a letter.";
            one.problem("", "not an issuer's name", fix);
        }
        let issuer = Issuer::read(one);
        if issuers.values().any(|other| other.url == issuer.url && !issuer.url.is_empty()) {
            let fix = "Keep one of them: a token's iss must say whose it is.";
            section.problem(&format!("{name}.url"), "another issuer has it too", fix);
        }
        issuers.insert(name, issuer);
    }
    issuers
}

fn read_roles(mut section: Section<'_>) -> BTreeMap<String, Vec<String>> {
    let values = section.keys();
    values.into_iter().filter_map(|value| section.take_named(&value).map(|roles| (value, roles))).collect()
}

fn among(section: &mut Section<'_>, key: &str, found: &[String], known: &[&str]) {
    for one in found.iter().filter(|one| !known.contains(&one.as_str())) {
        section.problem(
            key,
            format!("{one:?} is none that can be taken"),
            format!("Use {}.", known.join(", ")),
        );
    }
    if found.is_empty() {
        section.problem(key, "empty: no token would be taken", format!("Use some of {}.", known.join(", ")));
    }
}

fn is_role(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_name(text: &str) -> bool {
    text.len() <= 20
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
