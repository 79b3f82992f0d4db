//! Signing in.
//!
//! Basic credentials go with each request; OAuth's are traded for access tokens that are renewed ahead of
//! their expiry. There is no cookie store: a session would make the instance serialise the requests.

mod grant;
mod token;

use http::header::{self, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::Error;
use crate::transport::Http;
use token::Tokens;

/// Who the client is.
#[derive(Clone, Debug, Default)]
pub enum Credentials {
    /// Nobody.
    #[default]
    Anonymous,
    /// A user's name and password with each request.
    Basic {
        /// The user's `user_name`.
        username: String,
        /// The password.
        password: SecretString,
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
}

/// The header that signs a request, and which token it holds.
#[derive(Clone)]
pub(crate) struct Authorization {
    header: Option<(HeaderName, HeaderValue)>,
    /// Set for tokens: counts them, so that a refused one is not confused with its successor.
    generation: Option<u64>,
}

impl Authorization {
    /// Signs a request.
    pub(crate) fn apply(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.header {
            Some((name, value)) => request.header(name.clone(), value.clone()),
            None => request,
        }
    }

    /// Whether another may be had after this one was refused.
    pub(crate) fn is_renewable(&self) -> bool {
        self.generation.is_some()
    }
}

pub(crate) enum Authenticator {
    Fixed(Authorization),
    Tokens(Box<Tokens>),
}

impl Authenticator {
    pub(crate) fn new(credentials: Credentials, base: &Url) -> Result<Authenticator, Error> {
        let header = match &credentials {
            Credentials::Anonymous => None,
            Credentials::Basic { username, password } => {
                Some((header::AUTHORIZATION, basic(username, password)?))
            }
            _ => return Ok(Authenticator::Tokens(Box::new(Tokens::new(credentials, base)?))),
        };
        Ok(Authenticator::Fixed(Authorization { header, generation: None }))
    }

    pub(crate) async fn authorization(&self, http: &Http) -> Result<Authorization, Error> {
        match self {
            Authenticator::Fixed(authorization) => Ok(authorization.clone()),
            Authenticator::Tokens(tokens) => tokens.authorization(http).await,
        }
    }

    /// Whether there are tokens, which are replaced when refused.
    pub(crate) fn renews(&self) -> bool {
        matches!(self, Authenticator::Tokens(_))
    }

    /// The instance refused it: do not use it again.
    pub(crate) fn refused(&self, authorization: &Authorization) {
        if let (Authenticator::Tokens(tokens), Some(generation)) = (self, authorization.generation) {
            tokens.refused(generation);
        }
    }
}

fn basic(username: &str, password: &SecretString) -> Result<HeaderValue, Error> {
    use base64::Engine as _;
    let pair = SecretString::from(format!("{username}:{}", password.expose_secret()));
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair.expose_secret());
    sensitive(&format!("Basic {encoded}"))
}

/// A header value that does not show in `Debug`.
fn sensitive(text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Error::InvalidInput("a credential holds characters that no header can".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show() {
        let secret = || SecretString::from("hunter2");
        let id = || "id".to_owned();
        for credentials in [
            Credentials::Basic { username: "u".to_owned(), password: secret() },
            Credentials::OAuthPassword {
                client_id: id(),
                client_secret: secret(),
                username: id(),
                password: secret(),
            },
            Credentials::OAuthClientCredentials { client_id: id(), client_secret: secret() },
            Credentials::OAuthRefresh { client_id: id(), client_secret: secret(), refresh_token: secret() },
        ] {
            assert!(!format!("{credentials:?}").contains("hunter2"));
        }
        let header = basic("u", &secret()).unwrap();
        assert_eq!(format!("{header:?}"), "Sensitive");
        assert_eq!(header.to_str().unwrap(), "Basic dTpodW50ZXIy");
    }
}
