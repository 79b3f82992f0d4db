//! `[instances.NAME.auth]`: how the gateway signs in to an instance.

use secrecy::SecretString;
use serde::Serialize;

use super::secret;
use super::section::Section;

const KINDS: &str = "\"basic\", \"oauth_password\", \"client_credentials\", \"refresh_token\", \"jwt_bearer\", \"api_key\" or \"certificate\"";

/// How the gateway signs in to an instance.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Auth {
    /// A user's name and password with every request.
    Basic {
        /// The user's name.
        username: String,
        /// The user's password.
        #[serde(serialize_with = "secret::hide")]
        password: SecretString,
    },
    /// An OAuth token for a user's name and password.
    #[serde(rename = "oauth_password")]
    OAuthPassword {
        /// The id in the instance's application registry.
        client_id: String,
        /// That application's secret.
        #[serde(serialize_with = "secret::hide")]
        client_secret: SecretString,
        /// The user's name.
        username: String,
        /// The user's password.
        #[serde(serialize_with = "secret::hide")]
        password: SecretString,
    },
    /// An OAuth token for an application.
    ClientCredentials {
        /// The id in the instance's application registry.
        client_id: String,
        /// That application's secret.
        #[serde(serialize_with = "secret::hide")]
        client_secret: SecretString,
    },
    /// An OAuth token for a refresh token.
    #[serde(rename = "refresh_token")]
    Refresh {
        /// The id in the instance's application registry.
        client_id: String,
        /// That application's secret.
        #[serde(serialize_with = "secret::hide")]
        client_secret: SecretString,
        /// The refresh token to begin with.
        #[serde(serialize_with = "secret::hide")]
        refresh_token: SecretString,
    },
    /// An OAuth token for an assertion that the gateway signs.
    JwtBearer {
        /// The id in the instance's application registry.
        client_id: String,
        /// That application's secret; a public client has none.
        #[serde(serialize_with = "secret::hide_optional", skip_serializing_if = "Option::is_none")]
        client_secret: Option<SecretString>,
        /// The RSA key that signs, in PEM.
        #[serde(serialize_with = "secret::hide")]
        private_key: SecretString,
        /// Which of the instance's keys verifies it.
        #[serde(skip_serializing_if = "Option::is_none")]
        key_id: Option<String>,
        /// Who signs.
        issuer: String,
        /// The user that is spoken for.
        subject: String,
        /// Whom it is for.
        audience: String,
    },
    /// A key of the instance's with every request.
    ApiKey {
        /// The key.
        #[serde(serialize_with = "secret::hide")]
        key: SecretString,
    },
    /// Nothing but the certificate of `client_cert_file`.
    Certificate,
}

impl Auth {
    pub(super) fn read(mut section: Section<'_>) -> Option<Self> {
        let kind: Option<String> = section.take("type");
        let auth = match kind.as_deref() {
            Some("basic") => Some(Self::Basic {
                username: section.require("username"),
                password: secret::require(&mut section, "password", "password_file"),
            }),
            Some("oauth_password") => Some(Self::OAuthPassword {
                client_id: section.require("client_id"),
                client_secret: client_secret(&mut section),
                username: section.require("username"),
                password: secret::require(&mut section, "password", "password_file"),
            }),
            Some("client_credentials") => Some(Self::ClientCredentials {
                client_id: section.require("client_id"),
                client_secret: client_secret(&mut section),
            }),
            Some("refresh_token") => Some(Self::Refresh {
                client_id: section.require("client_id"),
                client_secret: client_secret(&mut section),
                refresh_token: secret::require(&mut section, "refresh_token", "refresh_token_file"),
            }),
            Some("jwt_bearer") => Some(jwt_bearer(&mut section)),
            Some("api_key") => Some(Self::ApiKey { key: secret::require(&mut section, "key", "key_file") }),
            Some("certificate") => Some(Self::Certificate),
            _ => None,
        };
        if auth.is_some() {
            section.finish();
        } else {
            // Which keys belong here depends on the type: without one, only that is told.
            let what =
                kind.map_or("missing".to_owned(), |kind| format!("\"{kind}\" is not a way to sign in"));
            section.problem("type", what, format!("Write {KINDS}."));
        }
        auth
    }
}

fn jwt_bearer(section: &mut Section<'_>) -> Auth {
    let client_id: String = section.require("client_id");
    Auth::JwtBearer {
        client_secret: secret::optional(section, "client_secret", "client_secret_file"),
        private_key: secret::require(section, "private_key", "private_key_file"),
        key_id: section.take("key_id"),
        issuer: section.take("issuer").unwrap_or_else(|| client_id.clone()),
        subject: section.require("subject"),
        audience: section.take("audience").unwrap_or_else(|| client_id.clone()),
        client_id,
    }
}

fn client_secret(section: &mut Section<'_>) -> SecretString {
    secret::require(section, "client_secret", "client_secret_file")
}
