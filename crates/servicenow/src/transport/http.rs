//! The HTTP client with its times: a call is bounded as a whole, a transfer only in its silences.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use reqwest::{RequestBuilder, Response};
use tokio::time::timeout;
use url::Url;

use super::body::{self, ReplyHead};
use crate::Error;

#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) client: reqwest::Client,
    /// How long the instance may be silent.
    pub(crate) read_timeout: Duration,
    /// How long a call may take, from its start to the last byte of its reply.
    pub(crate) total_timeout: Duration,
}

impl Http {
    pub(crate) fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.client.request(method, url.clone())
    }

    /// Sends a request and reads the whole reply, of at most `limit` bytes.
    pub(crate) async fn fetch(
        &self,
        request: RequestBuilder,
        limit: usize,
    ) -> Result<(ReplyHead, Bytes), Error> {
        let exchange = async {
            let reply = self.open(request).await?;
            let head = ReplyHead::of(&reply);
            Ok((head, self.read(reply, limit).await?))
        };
        timeout(self.total_timeout, exchange).await.map_err(|_| Error::Timeout)?
    }

    /// Sends a request and waits for the head of the reply.
    pub(crate) async fn open(&self, request: RequestBuilder) -> Result<Response, Error> {
        let sent = timeout(self.read_timeout, request.send()).await.map_err(|_| Error::Timeout)?;
        sent.map_err(Error::from_transport)
    }

    /// The rest of a reply, of at most `limit` bytes.
    pub(crate) async fn read(&self, reply: Response, limit: usize) -> Result<Bytes, Error> {
        body::read(reply, limit, self.read_timeout).await
    }
}
