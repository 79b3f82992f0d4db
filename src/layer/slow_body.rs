//! The one message of a call must come in time: a caller who sends it byte by byte would hold a place for ever, since
//! a method's own deadline begins when the message is there. Streams of messages have bounds of their own
//! ([`crate::inbound`]).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;

use crate::error::Error;
use crate::grpc::MethodPermissions;

/// What the layer knows.
#[derive(Clone)]
pub(crate) struct Patience {
    pub(crate) methods: Arc<MethodPermissions>,
    pub(crate) longest: Duration,
}

/// The layer.
pub(crate) async fn bound(State(patience): State<Patience>, request: Request, next: Next) -> Response {
    let method = patience.methods.get(request.uri().path());
    if method.is_some_and(|method| method.takes_stream) {
        return next.run(request).await;
    }
    let late = Instant::now() + patience.longest;
    next.run(request.map(|body| Body::new(Timed { body, late, sleep: None }))).await
}

struct Timed {
    body: Body,
    late: Instant,
    /// Made when the body is waited for: most are there at once.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        let late = self.late;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(late)));
        sleep.as_mut().poll(context).map(|()| {
            let status = Status::from(Error::DeadlineExceeded);
            Some(Err(axum::Error::new(status)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
