//! ExecuteBatch: each operation reported once and truly, in order on each record, whatever happens on the way.

use std::collections::HashMap;
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use sncgate_client::pb;
use sncgate_client::pb::batch_service_client::BatchServiceClient;
use sncgate_client::pb::operation::Kind;
use sncgate_client::pb::operation_result::Outcome;
use tokio::time::timeout;
use tonic::transport::Endpoint;
use tonic::{Code, Status, Streaming};

use crate::harness::{Authorized, PATIENCE, System, reason};

pub(crate) fn fields(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn operation(id: impl Into<String>, kind: Kind) -> pb::Operation {
    pb::Operation { id: id.into(), kind: Some(kind) }
}

pub(crate) fn create(pairs: &[(&str, &str)]) -> Kind {
    let table = "incident".to_owned();
    Kind::Create(pb::CreateOperation { table, fields: fields(pairs), ..Default::default() })
}

pub(crate) fn update(sys_id: &str, pairs: &[(&str, &str)]) -> Kind {
    let (table, sys_id) = ("incident".to_owned(), sys_id.to_owned());
    Kind::Update(pb::UpdateOperation { table, sys_id, fields: fields(pairs), ..Default::default() })
}

pub(crate) fn get(sys_id: &str) -> Kind {
    let (table, sys_id) = ("incident".to_owned(), sys_id.to_owned());
    Kind::Get(pb::GetOperation { table, sys_id, ..Default::default() })
}

pub(crate) fn delete(sys_id: &str) -> Kind {
    let (table, sys_id) = ("incident".to_owned(), sys_id.to_owned());
    Kind::Delete(pb::DeleteOperation { table, sys_id, allow_missing: false })
}

pub(crate) fn client(system: &System) -> BatchServiceClient<Authorized> {
    BatchServiceClient::new(system.gateway.channel()).max_decoding_message_size(usize::MAX)
}

/// Messages of so many operations each.
pub(crate) fn messages(
    operations: Vec<pb::Operation>,
    size: usize,
) -> impl Stream<Item = pb::ExecuteBatchRequest> + Send + 'static {
    stream::iter(operations)
        .chunks(size)
        .map(|operations| pb::ExecuteBatchRequest { operations, ..Default::default() })
}

/// Everything until the end, or until the error.
pub(crate) async fn take(
    stream: &mut Streaming<pb::ExecuteBatchResponse>,
) -> (Vec<pb::OperationResult>, Option<Status>) {
    let mut results = Vec::new();
    loop {
        match timeout(PATIENCE, stream.message()).await.expect("the stream goes on or ends") {
            Ok(Some(message)) => {
                assert!(!message.results.is_empty());
                results.extend(message.results);
            }
            Ok(None) => return (results, None),
            Err(status) => return (results, Some(status)),
        }
    }
}

async fn run(system: &System, operations: Vec<pb::Operation>) -> Vec<pb::OperationResult> {
    let answer = client(system).execute_batch(messages(operations, 7)).await.unwrap();
    let (results, error) = take(&mut answer.into_inner()).await;
    assert!(error.is_none(), "{error:?}");
    results
}

fn by_id(results: Vec<pb::OperationResult>) -> HashMap<String, Outcome> {
    let count = results.len();
    let by_id: HashMap<String, Outcome> =
        results.into_iter().map(|result| (result.id, result.outcome.unwrap())).collect();
    assert_eq!(by_id.len(), count, "an id came twice");
    by_id
}

fn record(outcome: &Outcome) -> &pb::Record {
    let Outcome::Record(record) = outcome else { panic!("no record: {outcome:?}") };
    record
}

fn why(outcome: &Outcome) -> &'static str {
    let Outcome::Error(error) = outcome else { panic!("no error: {outcome:?}") };
    assert!(!error.message.is_empty());
    error.reason().as_str_name().trim_start_matches("ERROR_REASON_")
}

async fn count(system: &System) -> usize {
    let list =
        pb::ListRecordsRequest { table: "incident".to_owned(), page_size: 10_000, ..Default::default() };
    system.records().list_records(list).await.unwrap().into_inner().records.len()
}

#[tokio::test]
async fn operations_on_one_record_run_in_their_order() {
    let system = System::with_records(0).await;
    let id = "00000000000000000000000000000abc";
    let operations = vec![
        operation("1", create(&[("sys_id", id), ("short_description", "one")])),
        operation("2", update(id, &[("short_description", "two")])),
        operation("3", get(&id.to_uppercase())),
        operation("4", update(id, &[("short_description", "three")])),
        operation("5", get(id)),
        operation("6", delete(id)),
        operation("7", get(id)),
        operation("8", create(&[("sys_id", id), ("short_description", "four")])),
        operation("9", create(&[("short_description", "another")])),
    ];
    let answer = client(&system).execute_batch(messages(operations, 100)).await.unwrap();
    let (results, error) = take(&mut answer.into_inner()).await;
    assert!(error.is_none(), "{error:?}");
    let order: Vec<&str> = results.iter().map(|result| result.id.as_str()).filter(|id| *id != "9").collect();
    assert_eq!(order, ["1", "2", "3", "4", "5", "6", "7", "8"]);
    let results = by_id(results);
    let text = |id: &str| record(&results[id]).fields["short_description"].value.clone();
    assert_eq!([text("3"), text("5"), text("8")], ["two", "three", "four"]);
    assert_eq!(record(&results["5"]).etag, "2");
    assert!(matches!(results["6"], Outcome::Deleted(_)));
    assert_eq!(why(&results["7"]), "RECORD_UNKNOWN");
    system.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_an_operation_is_its_own_affair() {
    let system = System::with_records(1).await;
    let nowhere = "0123456789abcdef0123456789abcdef";
    let other_table = |table: &str| {
        let fields = fields(&[("short_description", "x")]);
        Kind::Create(pb::CreateOperation { table: table.to_owned(), fields, ..Default::default() })
    };
    let gone = Kind::Delete(pb::DeleteOperation {
        table: "incident".to_owned(),
        sys_id: nowhere.to_owned(),
        allow_missing: true,
    });
    let odd_id = Kind::Create(pb::CreateOperation {
        table: "incident".to_owned(),
        request_id: "not a UUID".to_owned(),
        ..Default::default()
    });
    let cases = [
        ("good", Some(create(&[("short_description", "fine")])), None),
        ("no kind", None, Some("REQUEST_INVALID")),
        ("no table", Some(other_table("")), Some("REQUEST_INVALID")),
        ("odd table", Some(other_table("a/b")), Some("REQUEST_INVALID")),
        ("unknown table", Some(other_table("u_nothing")), Some("TABLE_UNKNOWN")),
        ("unknown table again", Some(other_table("u_nothing")), Some("TABLE_UNKNOWN")),
        ("unknown field", Some(create(&[("colour", "red")])), Some("FIELD_UNKNOWN")),
        ("unknown field of an update", Some(update(nowhere, &[("colour", "red")])), Some("FIELD_UNKNOWN")),
        ("odd sys_id", Some(get("../x")), Some("REQUEST_INVALID")),
        ("odd sys_id of a create", Some(create(&[("sys_id", "../x")])), Some("REQUEST_INVALID")),
        ("odd request id", Some(odd_id), Some("REQUEST_INVALID")),
        ("no such record", Some(delete(nowhere)), Some("RECORD_UNKNOWN")),
        ("no such record, which is fine", Some(gone), None),
        ("rejected", Some(update("RECORD", &[("state", "6")])), Some("INSTANCE_REJECTED")),
    ];
    let there = pb::CreateRecordRequest { table: "incident".to_owned(), ..Default::default() };
    let there = system.records().create_record(there).await.unwrap().into_inner().record.unwrap().sys_id;
    let mut operations: Vec<pb::Operation> = cases
        .iter()
        .map(|(id, kind, _)| pb::Operation { id: (*id).to_owned(), kind: kind.clone() })
        .collect();
    let Some(Kind::Update(rejected)) = &mut operations.last_mut().unwrap().kind else { panic!() };
    rejected.sys_id = there;
    operations.push(operation("x".repeat(129), get(nowhere)));

    let results = by_id(run(&system, operations).await);
    assert_eq!(results.len(), cases.len() + 1);
    for (id, _, expected) in &cases {
        match expected {
            Some(expected) => assert_eq!(why(&results[*id]), *expected, "{id}"),
            None => assert!(!matches!(results[*id], Outcome::Error(_)), "{id}: {:?}", results[*id]),
        }
    }
    assert_eq!(why(&results["x".repeat(129).as_str()]), "REQUEST_INVALID");
    let Outcome::Error(unknown) = &results["unknown field"] else { panic!() };
    assert_eq!((unknown.metadata["fields"].as_str(), unknown.code), ("colour", Code::InvalidArgument as i32));

    let twice = vec![operation("same", create(&[])), operation("same", create(&[]))];
    let results = run(&system, twice).await;
    let failed = |result: &&pb::OperationResult| matches!(result.outcome, Some(Outcome::Error(_)));
    assert_eq!((results.len(), results.iter().filter(failed).count()), (2, 1), "{results:?}");

    let nameless = vec![operation("named", get(nowhere)), operation("", get(nowhere))];
    let answer = client(&system).execute_batch(messages(nameless, 2)).await.unwrap();
    let (results, error) = take(&mut answer.into_inner()).await;
    assert_eq!(results.len(), 1, "what came before is reported");
    assert_eq!(reason(&error.unwrap()).0, "REQUEST_INVALID");

    let elsewhere = pb::ExecuteBatchRequest { instance: "nowhere".to_owned(), operations: Vec::new() };
    let answer = client(&system).execute_batch(stream::iter([elsewhere])).await.unwrap();
    assert_eq!(reason(&take(&mut answer.into_inner()).await.1.unwrap()).0, "INSTANCE_UNKNOWN");
    assert!(run(&system, Vec::new()).await.is_empty());
    system.stop().await;
}

#[tokio::test]
async fn a_repeated_call_creates_nothing_new() {
    let system = System::with_records(0).await;
    let with_id = |number: u32| {
        Kind::Create(pb::CreateOperation {
            table: "incident".to_owned(),
            fields: fields(&[("short_description", &format!("number {number}"))]),
            request_id: format!("00000000-0000-4000-8000-{number:012}"),
            ..Default::default()
        })
    };
    let operations = || (0..250).map(|number| operation(number.to_string(), with_id(number))).collect();
    let first = by_id(run(&system, operations()).await);
    let second = by_id(run(&system, operations()).await);
    assert_eq!(count(&system).await, 250);
    for (id, outcome) in &first {
        assert_eq!(record(outcome), record(&second[id]), "{id}");
        assert_eq!(record(outcome).fields["short_description"].value, format!("number {id}"));
    }
    // A single create with the id is the same create.
    let single = pb::CreateRecordRequest {
        table: "incident".to_owned(),
        fields: fields(&[("short_description", "number 7")]),
        request_id: "00000000-0000-4000-8000-000000000007".to_owned(),
        ..Default::default()
    };
    let single = system.records().create_record(single).await.unwrap().into_inner().record.unwrap();
    assert_eq!(single.sys_id, record(&first["7"]).sys_id);
    // An id that comes twice in one call makes one record, too.
    let twice = vec![operation("a", with_id(1000)), operation("b", with_id(1000))];
    let twice = by_id(run(&system, twice).await);
    assert_eq!(record(&twice["a"]).sys_id, record(&twice["b"]).sys_id);
    assert_eq!(count(&system).await, 251);
    system.stop().await;
}

/// Creates without end, as fast as they are taken.
fn endless() -> impl Stream<Item = pb::ExecuteBatchRequest> + Send + 'static {
    let message = |number: usize| {
        let operations = (0..10).map(|place| operation(format!("{number}/{place}"), create(&[]))).collect();
        pb::ExecuteBatchRequest { operations, ..Default::default() }
    };
    stream::iter((0..2000).map(message))
}

/// How many incidents there are, once that number stands still.
async fn settled(system: &System) -> usize {
    let mut last = 0;
    for _ in 0..200 {
        let now = count(system).await;
        if now == last && now > 0 {
            return now;
        }
        last = now;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    panic!("the writing never stood still");
}

#[tokio::test]
async fn a_caller_that_does_not_read_stops_the_taking_and_one_that_leaves_ends_it() {
    let system = System::with_records(0).await;
    let endpoint = Endpoint::from_shared(format!("http://{}", system.gateway.address)).unwrap();
    let channel =
        endpoint.initial_stream_window_size(65_535).initial_connection_window_size(65_535).connect_lazy();
    let mut results = BatchServiceClient::new(system.gateway.authorized(channel))
        .execute_batch(endless())
        .await
        .unwrap()
        .into_inner();
    let first = results.message().await.unwrap().unwrap();
    assert!(!first.results.is_empty());
    let written = settled(&system).await;
    assert!((1000..3000).contains(&written), "{written} were written for a caller that took one message");
    drop(results);
    let after = settled(&system).await;
    assert!(after <= written + 300, "the caller left, and yet the writing went on to {after}");
    system.stop().await;
}

#[tokio::test]
async fn a_drain_reports_what_was_taken_and_ends() {
    let mut system = System::with_records(0).await;
    let mut results = client(&system).execute_batch(endless()).await.unwrap().into_inner();
    let mut seen = results.message().await.unwrap().unwrap().results;
    system.gateway.begin_stop();
    let (rest, status) = take(&mut results).await;
    seen.extend(rest);
    let status = status.expect("20,000 operations cannot be done already");
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::Unavailable, "DRAINING"));
    let reported = by_id(seen);
    assert!(reported.values().all(|outcome| matches!(outcome, Outcome::Record(_))));
    // The instance has what was reported, and nothing else.
    let instance = format!("http://{}", system.emulator.as_ref().unwrap().http());
    let url = format!("{instance}/api/now/stats/incident?sysparm_count=true");
    let request = reqwest::Client::new().get(url).basic_auth("admin", Some("admin"));
    let stats: serde_json::Value =
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(stats["result"]["stats"]["count"], reported.len().to_string());
    system.stop().await;
}
