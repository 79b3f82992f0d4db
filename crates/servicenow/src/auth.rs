//! Signing in.
//!
//! Basic credentials and API keys go with each request; OAuth's are traded for access tokens that are renewed ahead of
//! their expiry. There is no cookie store: a session would make the instance serialise the requests.

mod authorization_code;
mod credentials;
mod grant;
mod jwt;
mod provider;
mod token;

use std::sync::Arc;

use http::header::{self, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::Error;
use crate::transport::Http;
pub(crate) use grant::Grantor;
use token::Tokens;

pub use authorization_code::AuthorizationRequest;
pub use credentials::Credentials;
pub use grant::Granted;
pub use provider::{CredentialsProvider, Signature};

/// The header of an API key.
const API_KEY: HeaderName = HeaderName::from_static("x-sn-apikey");

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
    Custom(Arc<dyn CredentialsProvider>),
    Tokens(Box<Tokens>),
}

impl Authenticator {
    pub(crate) fn new(credentials: Credentials, base: &Url) -> Result<Authenticator, Error> {
        let header = match &credentials {
            Credentials::Anonymous => None,
            Credentials::ApiKey { key } => Some((API_KEY, sensitive(key.expose_secret())?)),
            Credentials::Custom(provider) => return Ok(Authenticator::Custom(provider.clone())),
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
            Authenticator::Custom(provider) => provider.sign().await?.authorization(),
            Authenticator::Tokens(tokens) => tokens.authorization(http).await,
        }
    }

    /// Whether there are tokens, which are replaced when refused.
    pub(crate) fn renews(&self) -> bool {
        !matches!(self, Authenticator::Fixed(_))
    }

    /// The instance refused it: do not use it again.
    pub(crate) fn refused(&self, authorization: &Authorization) {
        match (self, authorization.generation) {
            (Authenticator::Tokens(tokens), Some(generation)) => tokens.refused(generation),
            (Authenticator::Custom(provider), Some(generation)) => provider.refused(generation),
            _ => {}
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
            Credentials::OAuthAuthorizationCode {
                client_id: id(),
                client_secret: Some(secret()),
                code: secret(),
                redirect_uri: id(),
                code_verifier: Some(secret()),
            },
            Credentials::OAuthJwtBearer {
                client_id: id(),
                client_secret: Some(secret()),
                private_key: secret(),
                key_id: None,
                issuer: id(),
                subject: id(),
                audience: id(),
            },
            Credentials::ApiKey { key: secret() },
        ] {
            assert!(!format!("{credentials:?}").contains("hunter2"));
        }
        let header = basic("u", &secret()).unwrap();
        assert_eq!(format!("{header:?}"), "Sensitive");
        assert_eq!(header.to_str().unwrap(), "Basic dTpodW50ZXIy");
    }
}
