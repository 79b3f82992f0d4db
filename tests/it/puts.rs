//! DoPut: typed rows into tables, each reported once, whatever is wrong with its neighbors.

use std::process::Command;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::{FlightData, FlightDescriptor, PutResult};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::IpcWriteOptions;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use serde_json::Value;
use sncgate_client::pb::FieldAccess;
use sncgate_client::{Client, Export};
use tokio::time::timeout;
use tonic::{Code, Status};

use crate::access::{key_of, user};
use crate::access_rules::{holder, rule};
use crate::demo::Demo;
use crate::export::{client_of, column, export};
use crate::export_rules::flight;
use crate::harness::{PATIENCE, System, reason};
use crate::program::{root, run, tool};

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(values.iter().copied().collect::<StringArray>())
}

fn batch(columns: &[(&str, ArrayRef)]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        columns.iter().map(|(name, values)| (*name, values.clone(), true)),
    )
    .unwrap()
}

/// Messages as any client of Flight makes them.
async fn messages(command: &str, batches: Vec<RecordBatch>, options: IpcWriteOptions) -> Vec<FlightData> {
    let descriptor = FlightDescriptor::new_cmd(command.to_owned());
    let schema = batches[0].schema();
    let encoder = FlightDataEncoderBuilder::new().with_options(options).with_schema(schema);
    let encoder = encoder.with_flight_descriptor(Some(descriptor));
    encoder.build(stream::iter(batches).map(Ok)).try_collect().await.unwrap()
}

/// All rows' results, and how the stream ended.
async fn sent(
    system: &System,
    token: &str,
    messages: impl Stream<Item = FlightData> + Send + 'static,
) -> (Vec<Value>, Result<Value, Status>) {
    let answers = match flight(system, token).do_put(messages).await {
        Ok(answers) => answers.into_inner(),
        Err(status) => return (Vec::new(), Err(status)),
    };
    taken(answers).await
}

async fn taken(mut answers: tonic::Streaming<PutResult>) -> (Vec<Value>, Result<Value, Status>) {
    let mut results = Vec::new();
    loop {
        let answer = timeout(PATIENCE, answers.message()).await.expect("it goes on or ends");
        let answer = match answer {
            Ok(answer) => answer.expect("the end is told before it comes"),
            Err(status) => return (results, Err(status)),
        };
        match serde_json::from_slice(&answer.app_metadata).unwrap() {
            Value::Array(rows) => results.extend(rows),
            end => return (results, Ok(end)),
        }
    }
}

async fn put(
    system: &System,
    command: &str,
    batches: Vec<RecordBatch>,
) -> (Vec<Value>, Result<Value, Status>) {
    let messages = messages(command, batches, IpcWriteOptions::default()).await;
    sent(system, &system.gateway.token.clone(), stream::iter(messages)).await
}

/// Results by row: each came once.
fn by_row(mut results: Vec<Value>, rows: usize) -> Vec<Value> {
    results.sort_by_key(|result| result["index"].as_u64());
    let indexes: Vec<u64> = results.iter().filter_map(|result| result["index"].as_u64()).collect();
    assert_eq!(indexes, (0..rows as u64).collect::<Vec<_>>());
    results
}

async fn admin(system: &System) -> Client {
    client_of(system, &system.gateway.token).await
}

const INSERT: &str = r#"{"table":"incident","mode":"insert"}"#;

#[tokio::test]
async fn typed_rows_become_records_and_each_is_reported_once() {
    let system = System::with_records(3).await;
    let opened = 1_709_251_198_000_000_000_i64;
    let rows = batch(&[
        ("short_description", texts(&[Some("one"), Some("two"), Some("three"), None])),
        ("impact", Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(2)]))),
        ("knowledge", Arc::new(BooleanArray::from(vec![true, false, true, false]))),
        (
            "opened_at",
            Arc::new(
                TimestampNanosecondArray::from(vec![opened, opened, opened + 1, opened])
                    .with_timezone("Asia/Tokyo"),
            ),
        ),
    ]);
    let (results, end) = put(&system, INSERT, vec![rows.slice(0, 2), rows.slice(2, 2)]).await;
    assert_eq!(end.unwrap(), serde_json::json!({"rows": 4, "failed": 1}));
    let results = by_row(results, 4);
    assert_eq!(results[2]["error"]["reason"], "REQUEST_INVALID");
    let told = results[2]["error"]["message"].as_str().unwrap();
    assert!(told.contains("opened_at") && told.contains("whole seconds"), "{told}");

    let client = admin(&system).await;
    let fields =
        ["sys_id", "short_description", "impact", "knowledge", "opened_at"].map(str::to_owned).to_vec();
    let query = "opened_at=2024-02-29 23:59:58".to_owned();
    let wanted = Export { fields, query, types: sncgate_client::Types::String, ..Export::of("incident") };
    let (made, _) = export(&client, &wanted).await;
    let rows: Vec<Vec<Option<String>>> = wanted.fields.iter().map(|name| column(&made, name)).collect();
    assert_eq!(rows[0].len(), 3);
    for (index, impact, knowledge) in [(0, "1", "true"), (1, "3", "false"), (3, "2", "false")] {
        assert_eq!(results[index]["status"], "written");
        let row = rows[0].iter().position(|id| id.as_deref() == results[index]["sys_id"].as_str());
        let row = row.unwrap_or_else(|| panic!("no record of row {index}"));
        // An impact that was null is the default.
        assert_eq!(
            (rows[2][row].as_deref(), rows[3][row].as_deref()),
            (Some(impact), Some(knowledge)),
            "{index}"
        );
    }
    system.stop().await;
}

#[tokio::test]
async fn what_was_exported_is_put_back_as_it_was() {
    let system = System::with_records(50).await;
    let client = admin(&system).await;
    let fields =
        ["sys_id", "short_description", "impact", "opened_at", "category", "due_date", "close_notes"];
    let wanted = Export { fields: fields.map(str::to_owned).to_vec(), ..Export::of("incident") };
    let (before, _) = export(&client, &wanted).await;
    let raw = Export { types: sncgate_client::Types::String, ..wanted.clone() };
    let (known, _) = export(&client, &raw).await;
    for sys_id in column(&known, "sys_id").into_iter().flatten() {
        let other = [("short_description", "x"), ("opened_at", ""), ("close_notes", "y")];
        client.update("incident", sys_id, other).await.unwrap();
    }
    let (results, end) = put(&system, r#"{"table":"incident","mode":"update"}"#, before).await;
    assert_eq!(end.unwrap()["failed"], 0, "{results:?}");
    by_row(results, 50);
    let (after, _) = export(&client, &raw).await;
    for name in fields {
        assert_eq!(column(&after, name), column(&known, name), "{name}");
    }
    system.stop().await;
}

#[tokio::test]
async fn the_same_rows_under_the_same_id_are_made_once() {
    let system = System::with_records(0).await;
    let command =
        r#"{"table":"incident","mode":"insert","request_id":"2e0b0f5c-62cc-4a6e-8d2f-0a8bb0f1a001"}"#;
    let names: Vec<String> = (0..300).map(|number| format!("row {number}")).collect();
    let rows = batch(&[(
        "short_description",
        texts(&names.iter().map(|name| Some(name.as_str())).collect::<Vec<_>>()),
    )]);
    let mut keys = Vec::new();
    // The first one breaks off in the middle: what came is written and told, and the end is an error.
    let mut cut =
        messages(command, vec![rows.slice(0, 100), rows.slice(100, 200)], IpcWriteOptions::default()).await;
    let last = cut.last_mut().unwrap();
    last.data_body = last.data_body.slice(..10);
    let (results, end) = sent(&system, &system.gateway.token.clone(), stream::iter(cut)).await;
    by_row(results, 100);
    let status = end.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));
    for _ in 0..2 {
        let (results, end) = put(&system, command, vec![rows.clone()]).await;
        assert_eq!(end.unwrap(), serde_json::json!({"rows": 300, "failed": 0}));
        keys.push(by_row(results, 300).iter().map(|row| row["sys_id"].clone()).collect::<Vec<_>>());
    }
    assert_eq!(keys[0], keys[1]);
    let client = admin(&system).await;
    let fields = vec!["short_description".to_owned()];
    let (made, _) = export(&client, &Export { fields, ..Export::of("incident") }).await;
    let mut made: Vec<String> = column(&made, "short_description").into_iter().flatten().collect();
    made.sort();
    let mut expected = names;
    expected.sort();
    assert_eq!(made, expected);
    system.stop().await;
}

#[tokio::test]
async fn rows_go_through_import_sets() {
    let system = System::with_records(0).await;
    let rows = batch(&[
        ("u_number", texts(&[Some("INC0900001"), Some("INC0900002")])),
        ("u_short_description", texts(&[Some("one"), Some("two")])),
    ]);
    let command = r#"{"table":"u_imp_incident","mode":"import"}"#;
    for status in ["inserted", "ignored"] {
        let (results, end) = put(&system, command, vec![rows.clone()]).await;
        assert_eq!(end.unwrap(), serde_json::json!({"rows": 2, "failed": 0}));
        for row in by_row(results, 2) {
            assert_eq!(
                (row["status"].as_str(), row["sys_id"].as_str().map(str::len)),
                (Some(status), Some(32))
            );
        }
    }
    system.stop().await;
}

#[tokio::test]
async fn what_can_be_known_before_the_first_row_is_refused_before_it() {
    let system = System::with_records(1).await;
    let token = system.gateway.token.clone();
    let text = || batch(&[("short_description", texts(&[Some("x")]))]);
    let with = |name: &str| batch(&[("short_description", texts(&[Some("x")])), (name, texts(&[Some("y")]))]);
    let long = |name: &str| format!(r#"{{"table":"{name}","mode":"insert"}}"#);
    for (command, rows, code, told) in [
        (INSERT, with("no_such_field"), Code::InvalidArgument, "no_such_field"),
        (INSERT, with("sys_mod_count"), Code::InvalidArgument, "writes by itself"),
        (&long("no_such_table"), text(), Code::NotFound, "no_such_table"),
        (r#"{"table":"incident","mode":"update"}"#, text(), Code::InvalidArgument, "lacks sys_id"),
        (r#"{"table":"incident"}"#, text(), Code::InvalidArgument, "mode: is required"),
        (r#"{"table":"incident","mode":"insert","instance":"x"}"#, text(), Code::NotFound, "no instance"),
    ] {
        let (results, end) = put(&system, command, vec![rows]).await;
        let status = end.unwrap_err();
        assert_eq!((status.code(), results.len()), (code, 0), "{command}: {status:?}");
        assert!(status.message().contains(told), "{command}: {status:?}");
    }
    let compressed = IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD)).unwrap();
    let much = batch(&[("short_description", texts(&[Some("x"); 1000]))]);
    let (results, end) =
        sent(&system, &token, stream::iter(messages(INSERT, vec![much], compressed).await)).await;
    assert!(results.is_empty() && end.unwrap_err().message().contains("compressed"));
    for nothing in [vec![], vec![FlightData::default()]] {
        let status = sent(&system, &token, stream::iter(nothing)).await.1.unwrap_err();
        assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));
    }
    assert_eq!(admin(&system).await.export(&Export::of("incident")).await.unwrap().expected(), 1);
    system.stop().await;
}

#[tokio::test]
async fn rows_are_written_within_the_callers_rights() {
    let system = System::with_records(10).await;
    user(&system.gateway, "viewer", &["viewer"]).await;
    let viewer = key_of(&system.gateway, "viewer", &[]).await;
    let rules = vec![rule(&["incident"], "impact=1", &[("close_notes", FieldAccess::ReadOnly)])];
    let desk = holder(&system, "desk", rules).await;
    let put = async |token: &str, command: &str, rows: RecordBatch| {
        let messages = messages(command, vec![rows], IpcWriteOptions::default()).await;
        sent(&system, token, stream::iter(messages)).await
    };
    let text = || batch(&[("short_description", texts(&[Some("x")]))]);
    for mode in ["insert", "import"] {
        let command = format!(r#"{{"table":"incident","mode":"{mode}"}}"#);
        let status = put(&viewer, &command, text()).await.1.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).0.as_str()),
            (Code::PermissionDenied, "PERMISSION_MISSING")
        );
    }
    let rows = batch(&[
        ("short_description", texts(&[Some("theirs"), Some("not theirs")])),
        ("impact", texts(&[Some("1"), Some("2")])),
    ]);
    let (results, end) = put(&desk, INSERT, rows).await;
    assert_eq!(end.unwrap(), serde_json::json!({"rows": 2, "failed": 1}));
    let results = by_row(results, 2);
    assert_eq!(
        (&results[0]["status"], &results[1]["error"]["reason"]),
        (&"written".into(), &"PERMISSION_MISSING".into())
    );
    let rows = batch(&[("impact", texts(&[Some("1")])), ("close_notes", texts(&[Some("x")]))]);
    let (results, _) = put(&desk, INSERT, rows).await;
    assert_eq!(results[0]["error"]["reason"], "FIELD_FORBIDDEN");
    system.stop().await;
}

/// Who writes all of it before reading anything is not stuck, and nothing is lost.
#[tokio::test]
async fn a_caller_may_read_late() {
    let system = System::with_records(0).await;
    let many = texts(&vec![Some("x"); 2_500]);
    let messages =
        messages(INSERT, vec![batch(&[("short_description", many)])], IpcWriteOptions::default()).await;
    let (sent_all, all_sent) = tokio::sync::oneshot::channel();
    let body = stream::iter(messages)
        .chain(stream::once(async move { sent_all.send(()).unwrap() }).filter_map(async |()| None));
    let answers = flight(&system, &system.gateway.token).do_put(body).await.unwrap().into_inner();
    timeout(PATIENCE, all_sent).await.expect("the rows are taken").unwrap();
    let (results, end) = taken(answers).await;
    assert_eq!(end.unwrap(), serde_json::json!({"rows": 2500, "failed": 0}));
    by_row(results, 2_500);
    system.stop().await;
}

#[test]
fn pyarrow_writes_rows() {
    let demo = Demo::with_records(20);
    let script = root().join("tests/flight_put.py");
    let mut python = Command::new(tool("arrow/bin/python"));
    let arguments = [script.to_str().expect("the path is text"), &demo.at.gateway];
    let said = run(python.env("SNCGATE_TOKEN", &demo.at.token).args(arguments)).text();
    assert_eq!(said.trim(), "done");
}
