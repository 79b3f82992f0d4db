//! One bound address and the loop that accepts on it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{Connections, Error};

/// After a failed accept (no file descriptor left, as a rule) there is no use in trying at once.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// A bound loopback address, not yet accepting.
pub(crate) struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    /// Binds the address; port 0 takes any free one. The address may be taken again right after a crash.
    pub(crate) async fn bind(address: SocketAddr, tls: Option<TlsAcceptor>) -> Result<Self, Error> {
        if !address.ip().is_loopback() {
            return Err(Error::NotLoopback(address));
        }
        let failed = |source| Error::Bind { address, source };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Listener { socket, address, tls })
    }

    /// Where it listens, the port chosen.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of everything served here: `http://127.0.0.1:8081`.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Accepts until `stop`, then lets go of the address.
    pub(crate) async fn run(self, router: Router, connections: Connections, stop: CancellationToken) {
        loop {
            let permit = tokio::select! {
                () = stop.cancelled() => return,
                permit = connections.permit() => permit,
            };
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    connections.spawn(stream, self.tls.clone(), router.clone(), permit, stop.clone());
                }
                Err(error) => {
                    tracing::warn!(%error, address = %self.address, "cannot accept a connection");
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_loopback_addresses_are_bound() {
        for (address, allowed) in [
            ("127.0.0.1:0", true),
            ("127.0.0.2:0", true),
            ("0.0.0.0:0", false),
            ("192.0.2.1:0", false),
            ("[::]:0", false),
        ] {
            let bound = Listener::bind(address.parse().unwrap(), None).await;
            match bound {
                Ok(listener) => {
                    assert!(allowed, "{address}");
                    assert!(listener.origin().starts_with("http://127.0.0."));
                }
                Err(error) => {
                    assert!(!allowed, "{address}");
                    assert!(error.to_string().contains("loopback"), "{error}");
                }
            }
        }
    }
}
