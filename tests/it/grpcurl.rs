//! grpcurl, which nobody here wrote, drives the gateway by what it says of itself.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::demo::{Demo, host};
use crate::program::{Outcome, program, tool};

#[test]
fn grpcurl_lists_and_describes_every_service() {
    let demo = Demo::with_records(0);
    let services = grpcurl(&demo, &["list"]).text();
    let expected = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "sncgate.v1.AccessService",
        "sncgate.v1.ApiKeyService",
        "sncgate.v1.AttachmentService",
        "sncgate.v1.AuditService",
        "sncgate.v1.AuthService",
        "sncgate.v1.BatchService",
        "sncgate.v1.ImportService",
        "sncgate.v1.JournalService",
        "sncgate.v1.QueryService",
        "sncgate.v1.RecordService",
        "sncgate.v1.RoleService",
        "sncgate.v1.SchemaService",
        "sncgate.v1.SystemService",
        "sncgate.v1.TaskService",
        "sncgate.v1.UserService",
    ];
    assert_eq!(services.lines().collect::<Vec<_>>(), expected);

    for service in expected {
        let described = grpcurl(&demo, &["describe", service]).text();
        assert!(described.contains(&format!("{service} is a service")), "{described}");
        for method in grpcurl(&demo, &["list", service]).text().lines() {
            let described = grpcurl(&demo, &["describe", method]).text();
            assert!(described.contains(&format!("{method} is a method")), "{described}");
        }
    }

    let question = r#"{"list_services":""}"#;
    let older =
        calls(&demo, "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", question).text();
    assert!(older.contains("sncgate.v1.RecordService"), "{older}");

    let message = grpcurl(&demo, &["describe", "sncgate.v1.ListRecordsRequest"]).text();
    assert!(message.contains("string page_token = 5;"), "{message}");
    let health = calls(&demo, "grpc.health.v1.Health/Check", "{}").text();
    assert!(health.contains("SERVING"), "{health}");
}

#[test]
fn grpcurl_reads_pages_and_streams() {
    let demo = Demo::with_records(250);

    let first = messages(&calls(&demo, "sncgate.v1.RecordService/ListRecords", FIRST_PAGE).text());
    assert_eq!(first.len(), 1);
    assert_eq!(ids(&first).len(), 3, "{first:?}");

    let (listed, total) = list_all(&demo);
    let unique: BTreeSet<_> = listed.iter().collect();
    assert_eq!((listed.len(), unique.len()), (total, total));
    assert!(total >= 250, "only {total} incidents");

    let request = r#"{"table":"incident","query":{"fields":["number"]},"page_size":40}"#;
    let streamed = messages(&calls(&demo, "sncgate.v1.RecordService/StreamRecords", request).text());
    assert!(streamed.len() > 1, "one message only");
    assert_eq!(ids(&streamed), unique.into_iter().cloned().collect::<Vec<_>>());
}

#[test]
fn grpcurl_shows_why_a_call_failed() {
    let demo = Demo::with_records(0);
    // The code, and the reason and the metadata that a program would read.
    let cases = [
        ("ListRecords", r#"{"table":"no_such_table"}"#, "NotFound", "TABLE_UNKNOWN", "no_such_table"),
        ("ListRecords", r#"{}"#, "InvalidArgument", "REQUEST_INVALID", "table"),
        (
            "ListRecords",
            r#"{"table":"incident","query":{"encoded":"no_such_field=1"}}"#,
            "InvalidArgument",
            "FIELD_UNKNOWN",
            "no_such_field",
        ),
        (
            "GetRecord",
            r#"{"table":"incident","sys_id":"ffffffffffffffffffffffffffffffff"}"#,
            "NotFound",
            "RECORD_UNKNOWN",
            "ffffffffffffffffffffffffffffffff",
        ),
        (
            "ListRecords",
            r#"{"table":"incident","page_token":"bm90IG91cnM"}"#,
            "InvalidArgument",
            "PAGE_TOKEN_INVALID",
            "sncgate",
        ),
    ];
    for (method, request, code, reason, told) in cases {
        let outcome = calls(&demo, &format!("sncgate.v1.RecordService/{method}"), request);
        let said = outcome.stderr;
        assert_ne!(outcome.code, Some(0), "{request}");
        for part in [code, "google.rpc.ErrorInfo", reason, told] {
            assert!(said.contains(part), "{part} is missing for {request}:\n{said}");
        }
    }
}

const FIRST_PAGE: &str = r#"{"table":"incident","page_size":3}"#;

/// The ids of all incidents, page by page, and how many the gateway said there are.
fn list_all(demo: &Demo) -> (Vec<String>, usize) {
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let request = format!(
            r#"{{"table":"incident","query":{{"fields":["number"]}},"page_size":64,"page_token":"{token}"}}"#
        );
        let page = messages(&calls(demo, "sncgate.v1.RecordService/ListRecords", &request).text());
        all.extend(ids(&page));
        let total = page[0]["totalSize"].as_str().expect("a total").parse().expect("a number");
        match page[0]["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => return (all, total),
        }
        assert!(all.len() <= total, "more rows than there are");
    }
}

fn ids(pages: &[Value]) -> Vec<String> {
    let records = pages.iter().flat_map(|page| page["records"].as_array().into_iter().flatten());
    records.map(|record| record["sysId"].as_str().expect("an id").to_owned()).collect()
}

/// grpcurl prints one JSON object per message, one after the other.
fn messages(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("grpcurl prints JSON")
}

fn calls(demo: &Demo, method: &str, request: &str) -> Outcome {
    let host = host(&demo.at.gateway);
    let token = format!("authorization: Bearer {}", demo.at.token);
    let arguments = ["-plaintext", "-max-time", "60", "-H", &token, "-d", request, host, method];
    program(tool("bin/grpcurl"), &arguments)
}

fn grpcurl(demo: &Demo, question: &[&str]) -> Outcome {
    let host = host(&demo.at.gateway);
    let arguments = [&["-plaintext", "-max-time", "60", host], question].concat();
    program(tool("bin/grpcurl"), &arguments)
}
