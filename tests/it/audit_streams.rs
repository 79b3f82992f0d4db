//! Calls that take long are in the audit log when they begin, and once more when they end.

use std::time::Instant;

use futures::SinkExt;
use futures::channel::mpsc;
use sncgate_client::pb;
use sncgate_client::pb::audit_service_client::AuditServiceClient;
use sncgate_client::pb::batch_service_client::BatchServiceClient;
use sncgate_client::pb::import_service_client::ImportServiceClient;

use crate::access::{key_of, user};
use crate::export_rules::{flight, get, narrow, ticket};
use crate::harness::{PATIENCE, System, encoded};

/// Outcomes, tables and subjects of a method, the first first, once there are so many.
async fn events(system: &System, method: &str, count: usize) -> Vec<[String; 3]> {
    let mut log = AuditServiceClient::new(system.gateway.channel());
    let of_it = pb::ListAuditEventsRequest { method: method.to_owned(), ..Default::default() };
    let end = Instant::now() + PATIENCE;
    loop {
        let events = log.list_audit_events(of_it.clone()).await.unwrap().into_inner().events;
        if events.len() >= count || Instant::now() > end {
            return events.into_iter().rev().map(|one| [one.outcome, one.table, one.subject]).collect();
        }
        tokio::task::yield_now().await;
    }
}

fn event(outcome: &str, table: &str, subject: &str) -> [String; 3] {
    [outcome, table, subject].map(str::to_owned)
}

/// The caller has sent nothing yet, and nothing was answered.
#[tokio::test]
async fn writes_that_stream_are_in_the_log_before_they_begin() {
    let system = System::with_records(2).await;
    let (mut send, operations) = mpsc::channel(1);
    let mut batches = BatchServiceClient::new(system.gateway.channel());
    let batch = tokio::spawn(async move {
        let mut results = batches.execute_batch(operations).await.unwrap().into_inner();
        while results.message().await.unwrap().is_some() {}
    });
    let method = "sncgate.v1.BatchService/ExecuteBatch";
    let begun = events(&system, method, 1).await;
    assert_eq!(begun.iter().map(|one| one[0].as_str()).collect::<Vec<_>>(), ["STARTED"]);
    let create = pb::CreateOperation { table: "incident".to_owned(), ..Default::default() };
    let operation = pb::Operation { id: "1".to_owned(), kind: Some(pb::operation::Kind::Create(create)) };
    send.send(pb::ExecuteBatchRequest { operations: vec![operation], ..Default::default() }).await.unwrap();
    drop(send);
    batch.await.unwrap();
    let told = events(&system, method, 2).await;
    assert_eq!(told.iter().map(|one| one[0].as_str()).collect::<Vec<_>>(), ["STARTED", "OK"]);

    let (mut send, rows) = mpsc::channel(1);
    let mut imports = ImportServiceClient::new(system.gateway.channel());
    let import = tokio::spawn(async move {
        let mut results = imports.import_rows(rows).await?.into_inner();
        while results.message().await?.is_some() {}
        Ok::<_, tonic::Status>(())
    });
    let method = "sncgate.v1.ImportService/ImportRows";
    assert_eq!(events(&system, method, 1).await, [event("STARTED", "", "")]);
    let unknown = pb::ImportRowsRequest { table: "no_such_table".to_owned(), ..Default::default() };
    send.send(unknown).await.unwrap();
    drop(send);
    import.await.unwrap().unwrap_err();
    let told = events(&system, method, 2).await;
    assert_eq!(told.iter().map(|one| one[0].as_str()).collect::<Vec<_>>(), ["STARTED", "TABLE_UNKNOWN"]);

    let update = pb::UpdateRecordsRequest {
        table: "incident".to_owned(),
        query: Some(encoded("sys_idISNOTEMPTY")),
        fields: [("urgency".to_owned(), "1".to_owned())].into(),
        max_records: 10,
        ..Default::default()
    };
    let mut results = system.records().update_records(update).await.unwrap().into_inner();
    while results.message().await.unwrap().is_some() {}
    let told = events(&system, "sncgate.v1.RecordService/UpdateRecords", 2).await;
    assert_eq!(told.iter().map(|one| one[0].as_str()).collect::<Vec<_>>(), ["STARTED", "OK"]);
    assert_eq!(told[1][1], "incident");
    system.stop().await;
}

/// Who took columns along is in the log: to the end, given up half-way, and not let in.
#[tokio::test]
async fn every_doget_is_in_the_log() {
    let system = System::with_records(5_000).await;
    user(&system.gateway, "alice", &["viewer"]).await;
    user(&system.gateway, "nobody", &[]).await;
    let alice = key_of(&system.gateway, "alice", &[]).await;
    let nobody = key_of(&system.gateway, "nobody", &[]).await;
    let method = "arrow.flight.protocol.FlightService/DoGet";
    let small =
        ticket(&system, &alice, r#"{"table":"incident","query":"active=true","fields":["number"]}"#).await;
    assert_eq!(events(&system, method, 0).await, Vec::<[String; 3]>::new(), "a ticket is no export");

    get(&system, &alice, &small).await.unwrap();
    let whole = [event("STARTED", "", "export"), event("OK", "incident", "export")];
    assert_eq!(events(&system, method, 2).await, whole);

    let large = ticket(&system, &alice, r#"{"table":"incident","types":"string","partitions":1}"#).await;
    let mut running = narrow(&system, &alice).do_get(large).await.unwrap().into_inner();
    running.message().await.unwrap().unwrap();
    drop(running);
    let told = events(&system, method, 4).await;
    assert_eq!(told[2..], [event("STARTED", "", "export"), event("Cancelled", "incident", "export")]);

    flight(&system, &nobody).do_get(small).await.map(drop).unwrap_err();
    let told = events(&system, method, 5).await;
    assert_eq!(told.last().unwrap()[0], "PERMISSION_MISSING", "{told:?}");
    system.stop().await;
}
