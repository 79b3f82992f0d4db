//! `sncgate info`.

use anyhow::Result;
use sncgate_client::pb::InstanceStatus;

use super::connect::Session;
use super::output::{Cell, Column};

pub(crate) async fn run(session: &Session) -> Result<()> {
    let info = session.client.info().await?;
    let build = info.build.unwrap_or_default();
    let gateway = format!("{} {} {}", build.version, build.profile, build.target);
    let row = |status: InstanceStatus| {
        vec![
            Cell::Text(status.name),
            Cell::Text(status.url),
            Cell::Flag(status.reachable),
            status.latency.map_or(Cell::Missing, |latency| {
                Cell::Number(latency.seconds * 1000 + i64::from(latency.nanos) / 1_000_000)
            }),
            Cell::Text(status.reason),
            Cell::Text(gateway.clone()),
        ]
    };
    let rows: Vec<_> = info.instances.into_iter().map(row).collect();
    session
        .write_all(Column::all(&["instance", "url", "reachable", "latency_ms", "reason", "gateway"]), &rows)
}
