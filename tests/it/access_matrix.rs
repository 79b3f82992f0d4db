//! Every method with every kind of credential, on gRPC and on grpc-web. The methods come from the descriptors: one that is
//! new is in it by itself, and what each role holds is written down here once more.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use futures::{StreamExt, stream};
use serde_json::json;
use sncgate::grpc::MethodPermissions;
use sncgate::pb::Permission;
use sncgate_client::pb;
use tonic::Code;

use crate::access::{key_of, revoked_key, sign_in, user};
use crate::backing::{BACKINGS, Backing};
use crate::harness::{Gateway, System, config, reason};
use crate::house::{SEAL, plant_key};
use crate::token_corpus::{Around, Forge};
use crate::wire::{FACES, Face, Wire};

const VIEWER: [&str; 6] =
    ["RECORDS_READ", "ATTACHMENTS_READ", "SCHEMA_READ", "SYSTEM_READ", "TASKS_READ", "SELF"];
const PROGRAM: [&str; 6] = [
    "RECORDS_WRITE",
    "RECORDS_DELETE",
    "RECORDS_BATCH",
    "RECORDS_IMPORT",
    "ATTACHMENTS_WRITE",
    "TASKS_WRITE",
];

/// Calls under way at once.
const AT_ONCE: usize = 32;

/// What the built-in roles hold; admin holds everything, but for a key of theirs that is for some tables.
fn held(role: &str) -> Option<BTreeSet<&'static str>> {
    let viewer = VIEWER.into_iter();
    match role {
        "none" => Some(["SELF"].into()),
        "viewer" => Some(viewer.collect()),
        "api-only" | "admin's key for a table" => Some(viewer.chain(PROGRAM).collect()),
        "user" => Some(viewer.chain(PROGRAM).chain(["API_KEYS"]).collect()),
        _ => None,
    }
}

/// What anybody may call, and everything else.
fn methods() -> (Vec<String>, BTreeMap<String, Permission>) {
    let all = MethodPermissions::read().unwrap();
    let (public, protected): (Vec<_>, Vec<_>) =
        all.iter().partition(|(_, needs)| *needs == Permission::Public);
    let owned = protected.into_iter().map(|(path, needs)| (path.to_owned(), needs)).collect();
    (public.into_iter().map(|(path, _)| path.to_owned()).collect(), owned)
}

/// A gateway whose tokens can be forged, since its key was put there beforehand.
pub(crate) async fn forgeable(backing: Backing, system: &System) -> (Gateway, tempfile::TempDir, Vec<u8>) {
    let data = tempfile::tempdir().unwrap();
    let pkcs8 = plant_key(&backing.open(data.path()).await).await;
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    backing.set(&mut settings, data.path());
    settings.secrets.keys = vec![SEAL.to_vec().into()];
    (Gateway::start(settings).await, data, pkcs8)
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Everything by which one does not get in, with the reason.
async fn bad_credentials(gateway: &Gateway, pkcs8: &[u8]) -> Vec<(&'static str, String, &'static str)> {
    user(gateway, "alice", &["admin"]).await;
    user(gateway, "dora", &["admin"]).await;
    let opened = sign_in(gateway, "alice").await;
    let tokens = opened.tokens.unwrap();
    let forge = Forge::new(&tokens.access_token, pkcs8, now(), Around::default());
    let with = |iat: i64, exp: i64| {
        let mut claims = forge.claims.clone();
        (claims["iat"], claims["nbf"], claims["exp"]) = (json!(iat), json!(iat), json!(exp));
        forge.with_claims(&claims.to_string())
    };
    let ended = sign_in(gateway, "alice").await.tokens.unwrap().access_token;
    let mut own = pb::auth_service_client::AuthServiceClient::new(gateway.channel_of(&ended));
    own.logout(pb::LogoutRequest { all_sessions: false }).await.unwrap();
    let disabled = sign_in(gateway, "dora").await.tokens.unwrap().access_token;
    let of_disabled = key_of(gateway, "dora", &[]).await;
    let disable = pb::UpdateUserRequest {
        user: Some(pb::User { username: "dora".to_owned(), disabled: true, ..pb::User::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["disabled".to_owned()] }),
    };
    pb::user_service_client::UserServiceClient::new(gateway.channel()).update_user(disable).await.unwrap();
    assert_eq!(
        Wire::new(gateway)
            .with_token(Face::Grpc, "/sncgate.v1.AuthService/WhoAmI", &with(forge.now, forge.now + 600))
            .await
            .code(),
        Code::Ok,
        "what is forged is refused for what it says only"
    );
    vec![
        ("none", String::new(), "TOKEN_INVALID"),
        ("malformed", "not-a-token".to_owned(), "TOKEN_INVALID"),
        ("unsigned", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.".to_owned(), "TOKEN_INVALID"),
        ("expired", with(forge.now - 600, forge.now - 1), "TOKEN_EXPIRED"),
        ("not yet valid", with(forge.now + 3600, forge.now + 4200), "TOKEN_INVALID"),
        ("wrong issuer", forge.with_claims(&forge.claims_with("iss", json!("other"))), "TOKEN_INVALID"),
        ("wrong audience", forge.with_claims(&forge.claims_with("aud", json!("other"))), "TOKEN_INVALID"),
        ("revoked session", ended, "TOKEN_REVOKED"),
        ("disabled user", disabled, "TOKEN_REVOKED"),
        ("key of a disabled user", of_disabled, "TOKEN_REVOKED"),
        ("revoked key", revoked_key(gateway, "alice").await, "TOKEN_INVALID"),
        ("refresh token", tokens.refresh_token, "TOKEN_INVALID"),
        ("too long", "a".repeat(8_000), "TOKEN_INVALID"),
    ]
}

#[tokio::test]
async fn nothing_is_reached_without_a_credential_that_is_good() {
    for backing in BACKINGS {
        let system = System::with_records(0).await;
        let (mut gateway, _data, pkcs8) = forgeable(backing, &system).await;
        let bad = bad_credentials(&gateway, &pkcs8).await;
        let (_, protected) = methods();
        assert!(protected.len() > 40, "only {} methods", protected.len());
        assert!(protected.keys().any(|path| path.starts_with("/arrow.flight.")), "{protected:?}");
        let wire = Wire::new(&gateway);
        let calls = protected.keys().flat_map(|path| bad.iter().map(move |bad| (path, bad)));
        let calls = calls.flat_map(|(path, bad)| FACES.map(|face| (face, path, bad)));
        let calls: Vec<_> = calls.collect();
        assert_eq!(calls.len(), protected.len() * bad.len() * 2);
        let wire = &wire;
        stream::iter(calls)
            .for_each_concurrent(AT_ONCE, async |(face, path, (kind, token, expected))| {
                let status = wire.with_token(face, path, token).await;
                assert_eq!(status.code(), Code::Unauthenticated, "{path} {kind} on {face:?}: {status:?}");
                assert_eq!(reason(&status).0, *expected, "{path} {kind} on {face:?}");
                let challenge = status.metadata().get("www-authenticate");
                assert!(challenge.is_some(), "{path} {kind} on {face:?}: {status:?}");
            })
            .await;
        gateway.stop().await;
        system.stop().await;
    }
}

#[tokio::test]
async fn each_role_reaches_what_it_holds_and_nothing_else() {
    for backing in BACKINGS {
        let system = System::on(backing, 0).await;
        each_role_on(&system.gateway).await;
        system.stop().await;
    }
}

async fn each_role_on(gateway: &Gateway) {
    let (_, protected) = methods();
    let wire = &Wire::new(gateway);
    for role in ["none", "viewer", "api-only", "user", "admin", "admin's key for a table"] {
        let roles = if role == "none" { vec![] } else { vec![role] };
        let key = if role == "admin's key for a table" {
            key_of(gateway, "admin", &["incident"]).await
        } else {
            user(gateway, role, &roles).await;
            key_of(gateway, role, &[]).await
        };
        let held = &held(role);
        let calls = protected.iter().flat_map(|one| FACES.map(|face| (face, one)));
        let key = &key;
        stream::iter(calls)
            .for_each_concurrent(AT_ONCE, async |(face, (path, needs))| {
                let name = needs.as_str_name();
                let may =
                    held.as_ref().is_none_or(|held| held.contains(name.trim_start_matches("PERMISSION_")));
                let status = wire.with_token(face, path, key).await;
                let missing = match status.code() {
                    Code::Ok => None,
                    Code::Unauthenticated => panic!("{path} as {role} on {face:?}: {status:?}"),
                    _ => reason(&status).1.get("permission").cloned(),
                };
                let expected = (!may).then(|| name.to_owned());
                assert_eq!(missing, expected, "{path} as {role} on {face:?}: {status:?}");
                assert_eq!(
                    status.code() == Code::PermissionDenied,
                    !may,
                    "{path} as {role} on {face:?}: {status:?}"
                );
            })
            .await;
    }
}

/// A method that the server answers and that no descriptor of the matrix has would be untested.
#[tokio::test]
async fn the_matrix_has_every_method_that_is_served() {
    let system = System::with_records(0).await;
    let (public, protected) = methods();
    let channel = system.gateway.anonymous();
    let mut reflection =
        tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::new(channel);
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = reflection.server_reflection_info(stream::iter([ask])).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(listed)) = answer else { panic!("{answer:?}") };
    let served: BTreeSet<String> = listed.service.into_iter().map(|service| service.name).collect();
    // These two are switched by the configuration, and tried below.
    let ours = served
        .iter()
        .filter(|name| !name.starts_with("grpc.health.") && !name.starts_with("grpc.reflection."));
    for service in ours {
        let prefix = format!("/{service}/");
        assert!(
            protected.keys().chain(&public).any(|path| path.starts_with(&prefix)),
            "{service} is served and has no row in the matrix"
        );
    }
    system.stop().await;
}

#[tokio::test]
async fn what_anybody_may_call_needs_nothing() {
    let system = System::with_records(0).await;
    let wire = Wire::new(&system.gateway);
    let (public, _) = methods();
    assert_eq!(public, ["/sncgate.v1.AuthService/Login", "/sncgate.v1.AuthService/Refresh"]);
    let login = wire.with_token(Face::Grpc, &public[0], "").await;
    assert_eq!(reason(&login).0, "REQUEST_INVALID");
    let refresh = wire.with_token(Face::Grpc, &public[1], "").await;
    assert!(refresh.message().contains("refresh token"), "{refresh:?}");

    let keys =
        reqwest::get(format!("http://{}/.well-known/jwks.json", system.gateway.address)).await.unwrap();
    let keys: serde_json::Value = serde_json::from_str(&keys.text().await.unwrap()).unwrap();
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    assert!(keys["keys"][0].get("d").is_none(), "the private part stays here");

    // A method that is not there needs somebody all the same: nothing is learned from outside.
    let unknown = wire.with_token(Face::Grpc, "/sncgate.v1.RecordService/NoSuchMethod", "").await;
    assert_eq!(unknown.code(), Code::Unauthenticated);
    system.stop().await;
}

#[tokio::test]
async fn health_and_reflection_are_switched() {
    let system = System::with_records(0).await;
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    (settings.access.anonymous_health, settings.access.anonymous_reflection) = (false, false);
    let mut closed = Gateway::start(settings).await;
    let (open, shut) = (Wire::new(&system.gateway), Wire::new(&closed));
    for path in [
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ] {
        for face in FACES {
            let code = async |wire: &Wire, token: &str| wire.with_token(face, path, token).await.code();
            assert_ne!(code(&open, "").await, Code::Unauthenticated, "{path} {face:?}");
            assert_eq!(code(&shut, "").await, Code::Unauthenticated, "{path} {face:?}");
            assert_ne!(code(&shut, &closed.token).await, Code::Unauthenticated, "{path} {face:?}");
        }
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
