//! Every method with every kind of credential, on gRPC and on grpc-web. The methods come from the descriptors: one that is
//! new is in it by itself, and what each role holds is written down here once more.

use std::collections::BTreeSet;
use std::time::Duration;

use sncgate::grpc::MethodPermissions;
use sncgate::pb::Permission;
use sncgate_client::pb::auth_service_client::AuthServiceClient;
use sncgate_client::pb::{self, LoginRequest};
use tonic::{Code, Request, Status};

use crate::access::{key_of, user};
use crate::harness::{Gateway, System, config, reason};

const VIEWER: [&str; 5] = ["RECORDS_READ", "ATTACHMENTS_READ", "SCHEMA_READ", "SYSTEM_READ", "SELF"];
const PROGRAM: [&str; 5] =
    ["RECORDS_WRITE", "RECORDS_DELETE", "RECORDS_BATCH", "RECORDS_IMPORT", "ATTACHMENTS_WRITE"];

/// What the built-in roles hold; admin holds everything.
fn held(role: &str) -> Option<BTreeSet<&'static str>> {
    let viewer = VIEWER.into_iter();
    match role {
        "none" => Some(["SELF"].into()),
        "viewer" => Some(viewer.collect()),
        "api-only" => Some(viewer.chain(PROGRAM).collect()),
        "user" => Some(viewer.chain(PROGRAM).chain(["API_KEYS"]).collect()),
        _ => None,
    }
}

/// The status of a call with an empty message; OK for one that goes on.
async fn call(gateway: &Gateway, path: &str, token: &str) -> Status {
    let mut grpc = tonic::client::Grpc::new(gateway.channel_of(token));
    grpc.ready().await.unwrap();
    let path: http::uri::PathAndQuery = path.parse().unwrap();
    let request = Request::new(futures::stream::iter([()]));
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let answer = async {
        match grpc.streaming(request, path, codec).await {
            Err(status) => status,
            Ok(response) => match response.into_inner().message().await {
                Err(status) => status,
                Ok(_) => Status::ok(""),
            },
        }
    };
    // One that neither answers nor refuses waits for something: it is in.
    tokio::time::timeout(Duration::from_secs(5), answer).await.unwrap_or_else(|_| Status::ok(""))
}

/// The same in grpc-web over HTTP/1.1.
async fn call_from_browser(gateway: &Gateway, path: &str, token: &str) -> Status {
    let client = reqwest::Client::builder().http1_only().build().unwrap();
    let mut request = client.post(format!("http://{}{path}", gateway.address));
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.header("content-type", "application/grpc-web+proto").body(vec![0; 5]);
    let answer = request.send().await.unwrap();
    Status::from_header_map(answer.headers()).unwrap_or_else(|| Status::ok(""))
}

fn needs_nobody(permission: Permission) -> bool {
    permission == Permission::Public
}

#[tokio::test]
async fn nothing_is_reached_without_a_credential_that_is_good() {
    let system = System::with_records(0).await;
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    settings.access.access_token_ttl = Duration::from_millis(1);
    let mut gateway = Gateway::start(settings).await;
    user(&gateway, "alice", &["admin"]).await;
    let login = LoginRequest {
        username: "alice".to_owned(),
        password: crate::access::PASSWORD.to_owned(),
        ..LoginRequest::default()
    };
    let answer = AuthServiceClient::new(gateway.anonymous()).login(login).await.unwrap().into_inner();
    let tokens = answer.tokens.unwrap();
    let revoked = crate::access::revoked_key(&gateway, "alice").await;
    let bad = [
        ("none", String::new(), "TOKEN_INVALID"),
        ("malformed", "not-a-token".to_owned(), "TOKEN_INVALID"),
        ("another's", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.".to_owned(), "TOKEN_INVALID"),
        ("expired", tokens.access_token, "TOKEN_EXPIRED"),
        ("a refresh token", tokens.refresh_token, "TOKEN_INVALID"),
        ("revoked", revoked, "TOKEN_INVALID"),
        ("too long", "a".repeat(20_000), "TOKEN_INVALID"),
    ];
    let methods = MethodPermissions::read().unwrap();
    let protected: Vec<_> = methods.iter().filter(|(_, needs)| !needs_nobody(*needs)).collect();
    assert!(protected.len() > 40, "only {} methods", protected.len());
    for (path, _) in &protected {
        for (kind, token, expected) in &bad {
            let status = call(&gateway, path, token).await;
            assert_eq!(status.code(), Code::Unauthenticated, "{path} {kind}: {status:?}");
            assert_eq!(reason(&status).0, *expected, "{path} {kind}");
            assert!(status.metadata().get("www-authenticate").is_some(), "{path} {kind}");
        }
        for (kind, token, _) in bad.iter().take(2) {
            let status = call_from_browser(&gateway, path, token).await;
            assert_eq!(status.code(), Code::Unauthenticated, "{path} {kind} on grpc-web: {status:?}");
        }
    }
    gateway.stop().await;
    system.stop().await;
}

#[tokio::test]
async fn each_role_reaches_what_it_holds_and_nothing_else() {
    let system = System::with_records(0).await;
    let gateway = &system.gateway;
    let methods = MethodPermissions::read().unwrap();
    for role in ["none", "viewer", "api-only", "user", "admin"] {
        let roles = if role == "none" { vec![] } else { vec![role] };
        user(gateway, role, &roles).await;
        let key = key_of(gateway, role, &[]).await;
        let held = held(role);
        for (path, needs) in methods.iter().filter(|(_, needs)| !needs_nobody(*needs)) {
            let name = needs.as_str_name();
            let may = held.as_ref().is_none_or(|held| held.contains(name.trim_start_matches("PERMISSION_")));
            let status = call(gateway, path, &key).await;
            let missing = match status.code() {
                Code::Ok => None,
                Code::Unauthenticated => panic!("{path} as {role}: {status:?}"),
                _ => reason(&status).1.get("permission").cloned(),
            };
            let expected = (!may).then(|| name.to_owned());
            assert_eq!(missing, expected, "{path} as {role}: {status:?}");
            assert_eq!(status.code() == Code::PermissionDenied, !may, "{path} as {role}: {status:?}");
        }
    }
    system.stop().await;
}

#[tokio::test]
async fn what_anybody_may_call_needs_nothing() {
    let system = System::with_records(0).await;
    let methods = MethodPermissions::read().unwrap();
    let public: Vec<_> =
        methods.iter().filter(|(_, needs)| needs_nobody(*needs)).map(|(path, _)| path).collect();
    assert_eq!(public, ["/sncgate.v1.AuthService/Login", "/sncgate.v1.AuthService/Refresh"]);
    let login = call(&system.gateway, public[0], "").await;
    assert_eq!(reason(&login).0, "REQUEST_INVALID");
    let refresh = call(&system.gateway, public[1], "").await;
    assert!(refresh.message().contains("refresh token"), "{refresh:?}");

    let keys =
        reqwest::get(format!("http://{}/.well-known/jwks.json", system.gateway.address)).await.unwrap();
    let keys: serde_json::Value = serde_json::from_str(&keys.text().await.unwrap()).unwrap();
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    assert!(keys["keys"][0].get("d").is_none(), "the private part stays here");

    // A method that is not there needs somebody all the same: nothing is learned from outside.
    let unknown = call(&system.gateway, "/sncgate.v1.RecordService/NoSuchMethod", "").await;
    assert_eq!(unknown.code(), Code::Unauthenticated);
    system.stop().await;
}

#[tokio::test]
async fn health_and_reflection_are_switched() {
    let system = System::with_records(0).await;
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    (settings.access.anonymous_health, settings.access.anonymous_reflection) = (false, false);
    let mut closed = Gateway::start(settings).await;
    for path in [
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ] {
        assert_ne!(call(&system.gateway, path, "").await.code(), Code::Unauthenticated, "{path}");
        assert_eq!(call(&closed, path, "").await.code(), Code::Unauthenticated, "{path}");
        assert_ne!(call(&closed, path, &closed.token).await.code(), Code::Unauthenticated, "{path}");
    }
    closed.stop().await;
    system.stop().await;
}

#[tokio::test]
async fn where_access_is_off_nobody_is_asked() {
    let system = System::with_records(3).await;
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    settings.access.enabled = false;
    let mut open = Gateway::start(settings).await;
    let mut records = pb::record_service_client::RecordServiceClient::new(open.anonymous());
    let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    assert_eq!(records.list_records(list).await.unwrap().into_inner().records.len(), 3);
    open.stop().await;
    system.stop().await;
}
