//! Requests over HTTP: signed in, bounded, classified, retried.

pub(crate) mod body;
mod http;
mod transfer;

use ::http::{Method, header};
use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use crate::Error;
use crate::address::Params;
use crate::auth::{Authenticator, Authorization};
use crate::rate::{Class, Limiter, Permit};
use crate::retry::{Budget, RetryPolicy};
use body::ReplyHead;

pub(crate) use http::Http;
pub(crate) use transfer::{Opened, Progress};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// JSON.
    pub(crate) body: Option<Bytes>,
    /// It changes nothing, so it may be sent again whatever became of it.
    pub(crate) read: bool,
}

/// A reply whose status says success.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) head: ReplyHead,
    pub(crate) body: Bytes,
}

/// What all requests of a client share.
pub(crate) struct Transport {
    pub(crate) http: Http,
    pub(crate) base: Url,
    pub(crate) auth: Authenticator,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Arc<Budget>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) max_body: usize,
}

impl Transport {
    /// The same instance as somebody else: connections, retries and turns are shared.
    pub(crate) fn signed_in_by(&self, auth: Authenticator) -> Transport {
        Transport {
            http: self.http.clone(),
            base: self.base.clone(),
            auth,
            retry: self.retry.clone(),
            budget: self.budget.clone(),
            limiter: self.limiter.clone(),
            max_body: self.max_body,
        }
    }

    /// A read; `segments` are below the instance's URL.
    pub(crate) fn get(&self, segments: &[&str], params: &Params) -> Result<Request, Error> {
        self.request(Method::GET, segments, params, None)
    }

    pub(crate) fn url(&self, segments: &[&str], params: &Params) -> Result<Url, Error> {
        crate::address::request(&self.base, segments, params)
    }

    pub(crate) fn request(
        &self,
        method: Method,
        segments: &[&str],
        params: &Params,
        body: Option<Bytes>,
    ) -> Result<Request, Error> {
        let url = self.url(segments, params)?;
        Ok(Request { read: method == Method::GET, method, url, body })
    }

    /// Waits before something is tried again; gives the error back where it is not to be.
    pub(crate) async fn pause(&self, attempt: u32, error: Error, read: bool) -> Result<(), Error> {
        let Some(delay) = self.retry.delay(attempt, &error, read) else { return Err(error) };
        if !self.budget.withdraw() {
            tracing::warn!(%error, "the retry budget is spent");
            return Err(error);
        }
        tracing::debug!(attempt, ?delay, %error, "trying again");
        tokio::time::sleep(delay).await;
        Ok(())
    }

    async fn exchange(&self, request: &Request, authorization: &Authorization) -> Result<Reply, Error> {
        let mut builder = self.http.request(request.method.clone(), &request.url);
        builder = authorization.apply(builder.header(header::ACCEPT, "application/json"));
        if let Some(body) = &request.body {
            builder = builder.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let sent = tokio::time::Instant::now();
        let (mut head, body) = self.http.fetch(builder, self.max_body).await?;
        head.took = sent.elapsed();
        head.check(&body)?;
        Ok(Reply { head, body })
    }
}

/// The transport in the hands of one who is in a hurry, or not.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'t> {
    pub(crate) transport: &'t Transport,
    pub(crate) class: Class,
}

impl Deref for Caller<'_> {
    type Target = Transport;

    fn deref(&self) -> &Transport {
        self.transport
    }
}

impl Caller<'_> {
    /// Sends, decodes, and does both again where that is safe: a reply that breaks off shows only in decoding.
    pub(crate) async fn call<T>(
        &self,
        request: &Request,
        decode: impl Fn(&Reply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.call_counted(request, decode, |_| false).await.1
    }

    /// The same, with how often it was sent. What is `hopeless` is not sent again.
    pub(crate) async fn call_counted<T>(
        &self,
        request: &Request,
        decode: impl Fn(&Reply) -> Result<T, Error>,
        hopeless: impl Fn(&Error) -> bool,
    ) -> (u32, Result<T, Error>) {
        let mut attempt = 1;
        loop {
            let error = match self.once(request, &decode).await {
                Ok(value) => {
                    self.budget.deposit();
                    return (attempt, Ok(value));
                }
                // The wait for a turn was long enough.
                Err(error @ Error::Busy { .. }) => return (attempt, Err(error)),
                Err(error) if hopeless(&error) => return (attempt, Err(error)),
                Err(error) => error,
            };
            if let Err(error) = self.pause(attempt, error, request.read).await {
                return (attempt, Err(error));
            }
            attempt += 1;
        }
    }

    /// One try. A token that is refused is replaced once: the instance did not process the request.
    pub(crate) async fn once<T>(
        &self,
        request: &Request,
        decode: impl Fn(&Reply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let permit = self.limiter.acquire(self.class).await?;
        let result = self.attempt(request).await.and_then(|reply| decode(&reply));
        permit.finish(result.as_ref().err());
        result
    }

    /// One try within a turn that was got for another request: to wait for a second turn while holding one could
    /// last for ever.
    pub(crate) async fn within<T>(
        &self,
        _turn: &Permit,
        request: &Request,
        decode: impl Fn(&Reply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        decode(&self.attempt(request).await?)
    }

    async fn attempt(&self, request: &Request) -> Result<Reply, Error> {
        let authorization = self.auth.authorization(&self.http).await?;
        let answer = self.exchange(request, &authorization).await;
        match answer {
            Err(Error::Unauthenticated(_)) if authorization.is_renewable() => {
                self.auth.refused(&authorization);
                let fresh = self.auth.authorization(&self.http).await?;
                self.exchange(request, &fresh).await
            }
            other => other,
        }
    }
}
