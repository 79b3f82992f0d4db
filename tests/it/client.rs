//! The Rust client: what it does beyond the stubs, and that its examples run.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures::TryStreamExt;
use proptest::prelude::*;
use sncgate_client::{Builder, Client, ErrorReason, Page, Query, Result, pb};
use tonic::Code;

use crate::demo::Demo;
use crate::harness::System;
use crate::program::{root, run};

fn client(system: &System) -> Builder {
    Client::builder(format!("http://{}", system.gateway.address)).token(&system.gateway.token)
}

async fn ids(client: &Client, query: Query) -> Result<Vec<String>> {
    client.records("incident", query).map_ok(|record| record.sys_id).try_collect().await
}

fn append(seen: &mut Vec<String>, page: Page) {
    seen.extend(page.records.into_iter().map(|record| record.sys_id));
}

#[tokio::test]
async fn streams_and_pages_carry_the_same_records() {
    let system = System::with_records(57).await;
    let client = client(&system).connect().await.unwrap();
    let golden = ids(&client, Query::new()).await.unwrap();
    assert_eq!(golden.len(), 57);
    for size in [1, 5, 16, 100] {
        assert_eq!(ids(&client, Query::new().page_size(size)).await.unwrap(), golden, "streamed by {size}");
        let ordered = Query::new().order_by("sys_id").page_size(size);
        assert_eq!(ids(&client, ordered).await.unwrap(), golden, "paged by {size}");
        let limited = Query::encoded("ORDERBYDESCsys_id").page_size(size).limit(20);
        let expected: Vec<_> = golden.iter().rev().take(20).cloned().collect();
        assert_eq!(ids(&client, limited).await.unwrap(), expected, "limited, by {size}");
    }
    assert_eq!(client.count("incident", Query::new()).await.unwrap(), 57);
    system.stop().await;
}

/// Nobody but the client notices that the instance died and came back.
#[tokio::test]
async fn a_stream_goes_on_when_the_instance_is_back() {
    let mut system = System::with_records(200).await;
    let client = client(&system).retries(40).connect().await.unwrap();
    let golden = ids(&client, Query::new()).await.unwrap();

    let mut pages = client.pages("incident", Query::new().page_size(1));
    let mut seen = Vec::new();
    append(&mut seen, pages.try_next().await.unwrap().unwrap());
    let address = system.kill_emulator().await;
    let rest = async {
        while let Some(page) = pages.try_next().await.unwrap() {
            append(&mut seen, page);
        }
    };
    tokio::join!(rest, system.restart_emulator(address));
    assert_eq!(seen, golden);
    system.stop().await;
}

#[tokio::test]
async fn a_stream_that_fails_says_where_to_go_on() {
    let mut system = System::with_records(200).await;
    let client = client(&system).retries(0).connect().await.unwrap();
    let golden = ids(&client, Query::new()).await.unwrap();

    for query in [Query::new().page_size(1), Query::new().page_size(1).order_by("sys_id")] {
        let mut pages = client.pages("incident", query.clone());
        let mut seen = Vec::new();
        append(&mut seen, pages.try_next().await.unwrap().unwrap());
        let address = system.kill_emulator().await;
        let error = loop {
            match pages.try_next().await {
                Ok(Some(page)) => append(&mut seen, page),
                Ok(None) => panic!("it must not end as if it were complete"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.reason(), ErrorReason::InstanceUnavailable);
        assert!(pages.try_next().await.unwrap().is_none(), "it is over");

        system.restart_emulator(address).await;
        let token = error.resume_token().expect("a token").to_owned();
        seen.extend(ids(&client, query.page_size(1).resume_from(token)).await.unwrap());
        assert_eq!(seen, golden);
    }
    system.stop().await;
}

#[tokio::test]
async fn a_deadline_bounds_calls_and_streams() {
    let system = System::with_records(100).await;
    let nothing = Duration::from_micros(1);
    let client = client(&system).deadline(nothing).stream_deadline(nothing).connect().await.unwrap();
    let call = client.get("incident", "0".repeat(32)).await.unwrap_err();
    let stream = ids(&client, Query::new()).await.unwrap_err();
    assert_eq!((call.code(), stream.code()), (Code::DeadlineExceeded, Code::DeadlineExceeded));
    system.stop().await;
}

#[tokio::test]
async fn a_created_record_is_created_once() {
    let system = System::with_records(0).await;
    let client = client(&system).connect().await.unwrap();
    let created = client.create("incident", [("short_description", "x")]).await.unwrap();
    let changed = client.update("incident", &created.sys_id, [("short_description", "y")]).await.unwrap();
    assert_ne!(created.etag, changed.etag);
    let read = client.get("incident", &created.sys_id).await.unwrap();
    assert_eq!(read.fields["short_description"].value, "y");
    assert_eq!(client.count("incident", Query::new()).await.unwrap(), 1);
    client.delete("incident", &created.sys_id).await.unwrap();
    let gone = client.get("incident", &created.sys_id).await.unwrap_err();
    assert_eq!(gone.reason(), ErrorReason::RecordUnknown);
    assert_eq!(gone.metadata()["sys_id"], created.sys_id);
    system.stop().await;
}

#[tokio::test]
async fn nobody_there_is_told_as_such() {
    let error = Client::connect("http://127.0.0.1:1").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.to_string().starts_with("cannot connect to http://127.0.0.1:1: "), "{error}");
    for url in ["", "127.0.0.1:8080", "ftp://127.0.0.1", "http://"] {
        assert_eq!(Client::connect(url).await.unwrap_err().code(), Code::InvalidArgument, "{url:?}");
    }
}

/// The client narrows text without knowing the whole grammar; the grammar agrees.
#[test]
fn a_condition_narrows_every_alternative_of_a_text() {
    let piece = prop::sample::select(vec![
        "active=true",
        "ORpriority=1",
        "NQimpact=2",
        "short_description=a^^NQb",
        "ORDERBYnumber",
        "NQORDERBYDESCstate",
        "RLQUERYtask_sla.task,>1^stage=done^NQactive=true^ENDRLQUERY",
        "RLQUERYtask_sla.task,>1^stage=done",
        "NQRLQUERYtask_sla.task,=0^ENDRLQUERY",
        "123TEXTQUERY321=printer",
        "no term",
        "EQ",
        "",
    ]);
    proptest!(|(pieces in prop::collection::vec(piece, 0..7), value in "[a^NQ=]{0,4}")| {
        let text = pieces.join("^");
        let mut expected = servicenow::query::Query::parse(&text);
        let clause = servicenow::query::Query::parse(&format!("p={}", value.replace('^', "^^")));
        let clause = &clause.alternatives[0].clauses[0];
        if expected.alternatives.is_empty() {
            expected.alternatives.push(Default::default());
        }
        for alternative in &mut expected.alternatives {
            alternative.clauses.push(clause.clone());
        }
        let narrowed = Query::encoded(text).is("p", value).into_message();
        let Some(pb::query::Filter::Encoded(narrowed)) = narrowed.filter else { panic!("not text") };
        prop_assert_eq!(servicenow::query::Query::parse(&narrowed), expected, "{}", narrowed);
    });
}

/// Built together with the workspace: by `cargo test --workspace` already, so that this costs nothing there.
#[test]
fn the_examples_run() {
    let demo = Demo::with_records(40);
    let cargo = ["build", "--quiet", "--locked", "--workspace", "--examples"];
    run(Command::new(env!("CARGO")).args(cargo).current_dir(root())).text();
    let folder = Path::new(env!("CARGO_BIN_EXE_sncgate")).with_file_name("examples");
    let example = |name: &str| {
        let mut command = Command::new(folder.join(name));
        run(command.arg(&demo.at.gateway).env("SNCGATE_TOKEN", &demo.at.token)).text()
    };

    assert_eq!(example("ids").lines().count(), 40);
    assert!(example("query").lines().all(|line| line.starts_with("INC")));
    assert!(example("aggregate").contains("40  in all"));
    let written = example("write");
    assert!(
        written.contains("with priority 1") && written.ends_with("it has changed, so it stays\ndeleted\n"),
        "{written}"
    );
    assert_eq!(example("ids").lines().count(), 40);
}
