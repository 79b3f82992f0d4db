//! Listeners, the stack of layers, and the drain.

mod accept;
mod activity;
mod admin;
mod connection;
mod per_source;
mod public;
mod stack;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::access::{Access, Clock, Vault};
use crate::config::{self, Backend, Config, Idempotency};
use crate::export::Destinations;
use crate::flight::Face;
use crate::grpc::{self, Deadlines, Gateway, MethodPermissions};
use crate::instance::Instances;
use crate::layer::authenticate::Door;
use crate::layer::peer::Proxies;
use crate::layer::slow_body::Patience;
use crate::limits::Limits;
use crate::links::Links;
use crate::store::{self, Memory, Seal, Store};
use crate::tasks::{self, Engine, Services, Tasks};

use connection::Port;
use public::Behind;
use stack::stack;
use tls::{Reloader, Tls};

pub use public::{PUBLIC_ROUTES, PublicRoute};

/// A server whose addresses are bound and that does not serve yet.
pub struct Server {
    gateway: Listening,
    admin: Listening,
    services: Vec<String>,
    health: HealthReporter,
    access: Arc<Access>,
    audit: config::Audit,
    tasks: Tasks,
    draining: CancellationToken,
    drain: Duration,
    reloader: Option<Reloader>,
    limits: Arc<Limits>,
}

struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    app: Router,
    port: Arc<Port>,
}

impl Server {
    /// Binds both addresses and makes ready to serve.
    ///
    /// # Errors
    /// An address that is not loopback or not free, a client that cannot be made from its settings, a data directory
    /// that cannot be used, or a method without a permission.
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        Self::bind_at(config, Clock::system()).await
    }

    /// The same by another clock, for tests: sessions, keys and tickets expire by it.
    ///
    /// # Errors
    /// Those of [`Server::bind`].
    pub async fn bind_at(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let server = &config.server;
        if let Some(exposed) = server.exposed().first() {
            anyhow::bail!("server.{}: {}. {}", exposed.key, exposed.what, exposed.fix);
        }
        let (tls, reloader) = server.tls.as_ref().map(Tls::open).transpose()?.unzip();
        warn_of(server);
        let permissions = Arc::new(MethodPermissions::read()?);
        let (store, seal) = open_store(config).await?;
        let draining = CancellationToken::new();
        let instances = Arc::new(Instances::new(config)?);
        let limits = Limits::new(config.limits.clone(), store.access.clone(), clock.clone());
        let vault = Vault::new(store.access.clone(), seal);
        let access = Access::open(config.access.clone(), &config.roles, vault, clock.clone()).await?;
        let secret = access.ticket_secret().await?;
        let links = Links::new(instances.clone(), access.clone());
        let services = Arc::new(Services {
            links: links.clone(),
            access: access.clone(),
            limits: limits.clone(),
            store: store.clone(),
            clock: clock.clone(),
            destinations: Destinations::new(config)?,
            parse_query: grpc::selection,
        });
        let tasks = Tasks::new(services, config.tasks.clone(), tasks::registry());
        let gateway = Gateway::new(
            instances.clone(),
            links.clone(),
            access.clone(),
            store.request_ids,
            tasks.clone(),
            draining.clone(),
            Deadlines { default: config.server.default_deadline, max: config.server.max_deadline },
        );
        let flight =
            Face::new(links.clone(), draining.clone(), config.server.default_deadline, &secret, clock);
        let (routes, health) = grpc::routes(&gateway, config.server.max_message_bytes)?;
        let routes = routes.add_service(flight.service(config.server.max_message_bytes));
        let methods: Vec<String> = permissions.iter().map(|(path, _)| path.to_owned()).collect();
        let services = methods.iter().filter_map(|path| path.split('/').nth(1)).map(str::to_owned).collect();
        let behind = Behind { access: access.clone(), links: links.clone() };
        let (door, patience) = (
            Door::new(access.clone(), permissions.clone(), limits.clone()),
            Patience { methods: permissions, longest: config.limits.body_timeout },
        );
        let app = stack(routes, door, patience, methods, &server.cors_origins, &behind, &limits);
        let admin = admin::router(draining.clone(), access.clone(), instances);
        let admin_tls = tls.clone().filter(|_| server.tls.as_ref().is_some_and(|tls| tls.admin));
        let gateway = Listening::bind(server.listen, app, port(config, tls)).await?;
        links.listening_at(gateway.url());
        Ok(Server {
            gateway,
            access,
            admin: Listening::bind(server.admin_listen, admin, port(config, admin_tls)).await?,
            audit: config.audit,
            tasks,
            services,
            health,
            draining,
            drain: server.drain,
            reloader,
            limits,
        })
    }

    /// Who may call.
    pub fn access(&self) -> &Arc<Access> {
        &self.access
    }

    /// Where the faces are.
    pub fn gateway_addr(&self) -> SocketAddr {
        self.gateway.address
    }

    /// Where /livez, /readyz and /metrics are.
    pub fn admin_addr(&self) -> SocketAddr {
        self.admin.address
    }

    /// Where the faces are, as a URL.
    pub fn gateway_url(&self) -> String {
        self.gateway.url()
    }

    /// Where /livez, /readyz and /metrics are, as a URL.
    pub fn admin_url(&self) -> String {
        self.admin.url()
    }

    /// Ringing it makes the server read its certificate's files now. None without TLS.
    pub fn certificate_bell(&self) -> Option<Arc<Notify>> {
        self.reloader.as_ref().map(Reloader::bell)
    }

    /// Serves until `shutdown` is ready, then drains: health says NOT_SERVING, streams end with a token to go on from,
    /// calls that run may finish within the drain time. The admin address answers until the end.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        set_health(&self.health, &self.services, ServingStatus::Serving).await;
        let admin_stop = CancellationToken::new();
        let admin = tokio::spawn(accept::serve(
            self.admin.listener,
            self.admin.app,
            self.admin.port,
            admin_stop.clone(),
            Duration::from_secs(1),
        ));
        let gateway = tokio::spawn(accept::serve(
            self.gateway.listener,
            self.gateway.app,
            self.gateway.port,
            self.draining.clone(),
            self.drain,
        ));
        let upkeep = tokio::spawn(admin::upkeep());
        let counting = tokio::spawn(self.limits.clone().keep());
        let reloading = self.reloader.map(|reloader| tokio::spawn(reloader.run()));
        let (access, audit) = (self.access.clone(), self.audit);
        let retention = tokio::spawn(async move { access.retain_always(audit).await });

        let engine = Engine::start(self.tasks, CancellationToken::new());

        shutdown.await;
        tracing::info!("draining for at most {:?}", self.drain);
        set_health(&self.health, &self.services, ServingStatus::NotServing).await;
        self.draining.cancel();
        engine.stopped().await;
        gateway.await?;
        self.access.audit().flush().await?;
        counting.abort();
        if let Err(error) = self.limits.flush().await {
            tracing::warn!("rows that were counted last are not written down: {error}");
        }
        admin_stop.cancel();
        admin.await?;
        upkeep.abort();
        if let Some(reloading) = reloading {
            reloading.abort();
        }
        retention.abort();
        Ok(())
    }
}

async fn open_store(config: &Config) -> anyhow::Result<(Store, Seal)> {
    let Idempotency { window, max_request_ids } = config.idempotency;
    let memory = Memory { window, max_request_ids };
    let (directory, secrets) = (config.server.data_dir.clone(), config.secrets.clone());
    if config.store.backend == Backend::Redis {
        // A key of one gateway's own would make what it seals useless to the others.
        anyhow::ensure!(
            !secrets.keys.is_empty(),
            "secrets.keys: missing; gateways that share a store share its keys"
        );
        let seal = Seal::new(&secrets.keys)?;
        return Ok((Store::connect(&config.store, memory, Store::clock()).await?, seal));
    }
    let opened = tokio::task::spawn_blocking(move || {
        // The store first: whoever has it is alone in the directory.
        let store = Store::open(&directory, memory, Store::clock())?;
        let seal = store::seal(&secrets, &directory)?;
        Ok::<_, store::OpenError>((store, seal))
    });
    Ok(opened.await??)
}

impl Listening {
    async fn bind(address: SocketAddr, app: Router, port: Arc<Port>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| anyhow::anyhow!("cannot listen on {address}: {error}"))?;
        Ok(Listening { address: listener.local_addr()?, listener, app, port })
    }

    fn url(&self) -> String {
        let scheme = if self.port.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

fn port(config: &Config, tls: Option<Tls>) -> Arc<Port> {
    let server = &config.server;
    Arc::new(Port {
        tls,
        limits: config.limits.clone(),
        proxies: Proxies { trusted: server.trusted_proxies.clone(), header: server.forwarded_header },
        max_concurrent_streams: server.max_concurrent_streams,
    })
}

/// What was allowed in the configuration and may hurt all the same.
fn warn_of(server: &config::Server) {
    if !server.listen.ip().is_loopback() && server.tls.is_none() {
        tracing::warn!(
            "{} is reachable by others and speaks no TLS (server.allow_plaintext): whoever is on the way reads passwords, \
             tokens and records, and can use the tokens. It is only right where something in front of the gateway \
             speaks TLS, and nobody else reaches this address.",
            server.listen
        );
    }
    if !server.admin_listen.ip().is_loopback() {
        tracing::warn!(
            "{} shows metrics to whoever reaches it (server.allow_remote_admin)",
            server.admin_listen
        );
    }
}

async fn set_health(health: &HealthReporter, services: &[String], status: ServingStatus) {
    health.set_service_status("", status).await;
    for service in services {
        health.set_service_status(service.as_str(), status).await;
    }
}
