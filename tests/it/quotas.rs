//! A quota of rows that ends something in the middle leaves what is needed to go on: no row is lost, and none comes twice.

use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, Ticket};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::TryStreamExt;
use sncgate_client::pb;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use sncgate_client::pb::role_service_client::RoleServiceClient;
use tonic::{Code, Status};

use crate::access::{key_of, user};
use crate::export::column;
use crate::export_rules::{flight, ticket};
use crate::harness::{System, encoded, reason};

/// A reader with so many rows a day; their key.
async fn reader(system: &System, rows_per_day: i64) -> String {
    let create = pb::CreateRoleRequest { role: Some(role(rows_per_day)) };
    RoleServiceClient::new(system.gateway.channel()).create_role(create).await.unwrap();
    user(&system.gateway, "alice", &["small"]).await;
    key_of(&system.gateway, "alice", &[]).await
}

/// From now on they have no limit.
async fn lift(system: &System) {
    let update = pb::UpdateRoleRequest { role: Some(role(0)) };
    RoleServiceClient::new(system.gateway.channel()).update_role(update).await.unwrap();
}

fn role(rows_per_day: i64) -> pb::Role {
    pb::Role {
        name: "small".to_owned(),
        permissions: vec![pb::Permission::RecordsRead.into(), pb::Permission::SchemaRead.into()],
        table_rules: vec![pb::TableRule { tables: vec!["*".to_owned()], ..pb::TableRule::default() }],
        quota: Some(pb::RoleQuota { rows_per_day: Some(rows_per_day), concurrent_streams: None }),
        ..pb::Role::default()
    }
}

fn is_the_quota(status: &Status) {
    assert_eq!(
        (status.code(), reason(status).0.as_str()),
        (Code::ResourceExhausted, "ROW_QUOTA_EXCEEDED"),
        "{status:?}"
    );
}

/// Each row once, in order.
fn are_all(ids: &[String], count: usize) {
    assert_eq!(ids.len(), count);
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
}

#[tokio::test]
async fn a_stream_goes_on_where_its_quota_ended_it() {
    let system = System::with_records(100).await;
    let key = reader(&system, 25).await;
    let mut records = RecordServiceClient::new(system.gateway.channel_of(&key));
    let request = pb::StreamRecordsRequest {
        table: "incident".to_owned(),
        query: Some(encoded("")),
        page_size: 10,
        ..pb::StreamRecordsRequest::default()
    };
    let (mut ids, mut shown) = (Vec::new(), String::new());
    let mut stream = records.stream_records(request.clone()).await.unwrap().into_inner();
    let status = loop {
        match stream.message().await {
            Ok(page) => {
                let page = page.expect("it is cut before its end");
                ids.extend(page.records.into_iter().map(|record| record.sys_id));
                shown = page.resume_token;
            }
            Err(status) => break status,
        }
    };
    is_the_quota(&status);
    assert_eq!(ids.len(), 30, "the page that goes over is given, and none after it");
    let resume_token = reason(&status).1["resume_token"].clone();
    assert_eq!(resume_token, shown, "it is that of the last page");

    let again = pb::StreamRecordsRequest { resume_token, ..request };
    let status = match records.stream_records(again.clone()).await {
        Ok(stream) => stream.into_inner().message().await.unwrap_err(),
        Err(status) => status,
    };
    is_the_quota(&status); // the token is no way around it
    lift(&system).await;
    let mut stream = records.stream_records(again).await.unwrap().into_inner();
    while let Some(page) = stream.message().await.unwrap() {
        ids.extend(page.records.into_iter().map(|record| record.sys_id));
    }
    are_all(&ids, 100);
    system.stop().await;
}

#[tokio::test]
async fn an_export_goes_on_where_its_quota_ended_it() {
    const ROWS: usize = 10_000;
    let system = System::with_records(10_000).await;
    let key = reader(&system, 2_500).await;
    let command = r#"{"table":"incident","types":"string","fields":["sys_id"],"partitions":1}"#;
    let first = ticket(&system, &key, command).await;
    let (before, ended) = read(&system, &key, first).await;
    is_the_quota(&ended.expect_err("it is cut before its end"));
    let rest = resume(&before);
    let mut ids = rows(before).await;
    assert!(ids.len() >= 2_500 && ids.len() < ROWS, "{} rows", ids.len());

    let (nothing, ended) = read(&system, &key, rest.clone()).await;
    is_the_quota(&ended.expect_err("the ticket is no way around it"));
    assert!(rows(nothing).await.is_empty());
    lift(&system).await;
    let (after, ended) = read(&system, &key, rest).await;
    ended.unwrap();
    ids.extend(rows(after).await);
    are_all(&ids, ROWS);
    system.stop().await;
}

/// What a ticket gives, and how it ends.
async fn read(system: &System, key: &str, ticket: Ticket) -> (Vec<FlightData>, Result<(), Status>) {
    let mut messages = Vec::new();
    let mut stream = match flight(system, key).do_get(ticket).await {
        Ok(stream) => stream.into_inner(),
        Err(status) => return (messages, Err(status)),
    };
    loop {
        match stream.message().await {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, Ok(())),
            Err(status) => return (messages, Err(status)),
        }
    }
}

/// The ticket for what follows the last page that came.
fn resume(messages: &[FlightData]) -> Ticket {
    let notes = messages
        .iter()
        .rev()
        .filter_map(|message| serde_json::from_slice::<serde_json::Value>(&message.app_metadata).ok());
    let told = notes.filter_map(|note| note["resume"].as_str().map(str::to_owned)).next();
    Ticket::new(STANDARD.decode(told.expect("a page said it")).unwrap())
}

async fn rows(messages: Vec<FlightData>) -> Vec<String> {
    let data = futures::stream::iter(messages.into_iter().map(Ok::<_, FlightError>));
    let batches: Vec<_> = FlightRecordBatchStream::new_from_flight_data(data).try_collect().await.unwrap();
    column(&batches, "sys_id").into_iter().map(|id| id.expect("each row has one")).collect()
}
