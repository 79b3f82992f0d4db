//! What is there without knowing it: health, the admin address, grpc-web, and answers for what is not there.

use prost::Message;
use sncgate_client::pb;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::harness::{System, config, reason};

#[tokio::test]
async fn health_follows_the_server() {
    let mut system = System::with_records(0).await;
    let mut health = HealthClient::new(system.gateway.channel());
    for service in [
        "",
        "sncgate.v1.RecordService",
        "sncgate.v1.QueryService",
        "sncgate.v1.SchemaService",
        "sncgate.v1.SystemService",
    ] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let mut watch = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    system.gateway.begin_stop();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    drop((watch, health));
    system.stop().await;
}

#[tokio::test]
async fn the_admin_address_tells_how_it_goes() {
    let system = System::with_records(1).await;
    let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    system.records().list_records(list.clone()).await.unwrap();
    let missing = pb::ListRecordsRequest { table: "no_such".to_owned(), ..list };
    system.records().list_records(missing).await.unwrap_err();

    let get =
        async |path: &str| reqwest::get(format!("http://{}{path}", system.gateway.admin)).await.unwrap();
    assert_eq!(get("/livez").await.status(), 200);
    assert_eq!(get("/readyz").await.status(), 200);
    let metrics = get("/metrics").await.text().await.unwrap();
    let method = "method=\"/sncgate.v1.RecordService/ListRecords\"";
    for line in [
        format!("sncgate_requests_total{{{method},code=\"Ok\"}}"),
        format!("sncgate_requests_total{{{method},code=\"NotFound\"}}"),
        format!("sncgate_request_seconds_bucket{{{method},le="),
        "sncgate_instance_requests_total{instance=\"dev\",operation=\"list\",outcome=\"ok\"}".to_owned(),
        "sncgate_instance_limit{instance=\"dev\"}".to_owned(),
        "sncgate_instance_in_flight{instance=\"dev\",class=\"interactive\"}".to_owned(),
        "sncgate_instance_waiting{instance=\"dev\",class=\"bulk\"}".to_owned(),
        "sncgate_instance_turns_total{instance=\"dev\",class=\"bulk\"}".to_owned(),
        "sncgate_instance_throttled_total{instance=\"dev\"}".to_owned(),
    ] {
        assert!(metrics.contains(&line), "{line} is not in\n{metrics}");
    }
    system.stop().await;
}

/// A browser's call: grpc-web over HTTP/1.1, on the same port.
#[tokio::test]
async fn grpc_web_is_answered_on_the_same_port() {
    let system = System::with_records(2).await;
    let message =
        pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() }.encode_to_vec();
    let mut body = vec![0];
    body.extend((message.len() as u32).to_be_bytes());
    body.extend(message);
    let url = format!("http://{}/sncgate.v1.RecordService/ListRecords", system.gateway.address);
    let client = reqwest::Client::builder().http1_only().build().unwrap();
    let request = client.post(url).header("content-type", "application/grpc-web+proto").body(body);
    let request = request.header("authorization", format!("Bearer {}", system.gateway.token));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("x-request-id"));
    let bytes = answer.bytes().await.unwrap();
    let length = u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as usize;
    let page = pb::ListRecordsResponse::decode(&bytes[5..5 + length]).unwrap();
    assert_eq!(page.records.len(), 2);
    assert!(String::from_utf8_lossy(&bytes[5 + length..]).contains("grpc-status:0"));
    system.stop().await;
}

async fn call(system: &System, path: &'static str) -> Status {
    let mut grpc = tonic::client::Grpc::new(system.gateway.channel());
    grpc.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<pb::GetInfoRequest, pb::GetInfoResponse>::default();
    let request = tonic::Request::new(pb::GetInfoRequest::default());
    grpc.unary(request, http::uri::PathAndQuery::from_static(path), codec).await.unwrap_err()
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let system = System::with_records(0).await;
    let answer = reqwest::get(format!("http://{}/nothing/here", system.gateway.address)).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains("grpcurl"));

    assert_eq!(call(&system, "/sncgate.v1.RecordService/NoSuchMethod").await.code(), Code::Unimplemented);
    let status = call(&system, "/no.such.Service/Method").await;
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::Unimplemented, "METHOD_UNKNOWN"));
    system.stop().await;
}

#[tokio::test]
async fn addresses_beyond_this_machine_are_refused() {
    let mut settings = config("127.0.0.1:1".parse().unwrap());
    settings.server.listen = "0.0.0.0:0".parse().unwrap();
    let error = sncgate::server::Server::bind(&settings).await.err().unwrap();
    assert!(error.to_string().contains("loopback"), "{error}");
}
