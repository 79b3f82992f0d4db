//! How a client connects.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::auth::Bearer;
use crate::client::{Client, Settings};
use crate::error::{Error, Result};
use crate::pb::Tokens;

/// Connects a [`Client`], with other settings than the defaults.
#[derive(Clone, Debug)]
pub struct Builder {
    url: String,
    connect_timeout: Duration,
    user_agent: Option<String>,
    ca: Option<Vec<u8>>,
    identity: Option<OwnCertificate>,
    credential: Credential,
    settings: Settings,
}

#[derive(Clone)]
struct OwnCertificate(Identity);

/// Never the key.
impl fmt::Debug for OwnCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnCertificate")
    }
}

#[derive(Clone, Default)]
enum Credential {
    #[default]
    None,
    Token(String),
    Session(Tokens, Arc<dyn Fn(&Tokens) + Send + Sync>),
}

/// Never the token itself.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credential::None => "None",
            Credential::Token(_) => "Token",
            Credential::Session(..) => "Session",
        })
    }
}

impl Builder {
    pub(crate) fn new(url: String) -> Self {
        let settings = Settings::default();
        Self {
            url,
            connect_timeout: Duration::from_secs(10),
            user_agent: None,
            ca: None,
            identity: None,
            credential: Credential::None,
            settings,
        }
    }

    /// The instance of requests that name none. Otherwise the gateway's default instance.
    #[must_use]
    pub fn instance(mut self, name: impl Into<String>) -> Self {
        self.settings.instance = name.into();
        self
    }

    /// The longest time to connect. 10 seconds unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The deadline of a call, its retries included. 60 seconds unless set. Streams have their own.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// The deadline of a whole stream, its resumes included. None unless set.
    #[must_use]
    pub fn stream_deadline(mut self, deadline: Duration) -> Self {
        self.settings.stream_deadline = Some(deadline);
        self
    }

    /// How often a call is sent again, or a stream resumed without having moved on. 5 unless set; 0 is never.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.settings.retries = retries;
        self
    }

    /// What the gateway's logs show. "sncgate-client/VERSION" unless set.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// An API key or an access token, used as it is.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.credential = Credential::Token(token.into());
        self
    }

    /// The token in the environment variable SNCGATE_TOKEN, if there is one.
    #[must_use]
    pub fn token_from_env(self) -> Self {
        match std::env::var("SNCGATE_TOKEN") {
            Ok(token) if !token.trim().is_empty() => self.token(token.trim()),
            _ => self,
        }
    }

    /// The tokens of a session, which is kept alive; `keep` is told of the next tokens whenever there are some.
    #[must_use]
    pub fn session(mut self, tokens: Tokens, keep: impl Fn(&Tokens) + Send + Sync + 'static) -> Self {
        self.credential = Credential::Session(tokens, Arc::new(keep));
        self
    }

    /// Certificates in PEM to trust in place of the system's.
    #[must_use]
    pub fn ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca = Some(pem.into());
        self
    }

    /// The client's own certificate, and its private key, in PEM: for a gateway that asks for one.
    #[must_use]
    pub fn client_certificate(mut self, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        self.identity = Some(OwnCertificate(Identity::from_pem(certificate, key)));
        self
    }

    /// Connects.
    ///
    /// # Errors
    /// The URL is malformed, or nobody answers there.
    pub async fn connect(self) -> Result<Client> {
        let channel = self.endpoint()?.connect().await.map_err(|error| self.unreachable(&error))?;
        Ok(Client::from_channel(channel, self.bearer()?, self.settings))
    }

    /// Connects with the first call, so that the gateway may start later than the client.
    ///
    /// # Errors
    /// The URL is malformed.
    pub fn connect_lazy(self) -> Result<Client> {
        let channel: Channel = self.endpoint()?.connect_lazy();
        Ok(Client::from_channel(channel, self.bearer()?, self.settings))
    }

    fn bearer(&self) -> Result<Bearer> {
        match &self.credential {
            Credential::None => Ok(Bearer::default()),
            Credential::Token(token) => Bearer::token(token),
            Credential::Session(tokens, keep) => Bearer::session(tokens, keep.clone()),
        }
    }

    fn endpoint(&self) -> Result<Endpoint> {
        let invalid = |error: &dyn std::fmt::Display| {
            Error::local(tonic::Code::InvalidArgument, format!("{:?} is not a URL: {error}", self.url))
        };
        let own = concat!("sncgate-client/", env!("CARGO_PKG_VERSION"));
        let mut endpoint = Endpoint::from_shared(self.url.clone())
            .map_err(|error| invalid(&error))?
            .connect_timeout(self.connect_timeout)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .user_agent(self.user_agent.as_deref().unwrap_or(own))
            .map_err(|error| invalid(&error))?;
        match endpoint.uri().scheme_str() {
            Some("http") => {}
            Some("https") => {
                endpoint = endpoint.tls_config(self.tls()).map_err(|error| invalid(&error))?;
            }
            _ => return Err(invalid(&"it begins with neither http:// nor https://")),
        }
        Ok(endpoint)
    }

    fn tls(&self) -> ClientTlsConfig {
        let config = match &self.ca {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        match &self.identity {
            Some(OwnCertificate(identity)) => config.identity(identity.clone()),
            None => config,
        }
    }

    fn unreachable(&self, error: &tonic::transport::Error) -> Error {
        let mut message = format!("cannot connect to {}", self.url);
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            if error.source().is_none() {
                message = format!("{message}: {error}");
            }
            cause = error.source();
        }
        Error::local(tonic::Code::Unavailable, message)
    }
}
