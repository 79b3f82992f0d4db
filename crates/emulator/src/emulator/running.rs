//! A served instance.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::activity;
use crate::changes::Changes;
use crate::counters::Counters;
use crate::faults::Faults;
use crate::http::Instance;
use crate::realistic::Pressure;
use crate::replay;
use crate::serve::{Authority, Connections};

/// Requests in flight get so long to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// An instance that listens. Dropping it stops the listeners without waiting for requests in flight.
pub struct Running {
    pub(super) http: SocketAddr,
    pub(super) https: SocketAddr,
    pub(super) authority: Authority,
    pub(super) instance: Arc<Instance>,
    pub(super) stop: CancellationToken,
    pub(super) accepting: TaskTracker,
    pub(super) connections: Connections,
}

impl Running {
    /// Where plain HTTP is served.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where HTTPS is served.
    pub fn https(&self) -> SocketAddr {
        self.https
    }

    /// `http://127.0.0.1:8081`
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// `https://127.0.0.1:8443`
    pub fn https_url(&self) -> String {
        format!("https://{}", self.https)
    }

    /// The certificate to trust for HTTPS.
    pub fn ca_pem(&self) -> &str {
        self.authority.pem()
    }

    /// The file that holds it; `None` for an instance without a data folder.
    pub fn ca_path(&self) -> Option<&Path> {
        self.authority.path()
    }

    /// What the instance has been asked so far.
    pub fn counters(&self) -> &Counters {
        &self.instance.counters
    }

    /// What befalls requests, for tests of clients.
    pub fn faults(&self) -> &Faults {
        &self.instance.faults
    }

    /// Which records were changed since the start.
    pub fn changes(&self) -> &Changes {
        self.instance.engine.changes()
    }

    /// How hard it is pressed; none unless it was started with [`Builder::realistic`](super::Builder::realistic).
    pub fn pressure(&self) -> Option<Pressure> {
        self.instance.load.as_ref().map(|load| load.tally.read())
    }

    /// What has happened by itself, where that was asked for.
    pub fn activity(&self) -> Option<activity::Report> {
        self.instance.activity.as_ref().map(|told| told.read())
    }

    /// How far the replay of a log is, where one was asked for. The result can be asked again and again.
    pub fn replay(&self) -> impl Fn() -> Option<replay::Report> + Send + Sync + use<> {
        let told = self.instance.replay.clone();
        move || told.as_ref().map(|told| told.read())
    }

    /// Stops accepting and waits for the requests in flight, for five seconds at most.
    pub async fn shutdown(self) {
        self.stop_within(PATIENCE).await;
    }

    /// Stops at once: connections break in the middle of whatever they carry, as when the process is killed.
    pub async fn kill(self) {
        self.stop_within(Duration::ZERO).await;
    }

    async fn stop_within(self, patience: Duration) {
        self.stop.cancel();
        self.accepting.wait().await;
        self.connections.finish(patience).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
