//! An instance, from its options to its listeners.

mod builder;
mod error;
mod running;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use builder::Builder;
pub use error::Error;
pub use running::Running;

use crate::activity::Living;
use crate::counters::Counters;
use crate::faults::Faults;
use crate::http::{self, Face, Instance};
use crate::pace;
use crate::replay::Replaying;
use crate::serve::{Authority, Connections, Listener};

/// An opened instance that nobody can reach yet.
///
/// ```no_run
/// # async fn example() -> Result<(), servicenow_emulator::Error> {
/// let running = servicenow_emulator::Emulator::builder().data_dir("./instance").start().await?;
/// println!("{} trusts {}", running.https_url(), running.ca_pem());
/// running.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub struct Emulator {
    instance: Arc<Instance>,
    data_dir: Option<PathBuf>,
    client_ca: Option<String>,
    addresses: builder::Addresses,
    /// What begins when it is served.
    living: Option<Living>,
    replaying: Option<Replaying>,
}

impl Emulator {
    /// The options of an instance, all at their defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The instance as a service without a listener. Links start with `base_url` (`http://127.0.0.1:8081`).
    pub fn router(&self, base_url: &str) -> Router {
        let origin = base_url.trim_end_matches('/').into();
        http::router(Face { instance: Arc::clone(&self.instance), origin })
    }

    /// What it has been asked so far.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.instance.counters)
    }

    /// What befalls requests, for tests of clients.
    pub fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.instance.faults)
    }

    /// Binds both listeners and serves until the result is dropped or shut down.
    pub async fn start(mut self) -> Result<Running, Error> {
        let authority = Authority::open(self.data_dir.as_deref())?;
        let tls = TlsAcceptor::from(authority.server_config(self.client_ca.as_deref())?);
        let plain = Listener::bind(self.addresses.http, None).await?;
        let secure = Listener::bind(self.addresses.https, Some(tls)).await?;
        let (http, https) = (plain.address(), secure.address());

        let (stop, connections, accepting) =
            (CancellationToken::new(), Connections::new(), TaskTracker::new());
        for listener in [plain, secure] {
            let router = self.router(&listener.origin());
            accepting.spawn(listener.run(router, connections.clone(), stop.clone()));
        }
        let engine = &self.instance.engine;
        if let Some(living) = self.living.take() {
            accepting.spawn(pace::run(living, engine.clone(), stop.clone()));
        }
        if let Some(replaying) = self.replaying.take() {
            accepting.spawn(pace::run(replaying, engine.clone(), stop.clone()));
        }
        accepting.close();
        let instance = self.instance;
        Ok(Running { http, https, authority, instance, stop, accepting, connections })
    }
}
