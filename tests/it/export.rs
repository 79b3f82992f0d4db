//! Exports: the same rows as a stream's, at any cut, with the instance failing meanwhile, and read by other programs.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_flight::FlightDescriptor;
use arrow_flight::flight_service_client::FlightServiceClient;
use servicenow_emulator::faults::{Fault, Rule};
use sncgate_client::{Client, Export, ExportPlan, ExportReport, Query};
use tonic::transport::Endpoint;

use crate::demo::Demo;
use crate::harness::System;
use crate::program::{root, run, sncgate, tool};

const FIELDS: &str = "sys_id,number,state,active,opened_at,category,caller_id,caller_id.name";

async fn client(system: &System) -> Client {
    client_of(system, &system.gateway.token).await
}

pub(crate) async fn client_of(system: &System, token: &str) -> Client {
    let url = format!("http://{}", system.gateway.address);
    Client::builder(url).token(token).connect().await.unwrap()
}

/// All rows of an export, part after part.
pub(crate) async fn export(client: &Client, export: &Export) -> (Vec<RecordBatch>, ExportReport) {
    read(&client.export(export).await.unwrap()).await
}

pub(crate) async fn read(plan: &ExportPlan) -> (Vec<RecordBatch>, ExportReport) {
    let (mut batches, mut report) = (Vec::new(), ExportReport::default());
    for number in 0..plan.parts() {
        let mut part = plan.part(number).await.unwrap();
        while let Some(batch) = part.next_batch().await.unwrap() {
            batches.push(batch);
        }
        report.merge(part.report().expect("a part that ended has a report"));
    }
    assert_eq!(report.rows, batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>());
    (batches, report)
}

pub(crate) fn column(batches: &[RecordBatch], name: &str) -> Vec<Option<String>> {
    let texts = |batch: &RecordBatch| -> Vec<Option<String>> {
        let column = batch.column_by_name(name).expect("it was asked for").as_string::<i32>();
        (0..column.len()).map(|row| (!column.is_null(row)).then(|| column.value(row).to_owned())).collect()
    };
    batches.iter().flat_map(texts).collect()
}

/// The same columns by StreamRecords, empty values as none.
async fn streamed(client: &Client, name: &str, query: &str) -> Vec<Option<String>> {
    use futures::TryStreamExt;
    let query = Query::encoded(query).fields(["sys_id", name]);
    let pages: Vec<_> = client.pages("incident", query).try_collect().await.unwrap();
    let value = |record: &sncgate_client::Record| {
        Some(record.fields[name].value.clone()).filter(|text| !text.is_empty())
    };
    pages.iter().flat_map(|page| &page.records).map(value).collect()
}

#[tokio::test]
async fn an_export_has_the_rows_and_values_of_a_stream() {
    let system = System::with_records(150).await;
    let client = client(&system).await;
    for query in ["", "active=true^NQpriority=1", "number=nothing"] {
        let wanted = Export {
            query: query.to_owned(),
            types: sncgate_client::Types::String,
            fields: ["sys_id", "short_description", "state", "opened_at", "caller_id"]
                .map(str::to_owned)
                .to_vec(),
            ..Export::of("incident")
        };
        let (batches, report) = export(&client, &wanted).await;
        for name in ["sys_id", "short_description", "state", "opened_at", "caller_id"] {
            assert_eq!(column(&batches, name), streamed(&client, name, query).await, "{name} of {query:?}");
        }
        assert!(report.requests > 0 && report.unparsed == 0, "{report:?}");
    }
    system.stop().await;
}

#[tokio::test]
async fn an_export_is_cut_into_parts_that_make_the_whole() {
    let system = System::with_records(60_000).await;
    let client = client(&system).await;
    let wanted = Export { fields: vec!["sys_id".to_owned()], ..Export::of("incident") };
    let plan = client.export(&wanted).await.unwrap();
    assert!(plan.parts() > 1, "60000 rows are worth more than one part");
    let (parts, _) = export(&client, &wanted).await;
    let (whole, _) = export(&client, &Export { partitions: Some(1), ..wanted }).await;
    let ids = column(&parts, "sys_id");
    assert_eq!(ids.len() as u64, plan.expected());
    assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(ids, column(&whole, "sys_id"));

    // An increment has one part unless more are asked for; only the one part of a whole knows all that was given.
    let fields = ["sys_id", "sys_updated_on", "sys_mod_count"].map(str::to_owned).to_vec();
    let changed = Export { fields, since: "2000-01-01T00:00:00Z".to_owned(), ..Export::of("incident") };
    for (partitions, expected) in [(None, 1), (Some(2), 2)] {
        let plan = client.export(&Export { partitions, ..changed.clone() }).await.unwrap();
        assert_eq!(plan.parts(), expected);
        let (rows, report) = read(&plan).await;
        assert_eq!(column(&rows, "sys_id"), ids, "{partitions:?}");
        assert_eq!(report.cursor.is_some(), expected == 1);
        assert!(plan.cursor(&report).is_some());
    }
    system.stop().await;
}

/// The instance refuses, breaks off and gives up in the middle: the rows are those of a quiet day, each once.
#[tokio::test]
async fn an_export_of_a_bad_day_is_that_of_a_quiet_one() {
    let system = System::with_records(20_000).await;
    let client = client(&system).await;
    let fields = ["sys_id", "number", "short_description"].map(str::to_owned).to_vec();
    let wanted = Export { fields, types: sncgate_client::Types::String, ..Export::of("incident") };
    let (quiet, _) = export(&client, &wanted).await;
    let plan = client.export(&wanted).await.unwrap();
    let faults = [
        Fault::RateLimited { retry_after: None },
        Fault::Truncated { keep: None },
        Fault::Reset { committed: false },
        Fault::Quota,
    ];
    for fault in faults {
        let narrow = Rule { table: Some("incident".to_owned()), ..Rule::new(fault) };
        system.faults().add(narrow.times(1)).unwrap();
    }
    let (bad, report) = read(&plan).await;
    assert!(system.faults().read().iter().all(|rule| rule.fired == 1), "{:?}", system.faults().read());
    for name in ["sys_id", "number", "short_description"] {
        assert!(column(&bad, name) == column(&quiet, name), "{name} differs");
    }
    assert!(report.retries >= 1 && report.requests > report.retries, "{report:?}");
    system.stop().await;
}

#[tokio::test]
async fn rows_that_come_and_go_disturb_no_other_export() {
    let system = System::with_records(5_000).await;
    let client = client(&system).await;
    let wanted = Export { fields: vec!["sys_id".to_owned()], ..Export::of("incident") };
    let before: BTreeSet<String> =
        column(&export(&client, &wanted).await.0, "sys_id").into_iter().flatten().collect();
    let plan = client.export(&wanted).await.unwrap();
    let mut part = plan.part(0).await.unwrap();
    let (mut seen, mut deleted) = (Vec::new(), BTreeSet::new());
    while let Some(batch) = part.next_batch().await.unwrap() {
        seen.extend(column(&[batch], "sys_id").into_iter().flatten());
        client.create("incident", [("short_description", "new")]).await.unwrap();
        for sys_id in [seen.last(), before.last()].into_iter().flatten() {
            if deleted.insert(sys_id.clone()) {
                client.delete("incident", sys_id.clone()).await.unwrap();
            }
        }
    }
    let unique: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(unique.len(), seen.len(), "a row came twice");
    let lost: Vec<_> = before.difference(&unique).filter(|id| !deleted.contains(*id)).collect();
    assert!(lost.is_empty(), "rows that were there all the time were lost: {lost:?}");
    system.stop().await;
}

#[tokio::test]
async fn a_caller_that_does_not_read_stops_the_reading() {
    let system = System::with_records(60_000).await;
    // The smallest window that HTTP/2 has: what is read beyond it and the server's own buffer is read for nothing.
    let endpoint = Endpoint::from_shared(format!("http://{}", system.gateway.address)).unwrap();
    let channel =
        endpoint.initial_stream_window_size(65_535).initial_connection_window_size(65_535).connect_lazy();
    let mut stub = FlightServiceClient::new(system.gateway.authorized(channel));
    let command = r#"{"table":"incident","types":"string","partitions":1}"#;
    let info = stub.get_flight_info(FlightDescriptor::new_cmd(command)).await.unwrap().into_inner();
    let before = system.counted("table.list").await;
    let ticket = info.endpoint[0].ticket.clone().unwrap();
    let mut running = stub.do_get(ticket).await.unwrap().into_inner();
    running.message().await.unwrap().unwrap();
    let asked = settled(&system).await - before;
    // 2000, 4000, 8000 and 10000 rows are at hand, on the wire and waiting; all of them would take eight pages.
    assert!(asked <= 5, "{asked} pages were read for a caller that took none");
    drop(running);
    assert!(
        settled(&system).await - before <= asked + 1,
        "the stream was dropped, and yet the reading went on"
    );
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
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    panic!("the reading never stood still");
}

#[test]
fn pyarrow_pandas_polars_and_duckdb_read_the_same() {
    let demo = Demo::with_records(1_000);
    let folder = tempfile::tempdir().expect("a folder");
    for format in ["parquet", "arrow", "csv", "ndjson"] {
        let file = folder.path().join(format!("out.{format}"));
        let file = file.to_str().expect("the path is text");
        let told = sncgate(&demo.at, &["export", "incident", "--fields", FIELDS, "-o", file]);
        assert_eq!(told.code, Some(0), "{}", told.stderr);
        assert!(told.stderr.contains("1,000 rows, 8 columns"), "{}", told.stderr);
    }
    let script = root().join("tests/flight_check.py");
    let folder = folder.path().to_str().expect("the path is text");
    let arguments = [script.to_str().expect("the path is text"), &demo.at.gateway, folder];
    let mut python = Command::new(tool("arrow/bin/python"));
    let said = run(python.env("SNCGATE_TOKEN", &demo.at.token).args(arguments)).text();
    let said: serde_json::Value = serde_json::from_str(&said).expect("it prints JSON");
    assert_eq!(said["rows"], 1_000);
    // The instance's own aggregates are the measure of the counts.
    let counted =
        sncgate(&demo.at, &["aggregate", "incident", "--count", "--group-by", "state", "-o", "csv"]);
    let by_state: BTreeMap<String, u64> = said["by_state"]
        .as_object()
        .expect("an object")
        .iter()
        .map(|(state, count)| (state.clone(), count.as_u64().expect("a number")))
        .collect();
    assert_eq!(by_state.values().sum::<u64>(), 1_000);
    let counted = counted.text();
    for (state, count) in by_state {
        let line = format!("{state},{count}");
        assert!(counted.lines().any(|counted| counted == line), "{line} is not in\n{counted}");
    }
}

#[test]
fn an_export_to_a_file_that_cannot_be_leaves_nothing() {
    let demo = Demo::with_records(10);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("the path is text").to_owned();
    for (arguments, code, told) in [
        (vec!["export", "incident", "-o", &path("out.xlsx")], 2, ".parquet"),
        (vec!["export", "no_such_table", "-o", &path("out.csv")], 3, "no_such_table"),
        (vec!["export", "incident", "ORDERBYnumber", "-o", &path("out.csv")], 2, "sys_id order"),
        (vec!["export", "incident", "-o", &path("none/out.csv")], 1, "cannot write"),
        (vec!["export", "incident", "--since", "last", "-o", &path("out.parquet")], 2, "into a folder"),
        (vec!["export", "incident", "--since", "last", "-o", &path("new")], 2, "--since beginning"),
        (vec!["export", "incident", "--no-deletes", "-o", &path("out.csv")], 2, "--since"),
        (vec!["export", "incident", "--compression", "snappy", "-o", &path("out.arrow")], 1, "zstd"),
    ] {
        let outcome = sncgate(&demo.at, &arguments);
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(told), "{arguments:?}: {}", outcome.stderr);
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("it is there").collect();
    assert!(left.is_empty(), "{left:?}");
}
