//! Boots the whole system on free ports, and checks when it ends that it drains and that no error was logged.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use servicenow_emulator::faults::Faults;
use servicenow_emulator::{Emulator, Running};
use sncgate::access::Clock;
use sncgate::config::{Auth, Config, Instance};
use sncgate::server::Server;
use sncgate_client::pb;
use sncgate_client::pb::attachment_service_client::AttachmentServiceClient;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt;
use tracing_subscriber::layer::SubscriberExt;

use crate::backing::Backing;

/// No wait in a test is longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A gateway, and the embedded instance behind it.
pub(crate) struct System {
    pub(crate) emulator: Option<Running>,
    pub(crate) gateway: Gateway,
    data: tempfile::TempDir,
    records: u64,
}

/// A running gateway.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<anyhow::Result<()>>>,
    errors: Errors,
    /// Of its administrator.
    pub(crate) token: String,
    /// Its data directory, where the configuration named none.
    _data: tempfile::TempDir,
    _log: tracing::subscriber::DefaultGuard,
}

impl System {
    /// An instance with this many generated incidents.
    pub(crate) async fn with_records(records: u64) -> System {
        let data = tempfile::tempdir().unwrap();
        let emulator = emulator(&data, records, 0).await;
        let config = config(emulator.http());
        System { gateway: Gateway::start(config).await, emulator: Some(emulator), data, records }
    }

    /// The same, with what `change` makes of the gateway's configuration.
    pub(crate) async fn configured(records: u64, change: impl FnOnce(&mut Config)) -> System {
        let data = tempfile::tempdir().unwrap();
        let emulator = emulator(&data, records, 0).await;
        let mut config = config(emulator.http());
        change(&mut config);
        System { gateway: Gateway::start(config).await, emulator: Some(emulator), data, records }
    }

    /// The same, with the gateway's store there.
    pub(crate) async fn on(backing: Backing, records: u64) -> System {
        let data = tempfile::tempdir().unwrap();
        let emulator = emulator(&data, records, 0).await;
        let mut config = config(emulator.http());
        backing.set(&mut config, &data.path().join("gateway"));
        System { gateway: Gateway::start(config).await, emulator: Some(emulator), data, records }
    }

    /// The instance stops as if its machine were switched off; its file stays.
    pub(crate) async fn kill_emulator(&mut self) -> SocketAddr {
        let running = self.emulator.take().expect("it runs");
        let address = running.http();
        running.kill().await;
        address
    }

    /// The instance comes back with the same data, on the same port.
    pub(crate) async fn restart_emulator(&mut self, address: SocketAddr) {
        self.emulator = Some(emulator(&self.data, self.records, address.port()).await);
    }

    pub(crate) fn records(&self) -> RecordServiceClient<Authorized> {
        RecordServiceClient::new(self.gateway.channel()).max_decoding_message_size(usize::MAX)
    }

    pub(crate) fn attachments(&self) -> AttachmentServiceClient<Authorized> {
        AttachmentServiceClient::new(self.gateway.channel())
    }

    /// What befalls the gateway's requests to the instance.
    pub(crate) fn faults(&self) -> &Faults {
        self.emulator.as_ref().expect("it runs").faults()
    }

    /// How many requests of a kind the embedded instance has counted.
    pub(crate) async fn counted(&self, kind: &str) -> u64 {
        let url = format!("http://{}/emulator/counters", self.emulator.as_ref().unwrap().http());
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let counters: serde_json::Value = serde_json::from_str(&text).unwrap();
        counters["by_kind"][kind].as_u64().unwrap_or(0)
    }

    pub(crate) async fn stop(mut self) {
        self.gateway.stop().await;
        if let Some(emulator) = self.emulator.take() {
            emulator.shutdown().await;
        }
    }
}

impl Gateway {
    /// A gateway with this configuration, on free ports.
    pub(crate) async fn start(config: Config) -> Gateway {
        Self::start_at(config, Clock::system()).await
    }

    /// The same by another clock.
    pub(crate) async fn start_at(mut config: Config, clock: Clock) -> Gateway {
        let data = tempfile::tempdir().unwrap();
        if config.server.data_dir == sncgate::config::Server::default().data_dir {
            config.server.data_dir = data.path().to_owned();
        }
        let errors = Errors::default();
        let log = tracing::subscriber::set_default(tracing_subscriber::registry().with(errors.clone()));
        let server = Server::bind_at(&config, clock).await.unwrap();
        let (address, admin) = (server.gateway_addr(), server.admin_addr());
        server.access().ensure_administrator().await.unwrap();
        let token = server.access().administrator_key("admin", "tests").await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run_until(async {
            let _ = stopped.await;
        }));
        Gateway { address, admin, stop: Some(stop), task: Some(task), errors, token, _data: data, _log: log }
    }

    /// A connection of its administrator.
    pub(crate) fn channel(&self) -> Authorized {
        self.channel_of(&self.token)
    }

    /// A connection with that token; with none for an empty one.
    pub(crate) fn channel_of(&self, token: &str) -> Authorized {
        Authorized::new(self.anonymous(), Bearer::new(token))
    }

    /// That connection, as its administrator's.
    pub(crate) fn authorized(&self, channel: Channel) -> Authorized {
        Authorized::new(channel, Bearer::new(&self.token))
    }

    /// A connection of nobody.
    pub(crate) fn anonymous(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect_lazy()
    }

    /// Begins to drain, and returns at once.
    pub(crate) fn begin_stop(&mut self) {
        let _ = self.stop.take().expect("it runs").send(());
    }

    /// Drains; fails where the server does, or where an error was logged.
    pub(crate) async fn stop(&mut self) {
        if self.stop.is_some() {
            self.begin_stop();
        }
        let task = self.task.take().expect("it runs");
        tokio::time::timeout(PATIENCE, task).await.expect("it drains in time").unwrap().unwrap();
        let errors = self.errors.0.lock().unwrap();
        assert!(errors.is_empty(), "errors were logged: {errors:?}");
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if self.task.is_some() && !std::thread::panicking() {
            panic!("a test must stop its gateway: only then are leaks and logged errors seen");
        }
    }
}

/// A connection whose calls carry a token.
pub(crate) type Authorized = InterceptedService<Channel, Bearer>;

/// The token.
#[derive(Clone)]
pub(crate) struct Bearer(String);

impl Bearer {
    pub(crate) fn new(token: &str) -> Self {
        Bearer(token.to_owned())
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        if !self.0.is_empty() {
            let header = format!("Bearer {}", self.0).parse().unwrap();
            request.metadata_mut().insert("authorization", header);
        }
        Ok(request)
    }
}

async fn emulator(data: &tempfile::TempDir, records: u64, port: u16) -> Running {
    Emulator::builder()
        .data_dir(data.path())
        .database(data.path().join("instance.db"))
        .records(records)
        .seed(1)
        .http(SocketAddr::from(([127, 0, 0, 1], port)))
        .https(SocketAddr::from(([127, 0, 0, 1], 0)))
        .start()
        .await
        .unwrap()
}

/// One instance at this address, with the demo's account; free ports.
pub(crate) fn config(instance: SocketAddr) -> Config {
    let url = format!("http://{instance}").parse().unwrap();
    let auth = Auth::Basic { username: "admin".to_owned(), password: SecretString::from("admin") };
    let mut config = Config::with_instance("dev", Instance::new(url, auth));
    config.server.listen.set_port(0);
    config.server.admin_listen.set_port(0);
    config
}

/// The reason of an error, and its metadata.
pub(crate) fn reason(status: &Status) -> (String, HashMap<String, String>) {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no ErrorInfo in {status:?}"));
    assert_eq!(info.domain, "sncgate");
    (info.reason.clone(), info.metadata.clone())
}

/// A query from text.
pub(crate) fn encoded(text: &str) -> pb::Query {
    pb::Query { filter: Some(pb::query::Filter::Encoded(text.to_owned())), ..pb::Query::default() }
}

/// What was logged as an error.
#[derive(Clone, Default)]
struct Errors(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Errors {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if *event.metadata().level() == tracing::Level::ERROR {
            self.0.lock().unwrap().push(format!("{event:?}"));
        }
    }
}
