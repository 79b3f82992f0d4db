//! Requests over HTTP: signed in, bounded, classified, retried.

pub(crate) mod body;

use bytes::Bytes;
use http::{Method, header};
use url::Url;

use crate::Error;
use crate::address::Params;
use crate::auth::{Authenticator, Authorization};
use crate::retry::{Budget, RetryPolicy};
use body::ReplyHead;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// JSON.
    pub(crate) body: Option<Bytes>,
}

/// A reply whose status says success.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) head: ReplyHead,
    pub(crate) body: Bytes,
}

pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) auth: Authenticator,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) max_body: usize,
}

impl Transport {
    /// A read; `segments` are below the instance's URL.
    pub(crate) fn get(&self, segments: &[&str], params: &Params) -> Result<Request, Error> {
        self.request(Method::GET, segments, params, None)
    }

    pub(crate) fn request(
        &self,
        method: Method,
        segments: &[&str],
        params: &Params,
        body: Option<Bytes>,
    ) -> Result<Request, Error> {
        Ok(Request { method, url: crate::address::request(&self.base, segments, params)?, body })
    }

    /// Sends, decodes, and does both again where that is safe: a reply that breaks off shows only in decoding.
    pub(crate) async fn call<T>(
        &self,
        request: &Request,
        decode: impl Fn(&Reply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut attempt = 1;
        loop {
            let error = match self.once(request, &decode).await {
                Ok(value) => {
                    self.budget.deposit();
                    return Ok(value);
                }
                Err(error) => error,
            };
            let read = request.method == Method::GET;
            let Some(delay) = self.retry.delay(attempt, &error, read) else { return Err(error) };
            if !self.budget.withdraw() {
                tracing::warn!(%error, "the retry budget is spent");
                return Err(error);
            }
            let path = request.url.path();
            tracing::debug!(method = %request.method, path, attempt, ?delay, %error, "sending again");
            tokio::time::sleep(delay).await;
            attempt += 1;
        }
    }

    /// One try. A token that is refused is replaced once: the instance did not process the request.
    pub(crate) async fn once<T>(
        &self,
        request: &Request,
        decode: impl Fn(&Reply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let authorization = self.auth.authorization(&self.http).await?;
        let answer = self.exchange(request, &authorization).await;
        let reply = match answer {
            Err(Error::Unauthenticated(_)) if authorization.is_renewable() => {
                self.auth.refused(&authorization);
                let fresh = self.auth.authorization(&self.http).await?;
                self.exchange(request, &fresh).await?
            }
            other => other?,
        };
        decode(&reply)
    }

    async fn exchange(&self, request: &Request, authorization: &Authorization) -> Result<Reply, Error> {
        let mut builder = self.http.request(request.method.clone(), request.url.clone());
        builder = builder.header(header::ACCEPT, "application/json");
        if let Some(value) = &authorization.header {
            builder = builder.header(header::AUTHORIZATION, value.clone());
        }
        if let Some(body) = &request.body {
            builder = builder.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let reply = builder.send().await.map_err(Error::from_transport)?;
        let head = ReplyHead::of(&reply);
        let body = body::read(reply, self.max_body).await?;
        head.check(&body)?;
        Ok(Reply { head, body })
    }
}
