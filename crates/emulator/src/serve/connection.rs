//! The open connections: bounded in number, in the time they may idle, and in the time they have to end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use axum::{Extension, Router};
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::auth::CertifiedUser;
use crate::http::Cut;

/// Connections open at once, over both listeners; the next one waits in the system's queue.
const MAX_CONNECTIONS: usize = 1_024;
/// A client that has not finished its handshake by then is dropped.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The same for the head of a request; also how long an idle connection is kept.
const REQUEST_HEAD: Duration = Duration::from_secs(60);
/// Room for the longest accepted request line and its headers. A longer head is refused by the HTTP library.
const MAX_HEAD_BYTES: usize = 256 * 1024;

/// Every open connection.
#[derive(Clone)]
pub(crate) struct Connections {
    tasks: TaskTracker,
    permits: Arc<Semaphore>,
    abort: CancellationToken,
}

impl Connections {
    /// None open yet.
    pub(crate) fn new() -> Self {
        Connections {
            tasks: TaskTracker::new(),
            permits: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            abort: CancellationToken::new(),
        }
    }

    /// Leave to open one more connection.
    pub(crate) async fn permit(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Serves a connection in its own task.
    pub(crate) fn spawn(
        &self,
        stream: TcpStream,
        tls: Option<TlsAcceptor>,
        router: Router,
        permit: OwnedSemaphorePermit,
        stop: CancellationToken,
    ) {
        let abort = self.abort.clone();
        self.tasks.spawn(async move {
            let _permit = permit;
            tokio::select! {
                () = abort.cancelled() => {}
                () = serve(stream, tls, router, stop) => {}
            }
        });
    }

    /// Waits for the requests in flight, but no longer than `patience`; then cuts the rest.
    pub(crate) async fn finish(&self, patience: Duration) {
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            self.abort.cancel();
            self.tasks.wait().await;
        }
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router, stop: CancellationToken) {
    // Small replies must not wait for the acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let Some(tls) = tls else {
        return speak(stream, router, stop).await;
    };
    match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let certificates = stream.get_ref().1.peer_certificates();
            let user = certificates.and_then(|chain| CertifiedUser::of(chain.first()?));
            let router = match user {
                Some(user) => router.layer(Extension(user)),
                None => router,
            };
            speak(stream, router, stop).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn speak<S>(stream: S, router: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = ServiceExt::<Request<Incoming>>::map_result(router, sent);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_HEAD)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// A reply that a fault has cut is an error of the connection, which closes it.
fn sent(reply: Result<Response, Infallible>) -> Result<Response, Cut> {
    let Ok(response) = reply;
    match response.extensions().get::<Cut>() {
        Some(&cut) => Err(cut),
        None => Ok(response),
    }
}
