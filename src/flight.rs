//! The Arrow Flight face: exports as columns, for pyarrow and its kin, on the same port.
//!
//! GetFlightInfo plans an export and signs a [ticket](ticket) for each of its ranges; DoGet reads the range that a ticket
//! names. Nothing is kept in between: a ticket holds all that it grants. A caller that is slow slows the reading, not
//! the gateway.
//!
//! Who calls is known at the door, and what they may read is asked of their guard, in each call anew: a ticket is good in the
//! hands of the one who got it, for what that one may read when it is used.
//!
//! DoPut [writes rows](put).
//!
//! What it does not do: exchange, and sign in (Handshake): tokens come in headers, as everywhere.

mod actions;
mod command;
mod get;
mod info;
mod list;
mod put;
mod running;
mod schema;
mod ticket;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::{FlightService, FlightServiceServer};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest,
    HandshakeResponse, PollInfo, PutResult, SchemaResult, Ticket,
};
use futures::stream::BoxStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt};

use crate::access::{Caller, Clock, Guard, Operation};
use crate::error::Error;
use crate::grpc::caller;
use crate::links::Links;
use crate::pb::ErrorReason;
use crate::status::{DOMAIN, short_name};
use command::Command;
use running::Running;
use ticket::Key;

/// What the face works with.
#[derive(Clone)]
pub struct Face {
    links: Arc<Links>,
    drain: CancellationToken,
    deadline: Duration,
    key: Arc<Key>,
    clock: Clock,
    running: Running,
}

impl Face {
    /// A face whose tickets are signed with the gateway's secret: they are good at all gateways that share its store.
    pub fn new(
        links: Arc<Links>,
        drain: CancellationToken,
        deadline: Duration,
        secret: &[u8; 32],
        clock: Clock,
    ) -> Self {
        Self { links, drain, deadline, key: Arc::new(Key::new(secret)), clock, running: Running::default() }
    }

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        self.clock.millis() / 1000
    }

    /// The name of the instance that a command means.
    fn instance_name(&self, command: &Command) -> Result<String, Error> {
        Ok(self.links.configured(&command.instance)?.name().to_owned())
    }

    /// The service, with its limits.
    pub fn service(self, max_message_bytes: usize) -> FlightServiceServer<impl FlightService> {
        FlightServiceServer::new(self)
            .max_decoding_message_size(max_message_bytes)
            .max_encoding_message_size(usize::MAX) // batches are cut to 2 MiB before they are sent
    }

    /// The caller's way to the table that a command names.
    async fn guard(&self, caller: &Caller, command: &Command) -> Result<Guard, Error> {
        let table = command.table()?;
        let instance = self.links.instance(caller, &command.instance).await?;
        Guard::open(caller, &instance, table.as_str(), Operation::Read).await
    }

    /// Planning is bounded; reading takes as long as it takes.
    async fn until<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::time::timeout(self.deadline, call).await.unwrap_or(Err(Error::DeadlineExceeded))
    }
}

/// What a method that is not served answers, with what to do in its place.
fn unserved(instead: &str) -> Status {
    let reason = short_name(ErrorReason::MethodUnknown);
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(Code::Unimplemented, instead, details)
}

type Answers<T> = BoxStream<'static, Result<T, Status>>;

#[tonic::async_trait]
impl FlightService for Face {
    type HandshakeStream = Answers<HandshakeResponse>;
    type ListFlightsStream = Answers<FlightInfo>;
    type DoGetStream = Answers<FlightData>;
    type DoPutStream = Answers<PutResult>;
    type DoExchangeStream = Answers<FlightData>;
    type DoActionStream = Answers<arrow_flight::Result>;
    type ListActionsStream = Answers<ActionType>;

    async fn list_flights(
        &self,
        request: Request<Criteria>,
    ) -> Result<Response<Self::ListFlightsStream>, Status> {
        list::handle(self, &caller(&request)?, request.into_inner()).await
    }

    async fn get_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        info::handle(self, &caller(&request)?, request.into_inner()).await
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        schema::handle(self, &caller(&request)?, request.into_inner()).await
    }

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        get::handle(self, &caller(&request)?, &request.into_inner()).await
    }

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        Ok(actions::list())
    }

    async fn do_action(&self, request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        actions::handle(self, &caller(&request)?, &request.into_inner()).await
    }

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        Err(unserved("there is no handshake: send credentials as headers of each call"))
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        Err(unserved("a plan is ready at once: call GetFlightInfo"))
    }

    async fn do_put(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoPutStream>, Status> {
        put::handle(self, request)
    }

    async fn do_exchange(
        &self,
        _: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        Err(unserved("there is nothing to exchange: call DoGet"))
    }
}
