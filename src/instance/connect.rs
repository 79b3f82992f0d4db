//! Makes a ServiceNow client from an instance's settings.

use secrecy::ExposeSecret;
use servicenow::{Client, Credentials, RatePolicy};

use crate::config::{Auth, Instance, Proxy};

/// The settings of an instance do not make a client.
#[derive(Debug, thiserror::Error)]
#[error("instances.{instance}: {problem}")]
pub struct SettingsError {
    /// The instance's name.
    pub(super) instance: String,
    /// What is wrong.
    pub(super) problem: String,
}

/// A client for the instance, or what is wrong with the settings; nothing is connected yet.
pub(super) fn client(settings: &Instance) -> Result<Client, String> {
    let mut builder = Client::builder(settings.url.as_str())
        .credentials(credentials(&settings.auth))
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .total_timeout(settings.total_timeout)
        .schema_ttl(settings.schema_ttl)
        // Less while the instance is under load.
        .rate(RatePolicy { max_concurrent: settings.max_concurrent, ..RatePolicy::default() })
        .user_agent(concat!("sncgate/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &settings.ca_file {
        builder = builder.ca_certificate(read(path)?);
    }
    if let Some(path) = &settings.client_cert_file {
        builder = builder.client_certificate(read(path)?);
    }
    if let Some(proxy) = &settings.proxy {
        builder = builder.proxy(proxy_url(proxy));
    }
    builder.build().map_err(|error| error.to_string())
}

/// With its credentials inside, which is how a proxy takes them; the client keeps it as a secret.
fn proxy_url(proxy: &Proxy) -> String {
    let mut url = proxy.url.clone();
    if let (Some(username), Some(password)) = (&proxy.username, &proxy.password) {
        // Only URLs without a host refuse credentials, and the configuration refuses those.
        let _ = url.set_username(username);
        let _ = url.set_password(Some(password.expose_secret()));
    }
    url.into()
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn credentials(auth: &Auth) -> Credentials {
    match auth.clone() {
        Auth::Basic { username, password } => Credentials::Basic { username, password },
        Auth::OAuthPassword { client_id, client_secret, username, password } => {
            Credentials::OAuthPassword { client_id, client_secret, username, password }
        }
        Auth::ClientCredentials { client_id, client_secret } => {
            Credentials::OAuthClientCredentials { client_id, client_secret }
        }
        Auth::Refresh { client_id, client_secret, refresh_token } => {
            Credentials::OAuthRefresh { client_id, client_secret, refresh_token }
        }
        Auth::JwtBearer { client_id, client_secret, private_key, key_id, issuer, subject, audience } => {
            Credentials::OAuthJwtBearer {
                client_id,
                client_secret,
                private_key,
                key_id,
                issuer,
                subject,
                audience,
            }
        }
        Auth::ApiKey { key } => Credentials::ApiKey { key },
        Auth::Certificate => Credentials::Anonymous,
    }
}
