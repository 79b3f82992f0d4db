//! Bodies that are too large to hold: sent and read as they come, bounded only in their silences.

use std::future::Future;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use reqwest::{Body, Response};
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::body::ReplyHead;
use super::{Caller, Reply, Transport};
use crate::Error;
use crate::auth::Authorization;
use crate::rate::{Class, Permit};

/// When something last moved.
pub(crate) trait Progress {
    /// The moment of the last byte.
    fn last(&self) -> Instant;
}

/// A reply whose body is still to be read, and the turn that lasts until it is.
pub(crate) struct Opened {
    pub(crate) reply: Response,
    pub(crate) permit: Permit,
}

impl Caller<'_> {
    /// Opens a reply whose body the caller reads. It takes a turn of the bulk class: who reads it may be slow,
    /// and must not keep others from theirs. A refused token is replaced once.
    pub(crate) async fn open(&self, url: &Url, headers: &HeaderMap) -> Result<Opened, Error> {
        let permit = self.limiter.acquire(Class::Bulk).await?;
        match self.transport.signed_in(url, headers).await {
            Ok(reply) => Ok(Opened { reply, permit }),
            Err(error) => {
                permit.finish(Some(&error));
                Err(error)
            }
        }
    }

    /// Sends a body that comes as it is read. It cannot be sent twice, so neither can the request.
    pub(crate) async fn send(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Body,
        progress: &impl Progress,
    ) -> Result<Reply, Error> {
        let permit = self.limiter.acquire(self.class).await?;
        let result = self.transport.send_once(url, headers, body, progress).await;
        // How long it took says nothing: that was the body.
        if let Err(error) = &result {
            permit.finish(Some(error));
        }
        result
    }
}

impl Transport {
    async fn signed_in(&self, url: &Url, headers: &HeaderMap) -> Result<Response, Error> {
        let authorization = self.auth.authorization(&self.http).await?;
        match self.open_once(url, headers, &authorization).await {
            Err(Error::Unauthenticated(_)) if authorization.is_renewable() => {
                self.auth.refused(&authorization);
                let fresh = self.auth.authorization(&self.http).await?;
                self.open_once(url, headers, &fresh).await
            }
            other => other,
        }
    }

    async fn open_once(
        &self,
        url: &Url,
        headers: &HeaderMap,
        authorization: &Authorization,
    ) -> Result<Response, Error> {
        let request = self.http.request(Method::GET, url).headers(headers.clone());
        let reply = self.http.open(authorization.apply(request)).await?;
        if matches!(reply.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
            return Ok(reply);
        }
        Err(self.refusal(reply).await)
    }

    /// What a reply is that was to be a file.
    async fn refusal(&self, reply: Response) -> Error {
        let head = ReplyHead::of(&reply);
        match self.http.read(reply, self.max_body).await {
            Ok(body) => match head.check(&body) {
                Err(error) => error,
                Ok(()) => Error::Decode(format!("the status {} was not expected", head.status)),
            },
            Err(error) => error,
        }
    }

    async fn send_once(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Body,
        progress: &impl Progress,
    ) -> Result<Reply, Error> {
        let authorization = self.auth.authorization(&self.http).await?;
        let request = self.http.request(Method::POST, url).headers(headers).body(body);
        let sent = self.unless_silent(authorization.apply(request).send(), progress).await?;
        let reply = sent.map_err(Error::from_transport)?;
        let head = ReplyHead::of(&reply);
        let body: Bytes = self.http.read(reply, self.max_body).await?;
        let checked = head.check(&body);
        if matches!(checked, Err(Error::Unauthenticated(_))) {
            self.auth.refused(&authorization);
        }
        checked.map(|()| Reply { head, body })
    }

    async fn unless_silent<F: Future>(
        &self,
        sending: F,
        progress: &impl Progress,
    ) -> Result<F::Output, Error> {
        let mut sending = std::pin::pin!(sending);
        loop {
            let patience = progress.last() + self.http.read_timeout;
            tokio::select! {
                output = &mut sending => return Ok(output),
                () = sleep_until(patience) => {
                    if progress.last() + self.http.read_timeout <= Instant::now() {
                        return Err(Error::Timeout);
                    }
                }
            }
        }
    }
}
