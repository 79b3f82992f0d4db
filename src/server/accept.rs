//! The accept loop: HTTP/1.1 and HTTP/2 on one port, bounded, and ended gracefully.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::layer::peer::with_peer;

/// Connections at once, per listener. More wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 4096;
/// An idle HTTP/2 peer is asked for a sign of life after this.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// A peer that does not send its headers, or its sign of life, within this is cut off.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of headers of one request.
const MAX_HEADER_BYTES: u32 = 64 * 1024;

/// Serves until `stop`, then lets running calls finish for at most `drain`.
pub(super) async fn serve(
    listener: TcpListener,
    app: Router,
    max_concurrent_streams: u32,
    stop: CancellationToken,
    drain: Duration,
) {
    let builder = builder(max_concurrent_streams);
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Some((stream, peer, permit)) = next_connection(&listener, &connections, &stop).await {
        let app = app.clone().map_request(move |request| with_peer(request, peer));
        let service = TowerToHyperService::new(app);
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended: {error}");
            }
            drop(permit);
        });
    }
    drop(listener); // new callers are refused at once and can go elsewhere
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some calls did not finish within {drain:?} and were cut off");
    }
}

fn builder(max_concurrent_streams: u32) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(PATIENCE)
        .max_concurrent_streams(max_concurrent_streams)
        .max_header_list_size(MAX_HEADER_BYTES);
    builder
}

/// The next connection; `None` when it is time to stop.
async fn next_connection(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = tokio::select! {
        () = stop.cancelled() => return None,
        permit = connections.clone().acquire_owned() => permit.expect("the semaphore is never closed"),
    };
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!("cannot set TCP_NODELAY: {error}");
                }
                return Some((stream, peer, permit));
            }
            Err(error) => {
                // Out of file descriptors, mostly: it passes when connections end.
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
