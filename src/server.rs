//! Listeners, the stack of layers, and the drain.

mod accept;
mod admin;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_web::GrpcWebLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use crate::access::{self, Access, Clock};
use crate::config::{Backend, Config, Idempotency, Origins};
use crate::flight::Face;
use crate::grpc::{self, Deadlines, Gateway, MethodPermissions};
use crate::instance::Instances;
use crate::layer::authenticate::{self, Door};
use crate::layer::metrics::{self, Methods};
use crate::layer::{broken_body, cors, key_set, panic, request_id, unknown};
use crate::store::{Memory, Store};

/// A server whose addresses are bound and that does not serve yet.
pub struct Server {
    gateway: Listening,
    admin: Listening,
    services: Vec<String>,
    health: HealthReporter,
    access: Arc<Access>,
    draining: CancellationToken,
    max_concurrent_streams: u32,
    drain: Duration,
}

struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    app: Router,
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
        for address in [config.server.listen, config.server.admin_listen] {
            anyhow::ensure!(
                address.ip().is_loopback(),
                "{address} is not a loopback address; there is no TLS yet, so the server listens on loopback only"
            );
        }
        let permissions = Arc::new(MethodPermissions::read()?);
        let store = open_store(config).await?;
        let draining = CancellationToken::new();
        let instances = Arc::new(Instances::new(config)?);
        let secret = access::ticket_secret(&*store.access).await?;
        let access = Access::open(config.access.clone(), store.access, clock.clone()).await?;
        let gateway = Gateway::new(
            instances.clone(),
            access.clone(),
            store.request_ids,
            draining.clone(),
            Deadlines { default: config.server.default_deadline, max: config.server.max_deadline },
        );
        let flight =
            Face::new(instances.clone(), draining.clone(), config.server.default_deadline, &secret, clock);
        let (routes, health) = grpc::routes(&gateway, config.server.max_message_bytes)?;
        let routes = routes.add_service(flight.service(config.server.max_message_bytes));
        let methods: Vec<String> = permissions.iter().map(|(path, _)| path.to_owned()).collect();
        let services = methods.iter().filter_map(|path| path.split('/').nth(1)).map(str::to_owned).collect();
        Ok(Server {
            gateway: Listening::bind(
                config.server.listen,
                stack(routes, &access, permissions, methods, &config.server.cors_origins),
            )
            .await?,
            admin: Listening::bind(
                config.server.admin_listen,
                admin::router(draining.clone(), access.clone(), instances),
            )
            .await?,
            access,
            services,
            health,
            draining,
            max_concurrent_streams: config.server.max_concurrent_streams,
            drain: config.server.drain,
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

    /// Serves until `shutdown` is ready, then drains: health says NOT_SERVING, streams end with a token to go on from,
    /// calls that run may finish within the drain time. The admin address answers until the end.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        set_health(&self.health, &self.services, ServingStatus::Serving).await;
        let admin_stop = CancellationToken::new();
        let admin = tokio::spawn(accept::serve(
            self.admin.listener,
            self.admin.app,
            self.max_concurrent_streams,
            admin_stop.clone(),
            Duration::from_secs(1),
        ));
        let gateway = tokio::spawn(accept::serve(
            self.gateway.listener,
            self.gateway.app,
            self.max_concurrent_streams,
            self.draining.clone(),
            self.drain,
        ));
        let upkeep = tokio::spawn(admin::upkeep());

        shutdown.await;
        tracing::info!("draining for at most {:?}", self.drain);
        set_health(&self.health, &self.services, ServingStatus::NotServing).await;
        self.draining.cancel();
        gateway.await?;
        self.access.audit().flush().await?;
        admin_stop.cancel();
        admin.await?;
        upkeep.abort();
        Ok(())
    }
}

async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let Idempotency { window, max_request_ids } = config.idempotency;
    let memory = Memory { window, max_request_ids };
    if config.store.backend == Backend::Redis {
        return Ok(Store::connect(&config.store, memory, Store::clock()).await?);
    }
    let directory = config.server.data_dir.clone();
    let opened = tokio::task::spawn_blocking(move || Store::open(&directory, memory, Store::clock()));
    Ok(opened.await??)
}

impl Listening {
    async fn bind(address: SocketAddr, app: Router) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| anyhow::anyhow!("cannot listen on {address}: {error}"))?;
        Ok(Listening { address: listener.local_addr()?, listener, app })
    }
}

/// The layers, outermost first.
fn stack(
    routes: tonic::service::Routes,
    access: &Arc<Access>,
    permissions: Arc<MethodPermissions>,
    methods: Vec<String>,
    origins: &Origins,
) -> Router {
    let stack = tower::ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(request_id::HEADER, request_id::NewRequestId))
        .layer(TraceLayer::new_for_http().make_span_with(request_id::span::<axum::body::Body>))
        .layer(PropagateRequestIdLayer::new(request_id::HEADER))
        .layer(from_fn_with_state(Methods::new(methods), metrics::measure))
        .option_layer(cors::layer(origins))
        .map_response(IntoResponse::into_response) // one type of body for what measures it
        .layer(CatchPanicLayer::custom(panic::respond))
        .map_request(broken_body::told);
    routes
        .into_axum_router()
        .route_layer(from_fn_with_state(Door::new(access.clone(), permissions), authenticate::admit)) // inside: its refusals become grpc-web too
        .route_layer(GrpcWebLayer::new()) // on these routes only: it answers 400 to any other HTTP/1.1 request
        // What is below needs no door: a set of public keys, and a text.
        .merge(key_set::route(access.clone()))
        .fallback(unknown::respond)
        .layer(stack)
}

async fn set_health(health: &HealthReporter, services: &[String], status: ServingStatus) {
    health.set_service_status("", status).await;
    for service in services {
        health.set_service_status(service.as_str(), status).await;
    }
}
