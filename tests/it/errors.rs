//! What is wrong with a call is said in code, reason and text.

use std::net::SocketAddr;
use std::time::Duration;

use prost::Message;
use sncgate::config::Auth;
use sncgate_client::pb;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::{Code, Status};

use crate::harness::{Gateway, PATIENCE, System, config, encoded, reason};

fn list(table: &str) -> pb::ListRecordsRequest {
    pb::ListRecordsRequest { table: table.to_owned(), ..Default::default() }
}

fn query(query: pb::Query) -> pb::ListRecordsRequest {
    pb::ListRecordsRequest { query: Some(query), ..list("incident") }
}

fn fields(names: &[&str]) -> pb::Query {
    pb::Query { fields: names.iter().map(|name| (*name).to_owned()).collect(), ..Default::default() }
}

fn tree_of_an_empty_clause() -> pb::Query {
    let group = pb::Group { clauses: vec![pb::Clause::default()] };
    pb::Query {
        filter: Some(pb::query::Filter::Tree(pb::Filter { groups: vec![group] })),
        ..Default::default()
    }
}

#[tokio::test]
async fn wrong_requests_are_named() {
    let system = System::with_records(3).await;
    let cases = [
        ("no table", list(""), "REQUEST_INVALID"),
        ("a path for a table", list("incident/../x"), "REQUEST_INVALID"),
        ("no such table", list("no_such_table"), "TABLE_UNKNOWN"),
        (
            "no such table, with a field",
            pb::ListRecordsRequest { table: "no_such".to_owned(), ..query(encoded("a=1")) },
            "TABLE_UNKNOWN",
        ),
        (
            "no such instance",
            pb::ListRecordsRequest { instance: "prod".to_owned(), ..list("incident") },
            "INSTANCE_UNKNOWN",
        ),
        ("no such field", query(encoded("banana=1")), "FIELD_UNKNOWN"),
        ("no such field behind a reference", query(encoded("caller_id.banana=1")), "FIELD_UNKNOWN"),
        ("no such column", query(fields(&["number", "banana"])), "FIELD_UNKNOWN"),
        ("an empty column", query(fields(&[""])), "REQUEST_INVALID"),
        ("a term that is none", query(encoded("active=true^???")), "QUERY_INVALID"),
        ("a negative limit", query(pb::Query { limit: -1, ..Default::default() }), "REQUEST_INVALID"),
        ("no such mode", query(pb::Query { display: 77, ..Default::default() }), "REQUEST_INVALID"),
        (
            "too large a page",
            pb::ListRecordsRequest { page_size: 10_001, ..list("incident") },
            "REQUEST_INVALID",
        ),
        (
            "a made-up token",
            pb::ListRecordsRequest { page_token: "x".to_owned(), ..list("incident") },
            "PAGE_TOKEN_INVALID",
        ),
        ("a clause of nothing", query(tree_of_an_empty_clause()), "REQUEST_INVALID"),
    ];
    for (name, request, expected) in cases {
        let status = system.records().list_records(request).await.expect_err(name);
        assert_eq!(reason(&status).0, expected, "{name}: {status:?}");
        let code = if expected.ends_with("_UNKNOWN") && expected != "FIELD_UNKNOWN" {
            Code::NotFound
        } else {
            Code::InvalidArgument
        };
        assert_eq!(status.code(), code, "{name}");
    }
    system.stop().await;
}

#[tokio::test]
async fn a_token_serves_its_own_request_only() {
    let system = System::with_records(20).await;
    let first = pb::ListRecordsRequest { page_size: 3, ..query(encoded("numberSTARTSWITHINC")) };
    let page = system.records().list_records(first.clone()).await.unwrap().into_inner();
    let other = pb::ListRecordsRequest {
        query: Some(encoded("active=false")),
        page_token: page.next_page_token.clone(),
        ..first.clone()
    };
    let status = system.records().list_records(other).await.unwrap_err();
    assert_eq!(reason(&status).0, "PAGE_TOKEN_INVALID");
    let next = pb::ListRecordsRequest { page_size: 7, page_token: page.next_page_token, ..first };
    assert_eq!(
        system.records().list_records(next).await.unwrap().into_inner().records.len(),
        7,
        "another page size is the same request"
    );
    system.stop().await;
}

#[tokio::test]
async fn writes_and_streams_are_checked_too() {
    let system = System::with_records(3).await;
    let mut client = system.records();
    let create = pb::CreateRecordRequest { table: "incident".to_owned(), ..Default::default() };
    let bunk = pb::CreateRecordRequest {
        fields: [("bunk_field".to_owned(), "x".to_owned())].into(),
        ..create.clone()
    };
    assert_eq!(reason(&client.create_record(bunk).await.unwrap_err()).0, "FIELD_UNKNOWN");
    let no_uuid = pb::CreateRecordRequest { request_id: "not a uuid".to_owned(), ..create };
    assert_eq!(reason(&client.create_record(no_uuid).await.unwrap_err()).0, "REQUEST_INVALID");

    let stream = pb::StreamRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    let made_up = pb::StreamRecordsRequest { resume_token: "e30".to_owned(), ..stream.clone() };
    assert_eq!(reason(&client.stream_records(made_up).await.unwrap_err()).0, "RESUME_TOKEN_INVALID");
    let ordered = pb::StreamRecordsRequest { query: Some(encoded("ORDERBYnumber")), ..stream };
    let status = client.stream_records(ordered).await.unwrap_err();
    assert!(status.message().contains("ListRecords"), "the error says what to do: {}", status.message());

    let nothing = pb::AggregateRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    assert_eq!(reason(&client.aggregate_records(nothing).await.unwrap_err()).0, "REQUEST_INVALID");
    system.stop().await;
}

#[tokio::test]
async fn wrong_credentials_are_the_gateways_problem() {
    let system = System::with_records(0).await;
    let wrong = || secrecy::SecretString::from("not-the-password");
    let demo = || ("demo".to_owned(), secrecy::SecretString::from("demo"));
    let (client_id, client_secret) = demo();
    let username = "admin".to_owned();
    let by_password = Auth::OAuthPassword { client_id, client_secret, username, password: wrong() };
    let by_client = Auth::ClientCredentials { client_id: demo().0, client_secret: wrong() };
    let by_token = Auth::Refresh { client_id: demo().0, client_secret: demo().1, refresh_token: wrong() };
    let basic = Auth::Basic { username: "admin".to_owned(), password: wrong() };
    for (auth, grant) in [
        (basic, None),
        (by_password, Some("password grant")),
        (by_client, Some("client credentials grant")),
        (by_token, Some("refresh token grant")),
    ] {
        let mut settings = config(system.emulator.as_ref().unwrap().http());
        settings.instances.get_mut("dev").unwrap().auth = auth;
        let mut gateway = Gateway::start(settings).await;
        let mut client = RecordServiceClient::new(gateway.channel());
        let status = client.list_records(list("incident")).await.unwrap_err();
        let (reason, metadata) = reason(&status);
        assert_eq!((status.code(), reason.as_str()), (Code::FailedPrecondition, "INSTANCE_CREDENTIALS"));
        assert_eq!(metadata["instance"], "dev");
        for part in ["dev", grant.unwrap_or("credentials;")] {
            assert!(status.message().contains(part), "{part}: {}", status.message());
        }
        assert!(!format!("{status:?}").contains("not-the-password"));
        gateway.stop().await;
    }
    system.stop().await;
}

/// An instance that takes a request and never answers; the task ends when the gateway hangs up.
pub(crate) async fn silent_instance() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hung_up = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        while stream.read(&mut buffer).await.is_ok_and(|bytes| bytes > 0) {}
    });
    (address, hung_up)
}

#[tokio::test]
async fn the_callers_deadline_ends_the_request_to_the_instance() {
    let (address, hung_up) = silent_instance().await;
    let mut gateway = Gateway::start(config(address)).await;
    // Spoken by hand: tonic's client keeps the deadline by itself and would hang up before the answer.
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let message = list("incident").encode_to_vec();
    let mut body = vec![0];
    body.extend((message.len() as u32).to_be_bytes());
    body.extend(message);
    let url = format!("http://{}/sncgate.v1.RecordService/ListRecords", gateway.address);
    let request = client.post(url).header("content-type", "application/grpc").header("te", "trailers");
    let request = request.header("authorization", format!("Bearer {}", gateway.token));
    let call = request.header("grpc-timeout", "200m").body(body).send();
    let answer = tokio::time::timeout(PATIENCE, call).await.expect("the gateway keeps the deadline").unwrap();
    let status = Status::from_header_map(answer.headers()).expect("an answer of a status alone");
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    tokio::time::timeout(PATIENCE, hung_up).await.expect("the gateway hung up on the instance").unwrap();
    gateway.stop().await;
}

#[tokio::test]
async fn a_cancelled_call_cancels_the_request_to_the_instance() {
    let (address, hung_up) = silent_instance().await;
    let mut gateway = Gateway::start(config(address)).await;
    let mut client = RecordServiceClient::new(gateway.channel());
    let call = tokio::time::timeout(Duration::from_millis(300), client.list_records(list("incident"))).await;
    assert!(call.is_err(), "the caller gave up");
    tokio::time::timeout(PATIENCE, hung_up).await.expect("the gateway hung up on the instance").unwrap();
    gateway.stop().await;
}

#[tokio::test]
async fn a_full_queue_says_so() {
    let (address, _silent) = silent_instance().await;
    let mut settings = config(address);
    let instance = settings.instances.get_mut("dev").unwrap();
    (instance.max_concurrent, instance.max_queued) = (1, 0);
    let mut gateway = Gateway::start(settings).await;
    let client = RecordServiceClient::new(gateway.channel());
    let calls = (0..2).map(|_| {
        let mut client = client.clone();
        Box::pin(async move { client.list_records(list("incident")).await })
    });
    // Two calls for one slot and no queue: one hangs on the instance, the other is refused.
    let first = tokio::time::timeout(PATIENCE, futures::future::select_all(calls)).await.unwrap().0;
    let status = first.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::ResourceExhausted, "INSTANCE_BUSY"));
    gateway.stop().await;
}
