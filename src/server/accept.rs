//! The accept loop of one address: bounded, also per source, and ended gracefully.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::Port;
use super::per_source::PerSource;

/// After the drain time connections are cut; that takes no longer.
const CUT: Duration = Duration::from_secs(1);

/// Serves until `stop`, then lets running calls finish for at most `drain`.
pub(super) async fn serve(
    listener: TcpListener,
    app: Router,
    port: Arc<Port>,
    stop: CancellationToken,
    drain: Duration,
) {
    let (tasks, cut) = (TaskTracker::new(), CancellationToken::new());
    let connections = Arc::new(Semaphore::new(port.limits.max_connections));
    let per_source = PerSource::new(port.limits.max_connections_per_source);
    while let Some((stream, address, permit)) = next_connection(&listener, &connections, &stop).await {
        // A proxy's connections are those of many callers.
        let counted = (!port.proxies.trusted.contain(address.ip())).then(|| per_source.enter(address.ip()));
        if matches!(counted, Some(None)) {
            metrics::counter!("sncgate_connections_refused_total").increment(1);
            tracing::debug!(%address, "too many connections from there");
            continue;
        }
        let (port, app, stop, cut) = (port.clone(), app.clone(), stop.clone(), cut.clone());
        tasks.spawn(async move {
            tokio::select! {
                () = cut.cancelled() => {}
                () = port.serve(stream, address, app, stop) => {}
            }
            drop((permit, counted));
        });
    }
    drop(listener); // new callers are refused at once and can go elsewhere
    tasks.close();
    if tokio::time::timeout(drain, tasks.wait()).await.is_err() {
        tracing::warn!("some calls did not finish within {drain:?} and were cut off");
        cut.cancel();
        let _late = tokio::time::timeout(CUT, tasks.wait()).await;
    }
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
