//! The connection, and how a call is sent: deadline, retries, stubs.

use std::time::{Duration, Instant};

#[cfg(feature = "arrow")]
use arrow_flight::flight_service_client::FlightServiceClient;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

use crate::auth::{Authorized, Bearer};
use crate::backoff::Backoff;
use crate::builder::Builder;
use crate::error::{Error, Result};
use crate::pb::attachment_service_client::AttachmentServiceClient;
use crate::pb::batch_service_client::BatchServiceClient;
use crate::pb::import_service_client::ImportServiceClient;
use crate::pb::journal_service_client::JournalServiceClient;
use crate::pb::query_service_client::QueryServiceClient;
use crate::pb::record_service_client::RecordServiceClient;
use crate::pb::schema_service_client::SchemaServiceClient;
use crate::pb::system_service_client::SystemServiceClient;

/// A page of 10000 wide records is larger than tonic's 4 MiB.
const MAX_MESSAGE_BYTES: usize = 256 * 1024 * 1024;

/// A connection to a gateway. Clones share it.
#[derive(Clone, Debug)]
pub struct Client {
    channel: Channel,
    bearer: Bearer,
    pub(crate) settings: Settings,
}

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) instance: String,
    pub(crate) deadline: Duration,
    pub(crate) stream_deadline: Option<Duration>,
    pub(crate) retries: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { instance: String::new(), deadline: Duration::from_secs(60), stream_deadline: None, retries: 5 }
    }
}

/// Whether a call may be sent again after it may have had its effect.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    Safe,
    Unsafe,
}

impl Client {
    /// Connects to the gateway at `url`, as "<http://127.0.0.1:8080>".
    ///
    /// # Errors
    /// The URL is malformed, or nobody answers there.
    pub async fn connect(url: impl Into<String>) -> Result<Self> {
        Self::builder(url).connect().await
    }

    /// Connects with other settings than the defaults.
    pub fn builder(url: impl Into<String>) -> Builder {
        Builder::new(url.into())
    }

    /// The same connection, for another instance.
    #[must_use]
    pub fn with_instance(&self, name: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.settings.instance = name.into();
        client
    }

    /// The stub of RecordService, for what this client does not cover.
    #[must_use]
    pub fn record_stub(&self) -> RecordServiceClient<Authorized> {
        RecordServiceClient::new(self.authorized()).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The stub of AttachmentService.
    #[must_use]
    pub fn attachment_stub(&self) -> AttachmentServiceClient<Authorized> {
        AttachmentServiceClient::new(self.authorized()).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The stub of ImportService.
    #[must_use]
    pub fn import_stub(&self) -> ImportServiceClient<Authorized> {
        ImportServiceClient::new(self.authorized()).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The stub of JournalService.
    #[must_use]
    pub fn journal_stub(&self) -> JournalServiceClient<Authorized> {
        JournalServiceClient::new(self.authorized()).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The stub of BatchService.
    #[must_use]
    pub fn batch_stub(&self) -> BatchServiceClient<Authorized> {
        BatchServiceClient::new(self.authorized()).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The stub of QueryService.
    #[must_use]
    pub fn query_stub(&self) -> QueryServiceClient<Authorized> {
        QueryServiceClient::new(self.authorized()).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The stub of SchemaService.
    #[must_use]
    pub fn schema_stub(&self) -> SchemaServiceClient<Authorized> {
        SchemaServiceClient::new(self.authorized()).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The stub of SystemService.
    #[must_use]
    pub fn system_stub(&self) -> SystemServiceClient<Authorized> {
        SystemServiceClient::new(self.authorized()).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The stub of Arrow Flight.
    #[cfg(feature = "arrow")]
    #[must_use]
    pub fn flight_stub(&self) -> FlightServiceClient<Authorized> {
        FlightServiceClient::new(self.authorized()).max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    pub(crate) fn from_channel(channel: Channel, bearer: Bearer, settings: Settings) -> Self {
        Self { channel, bearer, settings }
    }

    pub(crate) fn with_bearer(&self, bearer: Bearer) -> Self {
        Self { bearer, ..self.clone() }
    }

    pub(crate) fn authorized(&self) -> Authorized {
        Authorized::new(self.channel.clone(), self.bearer.clone())
    }

    pub(crate) fn channel(&self) -> &Channel {
        &self.channel
    }

    pub(crate) fn bearer(&self) -> &Bearer {
        &self.bearer
    }

    /// A request's own instance, or else this client's.
    pub(crate) fn instance_or(&self, named: String) -> String {
        if named.is_empty() { self.settings.instance.clone() } else { named }
    }

    /// Sends a call, and sends it again where that is safe and may help, all within one deadline.
    pub(crate) async fn call<S, M, R, F>(
        &self,
        repeat: Repeat,
        stub: S,
        message: M,
        send: impl Fn(S, Request<M>) -> F,
    ) -> Result<R>
    where
        S: Clone,
        M: Clone,
        F: Future<Output = std::result::Result<Response<R>, Status>>,
    {
        let end = Instant::now() + self.settings.deadline;
        let mut backoff = Backoff::new(self.settings.retries);
        let mut recovered = false;
        self.bearer.prepare(&self.channel).await?;
        loop {
            let mut request = Request::new(message.clone());
            request.set_timeout(end.saturating_duration_since(Instant::now()));
            let used = self.bearer.used();
            let error = match send(stub.clone(), request).await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) => Error::from(status),
            };
            // Refused at the door: it had no effect, whatever it is.
            if !recovered && self.bearer.recover(&self.channel, &error, &used).await? {
                recovered = true;
                continue;
            }
            if repeat == Repeat::Unsafe || !error.is_retryable() {
                return Err(error);
            }
            let Some(delay) = backoff.next(error.retry_after()) else { return Err(error) };
            if Instant::now() + delay >= end {
                return Err(error);
            }
            tokio::time::sleep(delay).await;
        }
    }
}
