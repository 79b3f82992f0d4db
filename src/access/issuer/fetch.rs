//! Fetches an issuer's keys: its discovery document, then the set that this names.
//!
//! It follows no redirect, reads a bounded answer in a bounded time, and believes a document only of the issuer that it
//! asked for. The environment's proxies are not used.

use std::time::Duration;

use reqwest::redirect::Policy;
use serde::Deserialize;

use super::keys::{Key, MAX_KEYS};
use crate::config::{self, is_safe_issuer_url};

/// Largest answer that is read.
const MAX_BODY: usize = 512 * 1024;
const CONNECT: Duration = Duration::from_secs(3);
/// For one request and its answer.
const TOTAL: Duration = Duration::from_secs(5);

/// Where an issuer's keys come from.
pub(super) struct Source {
    client: reqwest::Client,
    issuer: String,
    jwks_url: Option<String>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("{0}")]
    Request(#[from] reqwest::Error),
    #[error("it answered {0}")]
    Answer(reqwest::StatusCode),
    #[error("its answer is longer than {MAX_BODY} bytes")]
    TooLong,
    #[error("its answer is not what was asked for: {0}")]
    Content(#[from] serde_json::Error),
    #[error("its discovery document is of another issuer")]
    OtherIssuer,
    #[error("its discovery document names no https address of its keys")]
    UnsafeAddress,
    #[error("it publishes no key that can be used")]
    NoKey,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

impl Source {
    pub(super) fn new(settings: &config::Issuer) -> Result<Self, String> {
        // Fails if the process has one already, which is then used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Source {
            client: client(settings)?,
            issuer: settings.url.clone(),
            jwks_url: settings.jwks_url.clone(),
        })
    }

    /// The keys that it publishes now, those that can be used.
    pub(super) async fn keys(&self) -> Result<Vec<Key>, FetchError> {
        let url = match &self.jwks_url {
            Some(url) => url.clone(),
            None => self.discover().await?,
        };
        let set: KeySet = serde_json::from_slice(&self.get(&url).await?)?;
        let keys: Vec<Key> = set.keys.into_iter().filter_map(Key::read).take(MAX_KEYS).collect();
        if keys.is_empty() { Err(FetchError::NoKey) } else { Ok(keys) }
    }

    async fn discover(&self) -> Result<String, FetchError> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let found: Discovery = serde_json::from_slice(&self.get(&url).await?)?;
        if found.issuer != self.issuer {
            return Err(FetchError::OtherIssuer);
        }
        // An issuer that is reached through TLS does not send us on to an address that is not.
        let weaker = self.issuer.starts_with("https:") && !found.jwks_uri.starts_with("https:");
        if weaker || !is_safe_issuer_url(&found.jwks_uri) {
            return Err(FetchError::UnsafeAddress);
        }
        Ok(found.jwks_uri)
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let mut response = self.client.get(url).header("accept", "application/json").send().await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Answer(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// A machine without certificates of its own is no obstacle where they are not needed: for `http`, or where a certificate
/// authority is given.
fn client(settings: &config::Issuer) -> Result<reqwest::Client, String> {
    let authorities = match &settings.ca_file {
        None => Vec::new(),
        Some(path) => {
            let pem =
                std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(|_| format!("{} holds no certificate in PEM", path.display()))?
        }
    };
    let builder = || {
        reqwest::Client::builder()
            .user_agent(concat!("sncgate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .pool_max_idle_per_host(1)
    };
    let needed = settings.url.starts_with("https:") && authorities.is_empty();
    let made = builder().tls_certs_merge(authorities.clone()).build();
    let made = if made.is_err() && !needed { builder().tls_certs_only(authorities).build() } else { made };
    made.map_err(|error| format!("cannot make an HTTP client: {error}"))
}
