//! One request to the token endpoint.

use std::time::Duration;

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::Credentials;
use super::jwt::Signer;
use crate::Error;
use crate::address::{self, Params};
use crate::transport::Http;

/// A token reply is small.
const MAX_BODY: usize = 64 * 1024;

/// How long a token is taken to live if the reply does not say: ServiceNow's default.
const DEFAULT_LIFETIME: u64 = 1800;

/// What a grant gives.
#[derive(Debug, Deserialize)]
pub struct Granted {
    /// Goes with each request.
    pub access_token: SecretString,
    /// Gets the next access token. Not every grant gives one.
    #[serde(default)]
    pub refresh_token: Option<SecretString>,
    #[serde(default, rename = "expires_in")]
    seconds: Option<u64>,
}

impl Granted {
    /// How long the access token lives; half an hour where the instance does not say.
    pub fn lifetime(&self) -> Duration {
        // A bound keeps the clock's arithmetic safe.
        Duration::from_secs(self.seconds.unwrap_or(DEFAULT_LIFETIME).min(10 * 365 * 86_400))
    }
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Trades credentials, or a refresh token, for access tokens.
pub(crate) struct Grantor {
    endpoint: Url,
    credentials: Credentials,
    signer: Option<Signer>,
}

impl Grantor {
    pub(crate) fn new(credentials: Credentials, base: &Url) -> Result<Grantor, Error> {
        let endpoint = address::request(base, &["oauth_token.do"], &Params::default())?;
        let signer = Signer::of(&credentials)?;
        Ok(Grantor { endpoint, credentials, signer })
    }

    pub(crate) async fn request(
        &self,
        http: &Http,
        refresh: Option<&SecretString>,
    ) -> Result<Granted, Error> {
        let assertion =
            self.signer.as_ref().and_then(|signer| signer.assertion(&self.credentials)).transpose()?;
        let form = form(&self.credentials, refresh, assertion.as_ref());
        let request = http.request(Method::POST, &self.endpoint).form(&form);
        let (head, bytes) = http.fetch(request, MAX_BODY).await?;
        if head.status.is_success() {
            head.check(&bytes)?;
            return serde_json::from_slice(&bytes)
                .map_err(|_| Error::Decode("the token endpoint's reply holds no access token".to_owned()));
        }
        match serde_json::from_slice::<Refused>(&bytes) {
            Ok(refused)
                if head.status.is_client_error() && head.status != http::StatusCode::TOO_MANY_REQUESTS =>
            {
                let grant = if refresh.is_some() { "refresh token" } else { self.credentials.grant() };
                let Refused { error, error_description: description } = refused;
                let (host, status) = (address::host(&self.endpoint), head.status.as_u16());
                Err(Error::Auth { host, grant, status, error, description })
            }
            _ => Err(head.check(&bytes).err().unwrap_or(Error::Accepted)),
        }
    }
}

fn form<'a>(
    credentials: &'a Credentials,
    refresh: Option<&'a SecretString>,
    assertion: Option<&'a SecretString>,
) -> Vec<(&'static str, &'a str)> {
    let mut form = client(credentials);
    match (credentials, refresh) {
        (_, Some(token)) | (Credentials::OAuthRefresh { refresh_token: token, .. }, None) => {
            form.push(("grant_type", "refresh_token"));
            form.push(("refresh_token", token.expose_secret()));
        }
        (Credentials::OAuthPassword { username, password, .. }, None) => {
            form.push(("grant_type", "password"));
            form.push(("username", username));
            form.push(("password", password.expose_secret()));
        }
        (Credentials::OAuthAuthorizationCode { code, redirect_uri, code_verifier, .. }, None) => {
            form.push(("grant_type", "authorization_code"));
            form.push(("code", code.expose_secret()));
            form.push(("redirect_uri", redirect_uri));
            form.extend(code_verifier.as_ref().map(|verifier| ("code_verifier", verifier.expose_secret())));
        }
        (Credentials::OAuthJwtBearer { .. }, None) => {
            form.push(("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"));
            form.extend(assertion.map(|assertion| ("assertion", assertion.expose_secret())));
        }
        (_, None) => form.push(("grant_type", "client_credentials")),
    }
    form
}

/// The registered client's part of a form.
fn client(credentials: &Credentials) -> Vec<(&'static str, &str)> {
    let (id, secret) = match credentials {
        Credentials::OAuthPassword { client_id, client_secret, .. }
        | Credentials::OAuthClientCredentials { client_id, client_secret }
        | Credentials::OAuthRefresh { client_id, client_secret, .. } => (client_id, Some(client_secret)),
        Credentials::OAuthAuthorizationCode { client_id, client_secret, .. }
        | Credentials::OAuthJwtBearer { client_id, client_secret, .. } => (client_id, client_secret.as_ref()),
        Credentials::Anonymous
        | Credentials::Basic { .. }
        | Credentials::ApiKey { .. }
        | Credentials::Custom(_) => return Vec::new(),
    };
    let mut form = vec![("client_id", id.as_str())];
    // A public client may be configured with an empty secret.
    let secret = secret.map(SecretString::expose_secret).filter(|secret| !secret.is_empty());
    form.extend(secret.map(|secret| ("client_secret", secret)));
    form
}
