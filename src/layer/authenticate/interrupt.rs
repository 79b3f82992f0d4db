//! A body that ends when the credential behind it does: the caller gets a status, and no more messages.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::Status;

use crate::access::Principal;

pub(super) struct Interruptible {
    body: Body,
    state: State,
}

enum State {
    Running(BoxFuture<'static, Status>),
    Ended,
}

impl Interruptible {
    /// `why` is asked when the lease is over.
    pub(super) fn new(
        body: Body,
        principal: Arc<Principal>,
        why: impl Future<Output = Status> + Send + 'static,
    ) -> Self {
        let over = async move {
            principal.lease.over().await;
            why.await
        };
        Interruptible { body, state: State::Running(over.boxed()) }
    }
}

impl HttpBody for Interruptible {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let State::Running(over) = &mut self.state else { return Poll::Ready(None) };
        if let Poll::Ready(status) = over.poll_unpin(context) {
            self.state = State::Ended;
            self.body = Body::empty(); // what the method still does is dropped
            return Poll::Ready(Some(Ok(Frame::trailers(trailers(&status)))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() {
            self.state = State::Ended;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Ended) || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if let Err(error) = status.add_header(&mut trailers) {
        tracing::error!("a status does not fit trailers: {error}");
    }
    trailers
}
