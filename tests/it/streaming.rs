//! StreamRecords: complete at any page size, resumable, gentle, and ended in order.

use std::collections::BTreeSet;
use std::time::Duration;

use sncgate_client::pb;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use tokio::time::timeout;
use tonic::transport::Endpoint;
use tonic::{Code, Status, Streaming};

use crate::harness::{PATIENCE, System, encoded, reason};

fn stream(page_size: i32) -> pb::StreamRecordsRequest {
    pb::StreamRecordsRequest { table: "incident".to_owned(), page_size, ..Default::default() }
}

async fn open(system: &System, request: &pb::StreamRecordsRequest) -> Streaming<pb::StreamRecordsResponse> {
    system.records().stream_records(request.clone()).await.unwrap().into_inner()
}

/// Everything until the end, or until the error.
async fn take(stream: &mut Streaming<pb::StreamRecordsResponse>) -> (Vec<pb::Record>, Option<Status>) {
    let mut records = Vec::new();
    loop {
        match timeout(PATIENCE, stream.message()).await.expect("the stream goes on or ends") {
            Ok(Some(page)) => records.extend(page.records),
            Ok(None) => return (records, None),
            Err(status) => return (records, Some(status)),
        }
    }
}

/// A whole stream that must not fail.
async fn all(system: &System, request: &pb::StreamRecordsRequest) -> Vec<pb::Record> {
    let (records, error) = take(&mut open(system, request).await).await;
    assert!(error.is_none(), "{error:?}");
    records
}

fn ids(records: &[pb::Record]) -> Vec<String> {
    records.iter().map(|record| record.sys_id.clone()).collect()
}

#[tokio::test]
async fn a_stream_is_the_same_at_any_page_size() {
    let system = System::with_records(150).await;
    let queries = [encoded(""), encoded("active=true^NQpriority=5"), pb::Query { limit: 41, ..encoded("") }];
    for query in queries {
        let request =
            |page_size| pb::StreamRecordsRequest { query: Some(query.clone()), ..stream(page_size) };
        let golden = all(&system, &request(0)).await;
        assert!(golden.len() > 20);
        assert!(ids(&golden).is_sorted());
        for page_size in [1, 5, 16, 100] {
            assert!(all(&system, &request(page_size)).await == golden, "page size {page_size} of {query:?}");
        }
    }
    system.stop().await;
}

#[tokio::test]
async fn a_stream_goes_on_after_any_message() {
    let system = System::with_records(60).await;
    let golden = ids(&all(&system, &stream(7)).await);
    for taken in [1, 3, 8] {
        let mut first = open(&system, &stream(7)).await;
        let (mut seen, mut token) = (Vec::new(), String::new());
        for _ in 0..taken {
            let page = first.message().await.unwrap().unwrap();
            seen.extend(ids(&page.records));
            token = page.resume_token;
        }
        drop(first);
        let mut rest = open(&system, &pb::StreamRecordsRequest { resume_token: token, ..stream(7) }).await;
        while let Some(page) = rest.message().await.unwrap() {
            seen.extend(ids(&page.records));
            assert_eq!(page.sent, seen.len() as i64, "sent counts what came before the resume");
        }
        assert_eq!(seen, golden, "resumed after {taken} messages");
    }
    system.stop().await;
}

#[tokio::test]
async fn rows_that_come_and_go_meanwhile_disturb_no_other() {
    let system = System::with_records(120).await;
    let golden: BTreeSet<String> = ids(&all(&system, &stream(0)).await).into_iter().collect();
    let mut client = system.records();
    let mut running = open(&system, &stream(5)).await;
    let (mut seen, mut deleted) = (Vec::new(), BTreeSet::new());
    while let Some(page) = timeout(PATIENCE, running.message()).await.unwrap().unwrap() {
        seen.extend(ids(&page.records));
        let create = pb::CreateRecordRequest { table: "incident".to_owned(), ..Default::default() };
        client.create_record(create).await.unwrap();
        // One that was sent already and the last of all: with offsets, rows would now be skipped or repeated.
        for sys_id in [seen.last(), golden.last()].into_iter().flatten() {
            let delete = pb::DeleteRecordRequest {
                table: "incident".to_owned(),
                sys_id: sys_id.clone(),
                allow_missing: true,
                ..Default::default()
            };
            client.delete_record(delete).await.unwrap();
            deleted.insert(sys_id.clone());
        }
    }
    let unique: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(unique.len(), seen.len(), "a row came twice");
    let lost: Vec<_> = golden.difference(&unique).filter(|id| !deleted.contains(*id)).collect();
    assert!(lost.is_empty(), "rows that were there all the time were lost: {lost:?}");
    system.stop().await;
}

/// The instance dies in mid-stream; the error carries a token that works when it is back.
#[tokio::test]
async fn a_stream_survives_the_death_of_its_instance() {
    let mut system = System::with_records(200).await;
    let golden = ids(&all(&system, &stream(10)).await);
    let mut running = open(&system, &stream(1)).await;
    let mut seen = ids(&running.message().await.unwrap().unwrap().records);

    let address = system.kill_emulator().await;
    let (records, status) = take(&mut running).await;
    seen.extend(ids(&records));
    let status = status.expect("the stream must not end as if it were complete");
    let (reason, metadata) = reason(&status);
    assert_eq!((status.code(), reason.as_str()), (Code::Unavailable, "INSTANCE_UNAVAILABLE"));
    assert!(seen.len() < golden.len());

    system.restart_emulator(address).await;
    let resume = pb::StreamRecordsRequest { resume_token: metadata["resume_token"].clone(), ..stream(10) };
    seen.extend(ids(&all(&system, &resume).await));
    assert_eq!(seen, golden);
    system.stop().await;
}

#[tokio::test]
async fn a_drain_ends_streams_with_a_token() {
    let mut system = System::with_records(300).await;
    let golden = ids(&all(&system, &stream(0)).await);
    let mut running = open(&system, &stream(1)).await;
    let mut seen = ids(&running.message().await.unwrap().unwrap().records);
    system.gateway.begin_stop();
    let (records, status) = take(&mut running).await;
    seen.extend(ids(&records));
    let status = status.expect("300 messages cannot have gone out in one step");
    let (reason, metadata) = reason(&status);
    assert_eq!((status.code(), reason.as_str()), (Code::Unavailable, "DRAINING"));
    assert!(!metadata["resume_token"].is_empty());
    assert_eq!(seen, golden[..seen.len()]);
    system.stop().await;
}

#[tokio::test]
async fn a_caller_that_does_not_read_stops_the_reading() {
    let system = System::with_records(400).await;
    // The smallest window that HTTP/2 has: what is read beyond it and the server's own buffer is read for nothing.
    let endpoint = Endpoint::from_shared(format!("http://{}", system.gateway.address)).unwrap();
    let channel =
        endpoint.initial_stream_window_size(65_535).initial_connection_window_size(65_535).connect_lazy();
    let mut running = RecordServiceClient::new(system.gateway.authorized(channel))
        .stream_records(stream(1))
        .await
        .unwrap()
        .into_inner();
    running.message().await.unwrap().unwrap();
    let asked = settled(&system).await;
    assert!(asked < 300, "{asked} of 400 pages were read for a caller that took one");
    drop(running);
    let after = settled(&system).await;
    assert!(after <= asked + 1, "the stream was dropped, and yet the reading went on to {after}");
    system.stop().await;
}

/// How many lists the instance has answered, once that number stands still.
async fn settled(system: &System) -> u64 {
    let mut last = 0;
    for _ in 0..200 {
        let now = system.counted("table.list").await;
        if now == last && now > 0 {
            return now;
        }
        last = now;
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    panic!("the reading never stood still");
}
