//! One request to the token endpoint.

use std::time::Duration;

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::Credentials;
use crate::Error;
use crate::transport::Http;

/// A token reply is small.
const MAX_BODY: usize = 64 * 1024;

/// How long a token is taken to live if the reply does not say: ServiceNow's default.
const DEFAULT_LIFETIME: u64 = 1800;

/// What a grant gives.
#[derive(Deserialize)]
pub(super) struct Granted {
    pub(super) access_token: SecretString,
    #[serde(default)]
    pub(super) refresh_token: Option<SecretString>,
    #[serde(default, rename = "expires_in")]
    seconds: Option<u64>,
}

impl Granted {
    pub(super) fn lifetime(&self) -> Duration {
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

/// Trades the credentials, or a refresh token, for an access token.
pub(super) async fn request(
    http: &Http,
    endpoint: &Url,
    credentials: &Credentials,
    refresh: Option<&SecretString>,
) -> Result<Granted, Error> {
    let request = http.request(Method::POST, endpoint).form(&form(credentials, refresh));
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
            let Refused { error, error_description: description } = refused;
            Err(Error::Auth { status: head.status.as_u16(), error, description })
        }
        _ => Err(head.check(&bytes).err().unwrap_or(Error::Accepted)),
    }
}

fn form<'a>(credentials: &'a Credentials, refresh: Option<&'a SecretString>) -> Vec<(&'static str, &'a str)> {
    let mut form = Vec::with_capacity(5);
    match credentials {
        Credentials::OAuthPassword { client_id, client_secret, .. }
        | Credentials::OAuthClientCredentials { client_id, client_secret }
        | Credentials::OAuthRefresh { client_id, client_secret, .. } => {
            form.push(("client_id", client_id.as_str()));
            form.push(("client_secret", client_secret.expose_secret()));
        }
        Credentials::Anonymous | Credentials::Basic { .. } => {}
    }
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
        (_, None) => form.push(("grant_type", "client_credentials")),
    }
    form
}
