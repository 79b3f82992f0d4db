//! What a client is made of.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::connect::{self, Connection};
use super::{Client, Inner};
use crate::auth::{Authenticator, Credentials};
use crate::rate::{Class, Limiter, RatePolicy};
use crate::retry::{Budget, RetryPolicy};
use crate::schema::Schemas;
use crate::transport::Transport;
use crate::{Error, address};

/// The largest reply that is read, unless set otherwise.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// How long a table's schema is trusted, unless set otherwise.
const SCHEMA_TTL: Duration = Duration::from_secs(600);

/// The settings of a [`Client`]; made by [`Client::builder`].
#[derive(Debug)]
pub struct ClientBuilder {
    instance: String,
    credentials: Credentials,
    retry: RetryPolicy,
    rate: RatePolicy,
    max_body: usize,
    schema_ttl: Duration,
    connection: Connection,
}

impl ClientBuilder {
    pub(super) fn new(instance: &str) -> ClientBuilder {
        ClientBuilder {
            instance: instance.to_owned(),
            credentials: Credentials::Anonymous,
            retry: RetryPolicy::default(),
            rate: RatePolicy::default(),
            max_body: MAX_BODY,
            schema_ttl: SCHEMA_TTL,
            connection: Connection::default(),
        }
    }

    /// Who signs in; nobody by default.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> ClientBuilder {
        self.credentials = credentials;
        self
    }

    /// The URL of a proxy (http, https, socks5) for all requests. The environment's proxies are not used.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> ClientBuilder {
        self.connection.proxy = Some(url.into().into());
        self
    }

    /// Certificate authorities (PEM, one or more) trusted besides the system's.
    #[must_use]
    pub fn ca_certificate(mut self, pem: impl Into<Vec<u8>>) -> ClientBuilder {
        self.connection.ca_certificate = Some(pem.into());
        self
    }

    /// A client certificate and its private key (PEM, both in one).
    #[must_use]
    pub fn client_certificate(mut self, pem: impl Into<Vec<u8>>) -> ClientBuilder {
        self.connection.client_certificate = Some(secrecy::SecretSlice::from(pem.into()));
        self
    }

    /// How long connecting may take; 10 seconds by default.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.connection.connect_timeout = timeout;
        self
    }

    /// How long the instance may be silent; 75 seconds by default, a little above its transaction quota.
    #[must_use]
    pub fn read_timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.connection.read_timeout = timeout;
        self
    }

    /// How long one try may take from its start to the reply's last byte; 5 minutes by default.
    #[must_use]
    pub fn total_timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.connection.total_timeout = timeout;
        self
    }

    /// How many idle connections are kept; 8 by default.
    #[must_use]
    pub fn pool_max_idle(mut self, connections: usize) -> ClientBuilder {
        self.connection.pool_max_idle = connections;
        self
    }

    /// The `User-Agent`; this crate's name and version by default.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> ClientBuilder {
        self.connection.user_agent = user_agent.into();
        self
    }

    /// When requests are sent again.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> ClientBuilder {
        self.retry = policy;
        self
    }

    /// How much is asked of the instance at once.
    #[must_use]
    pub fn rate(mut self, policy: RatePolicy) -> ClientBuilder {
        self.rate = policy;
        self
    }

    /// The largest reply that is read, in bytes after decompression; 64 MiB by default.
    #[must_use]
    pub fn max_reply_bytes(mut self, bytes: usize) -> ClientBuilder {
        self.max_body = bytes;
        self
    }

    /// How long a table's schema is trusted; 10 minutes by default.
    #[must_use]
    pub fn schema_ttl(mut self, ttl: Duration) -> ClientBuilder {
        self.schema_ttl = ttl;
        self
    }

    /// Makes the client. It does not connect yet.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] names what cannot be used: the URL, the proxy, a certificate, a header.
    pub fn build(self) -> Result<Client, Error> {
        let base: Url = address::instance(&self.instance)?;
        let http = connect::http_client(&self.connection, base.scheme() == "https")?;
        let auth = Authenticator::new(self.credentials, &base)?;
        let budget = Arc::new(Budget::new(self.retry.budget));
        let limiter = Limiter::new(self.rate, self.retry.max_retry_after);
        let (retry, max_body) = (self.retry, self.max_body);
        let transport = Transport { http, base, auth, retry, budget, limiter, max_body };
        let schemas = Schemas::new(self.schema_ttl);
        Ok(Client { inner: Arc::new(Inner { transport, schemas }), class: Class::default() })
    }
}
