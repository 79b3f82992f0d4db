//! The gRPC face: each method parses its request, calls the core, and encodes the answer. No logic lives here.

mod access;
mod api_key;
mod attachment;
mod audit;
mod auth;
mod batch;
mod import;
mod journal;
mod list_page;
mod permissions;
mod query;
mod record;
mod request;
mod role;
mod schema;
mod system;
mod task;
mod user;

use std::sync::Arc;

use servicenow::TableName;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::access::{Access, Caller, Guard, Operation};
use crate::error::Error;
use crate::instance::{Instance, Instances};
use crate::links::Links;
use crate::pb;
use crate::store::RequestIds;
use crate::tasks::Tasks;

pub use permissions::{Method, MethodPermissions, Unprotected};
pub(crate) use query::selection;
pub(crate) use request::{caller, stream_deadline};

/// What every method works with.
#[derive(Clone)]
pub struct Gateway {
    /// The ServiceNow instances. Tables are reached through [`Gateway::guard`] only.
    instances: Arc<Instances>,
    /// Who acts as whom there.
    links: Arc<Links>,
    /// Who may do what.
    access: Arc<Access>,
    /// The answers of calls that carried a request id.
    request_ids: RequestIds,
    /// Work in the background.
    tasks: Tasks,
    /// Cancelled when the server begins to drain.
    drain: CancellationToken,
    /// How long a call may take that sets no deadline, and the longest that one may set.
    deadlines: Deadlines,
}

impl Gateway {
    /// From its parts.
    pub fn new(
        instances: Arc<Instances>,
        links: Arc<Links>,
        access: Arc<Access>,
        request_ids: RequestIds,
        tasks: Tasks,
        drain: CancellationToken,
        deadlines: Deadlines,
    ) -> Self {
        Gateway { instances, links, access, request_ids, tasks, drain, deadlines }
    }

    /// The caller's way to a table of an instance; refuses where they have none.
    async fn guard(
        &self,
        caller: &Caller,
        instance: &str,
        table: &TableName,
        operation: Operation,
    ) -> Result<Guard, Error> {
        self.links.guard(caller, instance, table, operation).await
    }

    /// The instance of that name as the call is to be made, for what is not about one table.
    async fn instance(&self, caller: &Caller, name: &str) -> Result<Arc<Instance>, Error> {
        self.links.instance(caller, name).await
    }

    /// The instance of that name as the gateway's own account, for what nobody's rights there decide.
    fn configured(&self, name: &str) -> Result<&Arc<Instance>, Error> {
        self.instances.configured(name)
    }
}

/// Bounds of deadlines.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For unary calls that set none.
    pub default: std::time::Duration,
    /// The longest that a unary call may set.
    pub max: std::time::Duration,
}

/// All services, health and reflection included.
pub fn routes(
    gateway: &Gateway,
    max_message_bytes: usize,
) -> Result<(Routes, tonic_health::server::HealthReporter), tonic_reflection::server::Error> {
    let (health, health_service) = tonic_health::server::health_reporter();
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(pb::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET) // grpcurl reads details with it
            .include_reflection_service(false) // each would list itself only
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
    };
    let gateway = gateway.clone();
    // Routes::default() carries a fallback that axum cannot merge with ours.
    let routes = Routes::from(axum::Router::new())
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?) // Python's grpcio-reflection asks only this one
        .add_service(record::service(gateway.clone(), max_message_bytes))
        .add_service(batch::service(gateway.clone(), max_message_bytes))
        .add_service(query::service(gateway.clone(), max_message_bytes))
        .add_service(schema::service(gateway.clone(), max_message_bytes))
        .add_service(attachment::service(gateway.clone(), max_message_bytes))
        .add_service(import::service(gateway.clone(), max_message_bytes))
        .add_service(journal::service(gateway.clone(), max_message_bytes))
        .add_service(system::service(gateway.clone(), max_message_bytes))
        .add_service(auth::service(gateway.clone(), max_message_bytes))
        .add_service(user::service(gateway.clone(), max_message_bytes))
        .add_service(api_key::service(gateway.clone(), max_message_bytes))
        .add_service(role::service(gateway.clone(), max_message_bytes))
        .add_service(access::service(gateway.clone(), max_message_bytes))
        .add_service(audit::service(gateway.clone(), max_message_bytes))
        .add_service(task::service(gateway, max_message_bytes));
    Ok((routes, health))
}
