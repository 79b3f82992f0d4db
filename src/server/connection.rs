//! One connection: TLS where the port has it, then HTTP/1.1 or HTTP/2, until it idles or the server stops.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::activity::Activity;
use super::tls::Tls;
use crate::access::ClientCertificate;
use crate::config::Limits;
use crate::layer::peer::{Peer, Proxies, with_peer};
use crate::layer::watched::{Watch, watched};

/// Streams that a caller resets before the server has looked at them; one more, and the connection ends. It is what
/// CVE-2023-44487 made of resets: work for nothing.
const MAX_PENDING_RESETS: usize = 20;
/// Streams that the server itself had to reset for what the caller did.
const MAX_LOCAL_RESETS: usize = 1024;
/// An idle connection that is told to end, and does not, is cut after this.
const FAREWELL: Duration = Duration::from_secs(1);

/// What all connections to an address have in common.
pub(super) struct Port {
    pub(super) tls: Option<Tls>,
    pub(super) limits: Limits,
    pub(super) proxies: Proxies,
    pub(super) max_concurrent_streams: u32,
}

impl Port {
    /// Serves a connection to its end.
    pub(super) async fn serve(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        app: Router,
        stop: CancellationToken,
    ) {
        let mut peer = Peer { address, certificate: None, encrypted: self.tls.is_some() };
        let Some(tls) = &self.tls else { return self.speak(stream, peer, app, stop).await };
        let shaken = tokio::select! {
            () = stop.cancelled() => return,
            shaken = tls.handshake(stream) => shaken,
        };
        match shaken {
            Ok(stream) => {
                let chain = stream.get_ref().1.peer_certificates();
                let leaf = chain.and_then(|chain| chain.first());
                peer.certificate = leaf.and_then(ClientCertificate::read).map(Arc::new);
                self.speak(stream, peer, app, stop).await;
            }
            Err(error) => {
                metrics::counter!("sncgate_tls_handshakes_failed_total", "why" => why(&error)).increment(1);
                tracing::debug!(%address, "a TLS handshake failed: {error}");
            }
        }
    }

    async fn speak<S>(&self, stream: S, peer: Peer, app: Router, stop: CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let activity = Activity::new();
        let (calls, proxies) = (activity.clone(), self.proxies.clone());
        let service = tower::service_fn(move |request: Request<Incoming>| {
            let call = calls.begin();
            let answer = app.clone().oneshot(with_peer(request, &peer, &proxies).map(Body::new));
            async move { answer.await.map(|response: Response<Body>| response.map(|body| watched(body, call))) }
        });
        let builder = self.builder();
        let service = TowerToHyperService::new(service);
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let patience = tokio::select! {
            ended = connection.as_mut() => return log(ended),
            () = stop.cancelled() => None,
            () = activity.idle(self.limits.header_timeout, self.limits.idle_timeout) => Some(FAREWELL),
        };
        connection.as_mut().graceful_shutdown();
        match patience {
            None => log(connection.await),
            Some(patience) => match tokio::time::timeout(patience, connection).await {
                Ok(ended) => log(ended),
                Err(_) => tracing::debug!("an idle connection was cut"),
            },
        }
    }

    fn builder(&self) -> Builder<TokioExecutor> {
        let limits = &self.limits;
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout)
            .max_buf_size(limits.max_header_bytes as usize)
            .max_headers(limits.max_headers);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.keep_alive_interval)
            .keep_alive_timeout(limits.keep_alive_timeout)
            .max_concurrent_streams(self.max_concurrent_streams)
            .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
            .max_local_error_reset_streams(MAX_LOCAL_RESETS)
            .max_header_list_size(limits.max_header_bytes);
        builder
    }
}

/// A call counts as running until its answer's body is gone.
impl Watch for super::activity::Call {}

fn log(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!("a connection ended: {error}");
    }
}

/// A label of few values.
fn why(error: &io::Error) -> &'static str {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(_)) => "certificate refused",
        Some(rustls::Error::NoCertificatesPresented) => "certificate missing",
        Some(rustls::Error::AlertReceived(_)) => "refused by the peer",
        Some(rustls::Error::InvalidMessage(_)) => "not TLS",
        Some(_) => "other",
        None if error.kind() == io::ErrorKind::TimedOut => "late",
        None => "broken off",
    }
}
