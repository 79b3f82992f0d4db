//! TLS of a port: handshakes, bounded in number and time, with a certificate that is exchanged while connections go on.

mod files;
mod reload;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config;

pub(super) use reload::Reloader;

/// What a port shakes hands with. Clones share it.
#[derive(Clone)]
pub(super) struct Tls {
    current: Arc<ArcSwap<ServerConfig>>,
    timeout: Duration,
    places: Arc<Semaphore>,
}

impl Tls {
    /// Reads the files, and makes what reads them again.
    ///
    /// # Errors
    /// They cannot be read, or do not fit together.
    pub(super) fn open(settings: &config::Tls) -> anyhow::Result<(Self, Reloader)> {
        let (reloader, current) = Reloader::open(settings)?;
        let places = Arc::new(Semaphore::new(settings.max_handshakes));
        Ok((Tls { current, timeout: settings.handshake_timeout, places }, reloader))
    }

    /// The handshake of a new connection. Waiting for a place counts as time of it: a crowd of slow ones must not keep
    /// the others waiting for longer than their patience.
    pub(super) async fn handshake(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let handshake = async {
            let _place = self.places.acquire().await.expect("the semaphore is never closed");
            TlsAcceptor::from(self.current.load_full()).accept(stream).await
        };
        let late = || io::Error::new(io::ErrorKind::TimedOut, "the handshake took too long");
        tokio::time::timeout(self.timeout, handshake).await.map_err(|_| late())?
    }
}
