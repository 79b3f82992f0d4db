//! GetInfo.

use futures::future::join_all;
use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::instance::Instance;
use crate::pb::{Build, GetInfoRequest, GetInfoResponse, InstanceStatus};
use crate::status::short_name;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<GetInfoRequest>,
) -> Result<Response<GetInfoResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let message = request.into_inner();
    let asked: Vec<_> = match message.instance.as_str() {
        "" => gateway.instances.iter().collect(),
        name => vec![gateway.configured(name)?],
    };
    let asks = asked.into_iter().map(|instance| async move {
        let ping = request::until(deadline, instance.ping()).await;
        status(instance, ping)
    });
    Ok(Response::new(GetInfoResponse { build: Some(build()), instances: join_all(asks).await }))
}

fn build() -> Build {
    Build {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        profile: env!("SNCGATE_PROFILE").to_owned(),
        target: env!("SNCGATE_TARGET").to_owned(),
    }
}

fn status(instance: &Instance, ping: Result<std::time::Duration, Error>) -> InstanceStatus {
    let (latency, reason) = match ping {
        Ok(latency) => (latency.try_into().ok(), String::new()),
        Err(error) => (None, short_name(error.reason()).to_owned()),
    };
    InstanceStatus {
        name: instance.name().to_owned(),
        url: instance.own().base_url().to_string(),
        reachable: reason.is_empty(),
        latency,
        reason,
    }
}
