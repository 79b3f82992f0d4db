//! Two gateways on one Redis: what is done at one holds at the other, and how soon.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use servicenow_emulator::faults::{Fault, Rule};
use sncgate_client::pb;
use sncgate_client::pb::api_key_service_client::ApiKeyServiceClient;
use sncgate_client::pb::audit_service_client::AuditServiceClient;
use sncgate_client::pb::auth_service_client::AuthServiceClient;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use sncgate_client::pb::role_service_client::RoleServiceClient;
use sncgate_client::pb::user_service_client::UserServiceClient;
use test_redis::Redis;
use tokio::net::TcpListener;
use tonic::{Code, Status};

use crate::access::{made_key, sign_in, user};
use crate::backing;
use crate::harness::{Authorized, Gateway, PATIENCE, System, config, reason};

/// How often each end is measured.
const SAMPLES: usize = 15;
/// A call that runs is ended within this, from the moment that the end is asked for at the other gateway: the median of
/// the samples, since a machine that is busy with something else may be late at any of them.
const UNARY: Duration = Duration::from_millis(50);
/// The same for an open stream.
const STREAM: Duration = Duration::from_millis(250);

/// Two gateways before one instance, on a Redis of their own.
struct Replicas {
    one: Gateway,
    two: Gateway,
    redis: Redis,
}

impl Replicas {
    async fn before(instance: SocketAddr) -> Replicas {
        let redis = Redis::start();
        let mut settings = config(instance);
        settings.store = backing::on(&redis, "two");
        settings.secrets.keys = vec![vec![7; sncgate::config::KEY_BYTES].into()];
        let mut one = Gateway::start(settings.clone()).await;
        let two = Gateway::start(settings).await;
        // The second replaced the key of that name.
        one.token.clone_from(&two.token);
        let replicas = Replicas { one, two, redis };
        replicas.ready("200 OK").await;
        replicas
    }

    /// Waits until both say so.
    async fn ready(&self, expected: &str) {
        for gateway in [&self.one, &self.two] {
            let end = Instant::now() + PATIENCE;
            let url = format!("http://{}/readyz", gateway.admin);
            while reqwest::get(&url).await.unwrap().status().to_string() != expected {
                assert!(Instant::now() < end, "it does not become {expected}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }

    async fn stop(mut self) {
        self.one.stop().await;
        self.two.stop().await;
    }
}

fn list(table: &str) -> pb::ListRecordsRequest {
    pb::ListRecordsRequest { table: table.to_owned(), page_size: 1, ..Default::default() }
}

fn records(gateway: &Gateway, token: &str) -> RecordServiceClient<Authorized> {
    RecordServiceClient::new(gateway.channel_of(token))
}

/// Prints what was measured, and checks the median.
#[expect(clippy::print_stdout, reason = "figures are for who runs it by hand")]
fn check(what: &str, mut samples: Vec<Duration>, bound: Duration) {
    samples.sort();
    let (median, worst) = (samples[samples.len() / 2], samples[samples.len() - 1]);
    println!("{what} at the other gateway: median {median:?}, worst {worst:?} of {}", samples.len());
    assert!(median <= bound, "{what}: the median of {samples:?} is more than {bound:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_reaches_the_other_gateway_in_time() {
    // An instance that takes a request and never answers, so that calls are under way when the session ends.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let replicas = Replicas::before(silent.local_addr().unwrap()).await;
    let Replicas { one, two, .. } = &replicas;
    user(one, "alice", &["viewer"]).await;

    let mut streams = Vec::new();
    for _ in 0..SAMPLES {
        let made = made_key(one, "admin", &[]).await;
        let mut events = AuditServiceClient::new(two.channel_of(&made.secret))
            .stream_audit_events(pb::StreamAuditEventsRequest { after_sequence: -1 })
            .await
            .unwrap()
            .into_inner();
        let delete = pb::DeleteApiKeyRequest { id: made.api_key.unwrap().id };
        let mut keys = ApiKeyServiceClient::new(one.channel());
        let asked = Instant::now();
        let ended = async {
            loop {
                match events.message().await {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("it must not end as if all were well"),
                    Err(status) => break (asked.elapsed(), status),
                }
            }
        };
        let both = async { tokio::join!(keys.delete_api_key(delete), ended) };
        let (deleted, (took, status)) = tokio::time::timeout(PATIENCE, both).await.expect("it ends");
        deleted.unwrap();
        assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
        streams.push(took);
    }
    check("an open stream ends", streams, STREAM);

    let mut calls = Vec::new();
    for _ in 0..SAMPLES {
        let opened = sign_in(one, "alice").await;
        let token = opened.tokens.unwrap().access_token;
        let mut own = records(two, &token);
        let call = tokio::spawn(async move { own.list_records(list("incident")).await });
        let under_way = tokio::time::timeout(PATIENCE, silent.accept()).await;
        let _request = under_way.expect("the call reaches the instance").unwrap();
        let mut admin = AuthServiceClient::new(one.channel());
        let revoke = pb::RevokeSessionRequest { session_id: opened.session.unwrap().id };
        let asked = Instant::now();
        let (revoked, status) = tokio::join!(admin.revoke_session(revoke), async {
            let outcome = tokio::time::timeout(PATIENCE, call).await.expect("it ends");
            calls.push(asked.elapsed());
            outcome.unwrap().unwrap_err()
        });
        revoked.unwrap();
        assert_eq!(reason(&status).0, "TOKEN_REVOKED", "{status:?}");
    }
    check("a call that runs ends", calls, UNARY);
    replicas.stop().await;
}

#[tokio::test]
async fn what_is_done_at_one_holds_at_the_other() {
    let system = System::with_records(1).await;
    let replicas = Replicas::before(system.emulator.as_ref().unwrap().http()).await;
    let Replicas { one, two, .. } = &replicas;
    user(one, "alice", &["viewer"]).await;
    let opened = sign_in(one, "alice").await;
    let tokens = opened.tokens.clone().unwrap();
    let mut own = records(two, &tokens.access_token);
    assert_eq!(own.list_records(list("incident")).await.unwrap().into_inner().records.len(), 1);

    // Roles: given at one, known at the other at once.
    let role = pb::Role {
        name: "desk".to_owned(),
        permissions: vec![pb::Permission::SchemaRead.into()],
        ..pb::Role::default()
    };
    let mut roles = RoleServiceClient::new(one.channel());
    roles.create_role(pb::CreateRoleRequest { role: Some(role) }).await.unwrap();
    let change = pb::UpdateUserRequest {
        user: Some(pb::User {
            username: "alice".to_owned(),
            roles: vec!["desk".to_owned()],
            ..pb::User::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["roles".to_owned()] }),
    };
    UserServiceClient::new(one.channel()).update_user(change).await.unwrap();
    assert_eq!(
        eventually(async || own.list_records(list("incident")).await.err()).await,
        "PERMISSION_MISSING"
    );

    // A refresh token that was used at one is used up at the other.
    let refresh = |gateway: &Gateway, token: &str| {
        let request = pb::RefreshRequest { refresh_token: token.to_owned() };
        let mut client = AuthServiceClient::new(gateway.anonymous());
        async move { client.refresh(request).await.map(|answer| answer.into_inner().tokens.unwrap()) }
    };
    let second = refresh(two, &tokens.refresh_token).await.unwrap();
    let third = refresh(one, &second.refresh_token).await.unwrap();
    let reused = refresh(two, &tokens.refresh_token).await.unwrap_err();
    assert_eq!(reason(&reused).0, "TOKEN_REVOKED");
    assert_eq!(reason(&refresh(one, &third.refresh_token).await.unwrap_err()).0, "TOKEN_REVOKED");
    let mut last = AuthServiceClient::new(one.channel_of(&third.access_token));
    assert_eq!(eventually(async || last.who_am_i(pb::WhoAmIRequest {}).await.err()).await, "TOKEN_REVOKED");

    // Both wrote one log.
    let log = AuditServiceClient::new(two.channel()).verify_audit_log(pb::VerifyAuditLogRequest {}).await;
    let verdict = log.unwrap().into_inner();
    assert!(verdict.intact && verdict.events >= 5, "{verdict:?}");
    replicas.stop().await;
    system.stop().await;
}

/// The reason, once there is one: what others do is heard a moment later.
async fn eventually(mut call: impl AsyncFnMut() -> Option<Status>) -> String {
    let end = Instant::now() + PATIENCE;
    loop {
        match call().await {
            Some(status) if reason(&status).0 != "ACCESS_CHANGED" => return reason(&status).0,
            _ => assert!(Instant::now() < end, "it is not refused"),
        }
    }
}

/// A retry that comes to the other gateway, while the first one still works on it and after.
#[tokio::test]
async fn a_request_id_counts_at_both() {
    let system = System::with_records(0).await;
    let replicas = Replicas::before(system.emulator.as_ref().unwrap().http()).await;
    let Replicas { one, two, .. } = &replicas;
    let slow = Rule { kind: Some("table.insert".to_owned()), ..Rule::new(Fault::Latency { millis: 300 }) };
    system.faults().add(slow).unwrap();
    let create = pb::CreateRecordRequest {
        table: "incident".to_owned(),
        fields: [("short_description".to_owned(), "Only once".to_owned())].into(),
        request_id: "6e0f4f0e-53c5-4d2c-9d3b-5c0a3f0f4a99".to_owned(),
        ..Default::default()
    };
    let calls = [one, two, one, two].map(|gateway| {
        let (mut records, create) = (records(gateway, &gateway.token), create.clone());
        async move { records.create_record(create).await }
    });
    let answers = futures::future::try_join_all(calls).await.unwrap();
    let first = answers[0].get_ref().clone();
    assert!(answers.iter().all(|answer| *answer.get_ref() == first), "one answer for all");
    system.faults().clear();
    let all = pb::ListRecordsRequest { page_size: 10, ..list("incident") };
    let found = records(two, &two.token).list_records(all).await.unwrap().into_inner().records;
    assert_eq!(found.len(), 1);
    replicas.stop().await;
    system.stop().await;
}

/// Without Redis nobody is let in, each call is told so in time, and all goes on when it is back.
#[tokio::test]
async fn a_store_that_does_not_answer_is_told() {
    let system = System::with_records(1).await;
    let mut replicas = Replicas::before(system.emulator.as_ref().unwrap().http()).await;
    user(&replicas.one, "alice", &["viewer"]).await;
    let token = sign_in(&replicas.one, "alice").await.tokens.unwrap().access_token;
    let mut own = records(&replicas.two, &token);
    own.list_records(list("incident")).await.unwrap();

    replicas.redis.stand_still();
    let asked = Instant::now();
    let reasons = async || own.list_records(list("incident")).await.err();
    assert_eq!(eventually(reasons).await, "STORE_UNAVAILABLE");
    assert!(asked.elapsed() < Duration::from_secs(15), "it took {:?}", asked.elapsed());
    replicas.ready("503 Service Unavailable").await;
    replicas.redis.go_on();
    replicas.ready("200 OK").await;
    own.list_records(list("incident")).await.unwrap();

    replicas.redis.kill();
    let status = own.list_records(list("incident")).await;
    let status = match status {
        Err(status) => status,
        Ok(_) => own.list_records(list("incident")).await.unwrap_err(),
    };
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::Unavailable, "STORE_UNAVAILABLE"));
    replicas.ready("503 Service Unavailable").await;
    replicas.redis.start_again();
    replicas.ready("200 OK").await;
    own.list_records(list("incident")).await.unwrap();
    replicas.stop().await;
    system.stop().await;
}
