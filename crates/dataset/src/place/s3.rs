//! S3, and what speaks like it.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::Error;

/// The longest request: a piece of an upload over a slow line.
const PATIENCE: Duration = Duration::from_secs(120);

/// How an object store is reached.
#[derive(Clone, Debug, Default)]
pub struct S3 {
    /// Whether `AWS_*` variables say what is not said here.
    pub environment: bool,
    /// The store's address, where it is not Amazon's.
    pub endpoint: Option<String>,
    /// Its region; `us-east-1` where nobody says.
    pub region: Option<String>,
    /// The key's name.
    pub access_key_id: Option<String>,
    /// Its secret.
    pub secret_access_key: Option<SecretString>,
    /// What temporary keys have besides.
    pub session_token: Option<SecretString>,
}

pub(super) fn open(url: &str, access: &S3) -> Result<(Arc<dyn ObjectStore>, Path), Error> {
    let wrong = |problem: String| Error::Address(format!("{url}: {problem}"));
    let parsed = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
    let bucket = parsed.host_str().filter(|_| parsed.scheme() == "s3");
    let bucket = bucket.ok_or_else(|| wrong("is not of the form s3://bucket/prefix".to_owned()))?;
    if !parsed.username().is_empty() || parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(Error::Address(
            "an s3:// address is a bucket and a prefix only; credentials come from elsewhere".to_owned(),
        ));
    }
    let prefix = parsed.path().trim_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.=/".contains(c);
    if !prefix.chars().all(plain) {
        return Err(wrong("a prefix is made of letters, digits and _ - . = /".to_owned()));
    }
    let prefix = Path::parse(prefix).map_err(|error| wrong(error.to_string()))?;
    // Its HTTP client takes the process's own, and has none where nobody said which. A second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = builder(access).with_bucket_name(bucket).build();
    Ok((Arc::new(store.map_err(|error| wrong(error.to_string()))?), prefix))
}

fn builder(access: &S3) -> AmazonS3Builder {
    let mut builder = if access.environment { AmazonS3Builder::from_env() } else { AmazonS3Builder::new() };
    if let Some(region) = &access.region {
        builder = builder.with_region(region);
    } else if builder.get_config_value(&AmazonS3ConfigKey::Region).is_none() {
        builder = builder.with_region("us-east-1");
    }
    if let Some(endpoint) = &access.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint).unwrap_or_default();
    if let Some(id) = &access.access_key_id {
        builder = builder.with_access_key_id(id);
    }
    if let Some(secret) = &access.secret_access_key {
        builder = builder.with_secret_access_key(secret.expose_secret());
    }
    if let Some(token) = &access.session_token {
        builder = builder.with_token(token.expose_secret());
    }
    let client = ClientOptions::new()
        .with_timeout(PATIENCE)
        .with_connect_timeout(Duration::from_secs(10))
        .with_allow_http(endpoint.starts_with("http://"));
    let retry = RetryConfig { max_retries: 5, retry_timeout: PATIENCE, ..RetryConfig::default() };
    builder.with_client_options(client).with_retry(retry)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The HTTP client panics where the process has no provider of cryptography.
    #[test]
    fn a_bucket_is_opened() {
        let (_, prefix) = open("s3://bucket/a/b/", &S3::default()).unwrap();
        assert_eq!(prefix.as_ref(), "a/b");
    }

    #[test]
    fn what_is_no_bucket_is_refused_and_secrets_are_not_repeated() {
        for (url, told) in [
            ("http://bucket/x", "s3://bucket/prefix"),
            ("s3://", "s3://bucket/prefix"),
            ("bucket", "relative URL"),
            ("s3://key:hunter2@bucket/x", "credentials come from elsewhere"),
            ("s3://bucket/x?secret=hunter2", "credentials come from elsewhere"),
            ("s3://bucket/a b", "letters"),
            ("s3://bucket/a//b", "empty"),
        ] {
            let error = open(url, &S3::default()).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(told), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
