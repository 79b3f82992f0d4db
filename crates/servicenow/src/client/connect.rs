//! The HTTP client beneath: TLS, proxy, timeouts, pool.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Identity, Proxy};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::Error;
use crate::error::chain;
use crate::transport::Http;

/// How connections are made.
#[derive(Debug)]
pub(super) struct Connection {
    /// It may hold a password.
    pub(super) proxy: Option<SecretString>,
    pub(super) ca_certificate: Option<Vec<u8>>,
    pub(super) client_certificate: Option<SecretSlice<u8>>,
    pub(super) connect_timeout: Duration,
    pub(super) read_timeout: Duration,
    pub(super) total_timeout: Duration,
    pub(super) pool_max_idle: usize,
    pub(super) user_agent: String,
}

impl Default for Connection {
    fn default() -> Connection {
        Connection {
            proxy: None,
            ca_certificate: None,
            client_certificate: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(75),
            total_timeout: Duration::from_secs(300),
            pool_max_idle: 8,
            user_agent: concat!("servicenow-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Whose certificates are trusted.
#[derive(Clone, Copy, PartialEq)]
enum Roots {
    /// The system's, and those given.
    System,
    /// Only those given.
    Given,
}

/// Makes the client. A machine without certificates of its own (a bare container) is no obstacle where they
/// are not needed: for `http`, or where a certificate authority is given.
pub(super) fn http_client(connection: &Connection, tls: bool) -> Result<Http, Error> {
    // Fails if the process has one already, which is then used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let made = builder(connection, Roots::System)?.build();
    let made = match made {
        Err(_) if !tls || connection.ca_certificate.is_some() => builder(connection, Roots::Given)?.build(),
        other => other,
    };
    let client =
        made.map_err(|error| Error::InvalidInput(format!("cannot make the HTTP client: {}", chain(&error))))?;
    // reqwest's own read timeout would also run while a long body is sent.
    let Connection { read_timeout, total_timeout, .. } = *connection;
    Ok(Http { client, read_timeout, total_timeout })
}

fn builder(connection: &Connection, roots: Roots) -> Result<reqwest::ClientBuilder, Error> {
    let authorities = match &connection.ca_certificate {
        Some(pem) => authorities(pem)?,
        None => Vec::new(),
    };
    let mut builder = reqwest::Client::builder()
        .user_agent(&connection.user_agent)
        .connect_timeout(connection.connect_timeout)
        .pool_max_idle_per_host(connection.pool_max_idle)
        .redirect(Policy::none())
        .referer(false)
        .gzip(true);
    builder = match roots {
        Roots::System => builder.tls_certs_merge(authorities),
        Roots::Given => builder.tls_certs_only(authorities),
    };
    builder = match &connection.proxy {
        Some(url) => builder.proxy(proxy(url)?),
        None => builder.no_proxy(),
    };
    if let Some(pem) = &connection.client_certificate {
        let identity = Identity::from_pem(pem.expose_secret());
        builder = builder.identity(identity.map_err(|_| invalid("the client certificate or its key"))?);
    }
    Ok(builder)
}

fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    let certificates = Certificate::from_pem_bundle(pem).map_err(|_| invalid("the CA certificate"))?;
    if certificates.is_empty() { Err(invalid("the CA certificate")) } else { Ok(certificates) }
}

fn proxy(url: &SecretString) -> Result<Proxy, Error> {
    // The parser's error could quote the URL and its password.
    Proxy::all(url.expose_secret()).map_err(|_| invalid("the proxy's URL"))
}

fn invalid(what: &str) -> Error {
    Error::InvalidInput(format!("{what} cannot be read"))
}
