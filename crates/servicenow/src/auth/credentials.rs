//! Who the client is.

use std::sync::Arc;

use secrecy::SecretString;

use super::CredentialsProvider;

/// Who the client is. A client certificate is set apart, on the builder: it may go with any of these.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Credentials {
    /// Nobody, or whom the client certificate names.
    #[default]
    Anonymous,
    /// A user's name and password with each request.
    Basic {
        /// The user's `user_name`.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A key of the instance's with each request.
    ApiKey {
        /// The key.
        key: SecretString,
    },
    /// OAuth's password grant: a user through a registered client.
    OAuthPassword {
        /// The registered client.
        client_id: String,
        /// Its secret.
        client_secret: SecretString,
        /// The user's `user_name`.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// OAuth's client credentials grant: the user named on the client's record.
    OAuthClientCredentials {
        /// The registered client.
        client_id: String,
        /// Its secret.
        client_secret: SecretString,
    },
    /// A refresh token that was got elsewhere.
    OAuthRefresh {
        /// The registered client.
        client_id: String,
        /// Its secret.
        client_secret: SecretString,
        /// The refresh token.
        refresh_token: SecretString,
    },
    /// OAuth's authorization code grant: a person who consented in a browser. See
    /// [`AuthorizationRequest`](crate::AuthorizationRequest).
    OAuthAuthorizationCode {
        /// The registered client.
        client_id: String,
        /// Its secret; a public client has none.
        client_secret: Option<SecretString>,
        /// The code that came to the redirect URI. It can be traded once, soon.
        code: SecretString,
        /// The redirect URI, as it was in the request.
        redirect_uri: String,
        /// What the request's challenge was made of.
        code_verifier: Option<SecretString>,
    },
    /// OAuth's JWT bearer grant: an assertion signed here (RS256) by a key that the instance knows.
    OAuthJwtBearer {
        /// The registered client.
        client_id: String,
        /// Its secret; a public client has none.
        client_secret: Option<SecretString>,
        /// The RSA key, in PEM: PKCS#8 or PKCS#1, not encrypted.
        private_key: SecretString,
        /// Which of the instance's keys verifies it.
        key_id: Option<String>,
        /// Who signs.
        issuer: String,
        /// The user that is spoken for.
        subject: String,
        /// Whom it is for: the registered client's id, unless the instance says otherwise.
        audience: String,
    },
    /// Whatever else signs requests.
    Custom(Arc<dyn CredentialsProvider>),
}

impl Credentials {
    /// The grant's name, for messages.
    pub(super) fn grant(&self) -> &'static str {
        match self {
            Credentials::OAuthPassword { .. } => "password",
            Credentials::OAuthClientCredentials { .. } => "client credentials",
            Credentials::OAuthRefresh { .. } => "refresh token",
            Credentials::OAuthAuthorizationCode { .. } => "authorization code",
            Credentials::OAuthJwtBearer { .. } => "JWT bearer",
            Credentials::Anonymous
            | Credentials::Basic { .. }
            | Credentials::ApiKey { .. }
            | Credentials::Custom(_) => "none",
        }
    }
}
