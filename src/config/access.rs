//! `[access]`: who may call, and how long they stay signed in.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;
use serde::Serialize;

use super::issuer::{self, Issuer};
use super::section::Section;
use super::subject::Subject;
use super::{duration, secret};

/// Who may call, and how long they stay signed in.
#[derive(Clone, Debug, Serialize)]
pub struct Access {
    /// Callers must say who they are.
    pub enabled: bool,
    /// The first administrator's name.
    pub admin_username: String,
    /// The first administrator's password; made up where there is none.
    #[serde(serialize_with = "secret::hide_optional", skip_serializing_if = "Option::is_none")]
    pub admin_password: Option<SecretString>,
    /// How long an access token lives.
    #[serde(serialize_with = "duration::serialize")]
    pub access_token_ttl: Duration,
    /// A session ends when it was not used for this time.
    #[serde(serialize_with = "duration::serialize")]
    pub session_idle: Duration,
    /// A session ends in any case after this time.
    #[serde(serialize_with = "duration::serialize")]
    pub session_lifetime: Duration,
    /// Most sessions of one user.
    pub max_sessions: usize,
    /// How long a used refresh token gives its successor again.
    #[serde(serialize_with = "duration::serialize")]
    pub refresh_grace: Duration,
    /// A new key signs after this time.
    #[serde(serialize_with = "duration::serialize")]
    pub signing_key_ttl: Duration,
    /// Health answers without a token.
    pub anonymous_health: bool,
    /// Reflection answers without a token.
    pub anonymous_reflection: bool,
    /// Who else signs tokens that are taken, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub issuers: BTreeMap<String, Issuer>,
    /// Whose clients' certificates are a proof of who they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Certified>,
}

/// Who shows a certificate with this subject, or this name, is that user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certified {
    /// All attributes of the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// One of the subject's alternative names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub san: Option<String>,
    /// The user's name.
    pub user: String,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Access {
    fn default() -> Self {
        Self {
            enabled: true,
            admin_username: "admin".to_owned(),
            admin_password: None,
            access_token_ttl: Duration::from_secs(600),
            session_idle: DAY * 7,
            session_lifetime: DAY * 30,
            max_sessions: 20,
            refresh_grace: Duration::from_secs(10),
            signing_key_ttl: DAY * 30,
            anonymous_health: true,
            anonymous_reflection: true,
            certificates: Vec::new(),
            issuers: BTreeMap::new(),
        }
    }
}

impl Access {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let default = Self::default();
        let access = Self {
            enabled: section.take("enabled").unwrap_or(default.enabled),
            admin_username: section.take("admin_username").unwrap_or(default.admin_username),
            admin_password: secret::optional(&mut section, "admin_password", "admin_password_file"),
            access_token_ttl: section.take("access_token_ttl").unwrap_or(default.access_token_ttl),
            session_idle: section.take("session_idle").unwrap_or(default.session_idle),
            session_lifetime: section.take("session_lifetime").unwrap_or(default.session_lifetime),
            max_sessions: section.take("max_sessions").unwrap_or(default.max_sessions),
            refresh_grace: section.take("refresh_grace").unwrap_or(default.refresh_grace),
            signing_key_ttl: section.take("signing_key_ttl").unwrap_or(default.signing_key_ttl),
            anonymous_health: section.take("anonymous_health").unwrap_or(default.anonymous_health),
            anonymous_reflection: section
                .take("anonymous_reflection")
                .unwrap_or(default.anonymous_reflection),
            certificates: section.each("certificates", Certified::read),
            issuers: issuer::read_all(section.section("issuers")),
        };
        access.check(&mut section);
        section.finish();
        access
    }

    fn check(&self, section: &mut Section<'_>) {
        if self.access_token_ttl > Duration::from_secs(3600) {
            let fix = "Shorten it to at most 1h; sessions are kept alive by refreshing.";
            section.problem("access_token_ttl", "longer than an hour", fix);
        }
        if self.refresh_grace > Duration::from_secs(60) {
            let fix = "Shorten it to at most 1m: in that time a stolen token is not noticed.";
            section.problem("refresh_grace", "longer than a minute", fix);
        }
        if self.session_idle > self.session_lifetime {
            let what = "longer than access.session_lifetime";
            section.problem("session_idle", what, "Shorten it, or lengthen session_lifetime.");
        }
        if self.signing_key_ttl < self.access_token_ttl * 2 {
            let what = "shorter than two access tokens";
            section.problem("signing_key_ttl", what, "Lengthen it: tokens must outlive no key.");
        }
    }
}

/// Kinds of alternative names that are compared.
const SAN_KINDS: [&str; 3] = ["DNS:", "URI:", "email:"];

impl Certified {
    fn read(mut section: Section<'_>) -> Self {
        let one = Self {
            subject: section.take("subject"),
            san: section.take("san"),
            user: section.require("user"),
        };
        if one.subject.is_some() == one.san.is_some() {
            let fix = "Write subject = \"CN=robot,O=Example\" or san = \"DNS:robot.example.com\".";
            section.problem("", "needs either a subject or a san", fix);
        }
        if one.san.as_ref().is_some_and(|san| !SAN_KINDS.iter().any(|kind| san.starts_with(kind))) {
            let fix = "Begin it with DNS:, URI: or email:, as in \"DNS:robot.example.com\".";
            section.problem("san", "the kind of name is missing", fix);
        }
        section.finish();
        one
    }
}
