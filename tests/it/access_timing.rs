//! How soon an end is felt: by unary calls that run, and by streams that are open. Medians of several, since a machine that
//! is busy with something else proves nothing.

#![expect(clippy::print_stdout, reason = "figures are for who runs it by hand")]

use std::time::{Duration, Instant};

use servicenow_emulator::faults::{Fault, Rule};
use sncgate_client::pb::api_key_service_client::ApiKeyServiceClient;
use sncgate_client::pb::audit_service_client::AuditServiceClient;
use sncgate_client::pb::auth_service_client::AuthServiceClient;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use sncgate_client::pb::role_service_client::RoleServiceClient;
use sncgate_client::pb::{self, FieldAccess};
use tokio::sync::oneshot;
use tonic::{Code, Status};

use crate::access::{made_key, sign_in, user};
use crate::access_rules::{holder, rule};
use crate::backing::BACKINGS;
use crate::harness::{Gateway, PATIENCE, System, config, reason};

const ROUNDS: usize = 7;
const UNARY: Duration = Duration::from_millis(50);
const STREAM: Duration = Duration::from_millis(250);

fn median(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    println!("{what}: median {:?}, longest {:?}", times[times.len() / 2], times[times.len() - 1]);
    times[times.len() / 2]
}

/// Something that runs on a credential, and how it ended.
struct Running {
    ended: oneshot::Receiver<(Status, Instant)>,
}

impl Running {
    fn start(call: impl Future<Output = Status> + Send + 'static) -> Running {
        let (send, ended) = oneshot::channel();
        tokio::spawn(async move {
            let status = call.await;
            let _ = send.send((status, Instant::now()));
        });
        Running { ended }
    }

    /// How long after `since` it ended; it must be for the credential's end.
    async fn after(self, since: Instant) -> Duration {
        let (status, at) = tokio::time::timeout(PATIENCE, self.ended).await.expect("it ends").unwrap();
        assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
        assert!(["TOKEN_REVOKED", "TOKEN_INVALID"].contains(&reason(&status).0.as_str()), "{status:?}");
        at.saturating_duration_since(since)
    }
}

/// A call that would take as long as one likes.
fn unary(gateway: &Gateway, token: &str) -> Running {
    let mut records = RecordServiceClient::new(gateway.channel_of(token));
    let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    Running::start(async move { records.list_records(list).await.expect_err("nobody answers") })
}

async fn events(gateway: &Gateway, token: &str) -> Running {
    let mut log = AuditServiceClient::new(gateway.channel_of(token));
    let all = pb::StreamAuditEventsRequest { after_sequence: 0 };
    let mut events = log.stream_audit_events(all).await.unwrap().into_inner();
    events.message().await.unwrap().expect("there are events");
    Running::start(async move {
        loop {
            match events.message().await {
                Ok(Some(_)) => {}
                Ok(None) => return Status::ok("as if all were well"),
                Err(status) => return status,
            }
        }
    })
}

/// Requests that wait at the instance.
fn asked(system: &System) -> u64 {
    system.faults().read().iter().map(|rule| rule.fired).sum()
}

/// Waits until one more does: only then does a call run.
async fn until_asked(system: &System, before: u64) {
    let one_more = async {
        while asked(system) <= before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, one_more).await.expect("the call reaches the instance");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_is_felt_at_once() {
    for backing in BACKINGS {
        let system = System::with_records(3).await;
        let mut settings = config(system.emulator.as_ref().unwrap().http());
        let data = tempfile::tempdir().unwrap();
        backing.set(&mut settings, data.path());
        let mut gateway = Gateway::start(settings).await;
        user(&gateway, "alice", &["admin"]).await;
        let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() };
        // The schema is known from here on: what waits below is the call itself.
        RecordServiceClient::new(gateway.channel()).list_records(list).await.unwrap();
        system.faults().add(Rule::new(Fault::Latency { millis: 20_000 })).unwrap();

        let (mut calls, mut streams) = (Vec::new(), Vec::new());
        let mut keys = ApiKeyServiceClient::new(gateway.channel());
        for round in 0..ROUNDS {
            let before = asked(&system);
            if round % 2 == 0 {
                let key = made_key(&gateway, "alice", &[]).await;
                let (call, stream) = (unary(&gateway, &key.secret), events(&gateway, &key.secret).await);
                until_asked(&system, before).await;
                let delete = pb::DeleteApiKeyRequest { id: key.api_key.unwrap().id };
                keys.delete_api_key(delete).await.unwrap();
                let over = Instant::now();
                calls.push(call.after(over).await);
                streams.push(stream.after(over).await);
            } else {
                let session = sign_in(&gateway, "alice").await;
                let token = session.tokens.unwrap().access_token;
                let (call, stream) = (unary(&gateway, &token), events(&gateway, &token).await);
                until_asked(&system, before).await;
                let revoke = pb::RevokeSessionRequest { session_id: session.session.unwrap().id };
                AuthServiceClient::new(gateway.channel()).revoke_session(revoke).await.unwrap();
                let over = Instant::now();
                calls.push(call.after(over).await);
                streams.push(stream.after(over).await);
            }
        }
        let unary = median("a unary call ends after its credential", calls);
        let stream = median("a stream ends after its credential", streams);
        assert!(unary < UNARY, "{unary:?} is longer than {UNARY:?}");
        assert!(stream < STREAM, "{stream:?} is longer than {STREAM:?}");
        gateway.stop().await;
        system.stop().await;
    }
}

/// A rule that comes while somebody reads holds for what they have not got yet: the stream ends, and a new one keeps to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_when_the_rules_change() {
    let system = System::with_records(2_000).await;
    let key = holder(&system, "clerk", vec![rule(&["incident"], "", &[])]).await;
    let mut records = RecordServiceClient::new(system.gateway.channel_of(&key));
    let mut roles = RoleServiceClient::new(system.gateway.channel());
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let stream =
            pb::StreamRecordsRequest { table: "incident".to_owned(), page_size: 1, ..Default::default() };
        let mut pages = records.stream_records(stream).await.unwrap().into_inner();
        let first = pages.message().await.unwrap().unwrap();
        assert_eq!(first.records[0].fields.contains_key("description"), round % 2 == 0, "the rules of now");
        let hidden = [("description", FieldAccess::Hidden)];
        let fields = if round % 2 == 0 { &hidden[..] } else { &[] };
        let role = pb::Role {
            name: "clerk".to_owned(),
            permissions: vec![pb::Permission::RecordsRead.into()],
            table_rules: vec![rule(&["incident"], "", fields)],
            ..pb::Role::default()
        };
        roles.update_role(pb::UpdateRoleRequest { role: Some(role) }).await.unwrap();
        let changed = Instant::now();
        let status = loop {
            match tokio::time::timeout(PATIENCE, pages.message()).await.expect("it goes on or ends") {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it must not end as if all were well"),
                Err(status) => break status,
            }
        };
        assert_eq!(reason(&status).0, "ACCESS_CHANGED", "{status:?}");
        times.push(changed.elapsed());
    }
    let stream = median("a stream ends after a change of its role", times);
    assert!(stream < STREAM, "{stream:?} is longer than {STREAM:?}");
    system.stop().await;
}
