//! Ends a body when the credential behind it does: the caller gets a status, and no more messages.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::{BoxFuture, FutureExt};
use http::HeaderMap;
use tonic::Status;

use crate::access::Principal;
use crate::layer::watched::Watch;
use crate::limits::OpenStream;

pub(super) struct Interrupt {
    over: BoxFuture<'static, Status>,
    /// The stream that the body is counts for as long as this lives.
    _open: Option<OpenStream>,
}

impl Interrupt {
    /// `why` is asked when the lease is over.
    pub(super) fn new(
        principal: Arc<Principal>,
        why: impl Future<Output = Status> + Send + 'static,
        open: Option<OpenStream>,
    ) -> Self {
        let over = async move {
            principal.lease.over().await;
            why.await
        };
        Interrupt { over: over.boxed(), _open: open }
    }
}

impl Watch for Interrupt {
    fn cut(&mut self, context: &mut Context<'_>) -> Poll<HeaderMap> {
        self.over.poll_unpin(context).map(|status| trailers(&status))
    }
}

fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if let Err(error) = status.add_header(&mut trailers) {
        tracing::error!("a status does not fit trailers: {error}");
    }
    trailers
}
