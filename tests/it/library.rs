//! The crate `servicenow` by itself against the embedded instance, on good days and bad ones.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use servicenow::query::Operator;
use servicenow::{
    BatchOperation, BatchOptions, BatchOutcome, Client, Credentials, Error, Fields, List, Read, Record,
    RetryPolicy, Upload, WriteOptions,
};
use servicenow_emulator::faults::{Fault, Place, Rule};
use servicenow_emulator::{Emulator, Running};

async fn instance() -> (Running, Client, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let running = Emulator::builder()
        .data_dir(data.path())
        .records(20)
        .seed(1)
        .http(anywhere)
        .https(anywhere)
        .start()
        .await
        .unwrap();
    let retry = RetryPolicy { base_delay: Duration::ZERO, budget: 10_000, ..RetryPolicy::default() };
    let credentials = Credentials::Basic { username: "admin".into(), password: "admin".into() };
    let client = Client::builder(&running.http_url()).credentials(credentials).retry(retry).build().unwrap();
    (running, client, data)
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect()
}

async fn share(running: &Running, fault: Fault, share: f64, applies_to: Place) {
    let rule = Rule { share: Some(share), seed: 5, applies_to, ..Rule::new(fault) };
    running.faults().add(rule).unwrap();
}

#[tokio::test]
async fn a_file_goes_up_and_comes_down_over_broken_connections() {
    let (running, client, _data) = instance().await;
    let mut incident = client.glide_record("incident").unwrap();
    incident.set_limit(Some(1));
    assert!(incident.next().await.unwrap());
    let record = incident.sys_id().unwrap().unwrap().to_owned();
    let content: Vec<u8> = (0..3_000_000u32).map(|number| (number % 251) as u8).collect();
    let chunks: Vec<_> = content.chunks(10_000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    let upload =
        Upload { table: "incident".into(), record, file_name: "a b.bin".into(), ..Upload::default() };
    let attachment = client.upload(&upload, futures::stream::iter(chunks)).await.unwrap();
    assert_eq!((attachment.size_bytes, attachment.hash.as_ref().map(String::len)), (3_000_000, Some(64)));
    assert_eq!(incident.attachments().await.unwrap(), std::slice::from_ref(&attachment));

    running
        .faults()
        .add(
            Rule { kind: Some("attachment".into()), ..Rule::new(Fault::Broken { after: 1_000_000 }) }
                .times(2),
        )
        .unwrap();
    let whole: Vec<Bytes> =
        client.download(&attachment.sys_id, 0).await.unwrap().try_collect().await.unwrap();
    assert!(whole.concat() == content);
    assert_eq!(running.faults().read()[0].fired, 2, "it did break");
    let rest = client.download(&attachment.sys_id, 2_999_990).await.unwrap().bytes().await.unwrap();
    assert_eq!(rest, &content[2_999_990..]);

    client.delete_attachment(&attachment.sys_id).await.unwrap();
    assert!(matches!(client.download(&attachment.sys_id, 0).await, Err(Error::NotFound(_))));
    running.shutdown().await;
}

#[tokio::test]
async fn a_long_query_is_answered_as_a_short_one() {
    let (running, client, _data) = instance().await;
    let mut incident = client.glide_record("incident").unwrap();
    let numbers: Vec<_> = {
        let rows = incident.records().await.unwrap();
        rows.iter().map(|row| row.value("number").unwrap().to_owned()).collect()
    };
    let padded = format!("{},{}", numbers[..3].join(","), "x,".repeat(5_000));
    let mut long = client.glide_record("incident").unwrap();
    long.add_query("number", Operator::In, padded);
    assert_eq!(long.records().await.unwrap().len(), 3);
    assert_eq!(long.row_count(), 3, "the count comes too");
    let list = List { query: servicenow::query::Query::parse(&"a=1^".repeat(3_000)), ..List::default() };
    let error = client.list::<Record>("no_such_table", &list).await.unwrap_err();
    assert_eq!(error, Error::InvalidTable { table: "no_such_table".into() });
    running.shutdown().await;
}

#[tokio::test]
async fn every_operation_under_faults_is_reported_once_and_truly() {
    const ROWS: usize = 600;
    let (running, client, _data) = instance().await;
    let rows = client.glide_record("incident").unwrap();
    let described = |number: usize| fields(&[("short_description", &format!("row {number}"))]);
    let there = rows.insert_multiple((0..ROWS).map(described)).await.unwrap();
    assert_eq!(there.done.len(), ROWS);

    share(&running, Fault::RateLimited { retry_after: None }, 0.05, Place::Both).await;
    share(&running, Fault::Reset { committed: true }, 0.15, Place::Outer).await;
    share(&running, Fault::Truncated { keep: None }, 0.15, Place::Outer).await;
    share(&running, Fault::CommittedThenError, 0.01, Place::Both).await;
    let mut batch = client.batch::<Record>(BatchOptions {
        max_operations: 50,
        max_attempts: 12,
        ..BatchOptions::default()
    });
    for (number, sys_id) in there.done.iter().enumerate() {
        let (table, sys_id, options) = ("incident".to_owned(), sys_id.clone(), WriteOptions::default());
        let operation = match number % 3 {
            0 => BatchOperation::Delete { table, sys_id },
            1 => BatchOperation::Update { table, sys_id, fields: fields(&[("urgency", "1")]), options },
            _ => BatchOperation::Get { table, sys_id, read: Read::default() },
        };
        batch.push(number.to_string(), operation).unwrap();
        let (table, options) = ("incident".to_owned(), WriteOptions::default());
        let fields = fields(&[("short_description", "made")]);
        batch.push(format!("new {number}"), BatchOperation::Create { table, fields, options }).unwrap();
    }
    let results: Vec<_> = batch.execute().collect().await;
    let ids: BTreeSet<_> = results.iter().map(|result| result.id.as_str()).collect();
    assert_eq!((results.len(), ids.len()), (2 * ROWS, 2 * ROWS), "each exactly once");
    let failed: Vec<_> = results.iter().filter(|result| result.result.is_err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(running.faults().read().iter().all(|rule| rule.fired > 0), "{:?}", running.faults().read());
    running.faults().clear();

    let mut made = client.glide_record("incident").unwrap();
    made.add_query("short_description", Operator::Is, "made").set_batch_size(1000);
    let on_instance: BTreeSet<_> =
        made.records().await.unwrap().iter().map(|row| row.value("sys_id").unwrap().to_owned()).collect();
    let reported: BTreeSet<_> = results
        .iter()
        .filter_map(|result| match &result.result {
            Ok(BatchOutcome::Created { sys_id, .. }) => Some(sys_id.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(on_instance, reported, "no row was made twice or unreported");
    for (number, sys_id) in there.done.iter().enumerate().step_by(7) {
        let mut row = client.glide_record("incident").unwrap();
        assert_eq!(row.get(sys_id).await.unwrap(), number % 3 != 0);
        if number % 3 == 1 {
            assert_eq!(row.value("urgency").unwrap(), "1");
        }
    }
    running.shutdown().await;
}
