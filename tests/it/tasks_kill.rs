//! `kill -9` of a gateway in the midst of its tasks.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use futures::TryStreamExt;
use sncgate_client::pb::audit_service_client::AuditServiceClient;
use sncgate_client::pb::{self, CreateTaskRequest, TaskFilter, TaskState};
use sncgate_client::{Client, Task};

use crate::harness::{Bearer, PATIENCE};
use crate::tasks::{clean_up, tomorrow};

const TASKS: usize = 150;
const PASSWORD: &str = "the walls have ears";

/// `sncgate serve` on that folder, before an instance that it never asks.
fn serve(data: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
        .args(["serve", "--print-json", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .env("SNCGATE__SERVER__DATA_DIR", data)
        .env("SNCGATE__ACCESS__ADMIN_PASSWORD", PASSWORD)
        .env("SNCGATE__TASKS__LEASE", "1s")
        .env("SNCGATE__TASKS__POLL_INTERVAL", "50ms")
        .env("SNCGATE__TASKS__WORKERS", "3")
        .env("SNCGATE__TASKS__MAX_ATTEMPTS", "20")
        .env("SNCGATE__INSTANCES__NOBODY__URL", "http://127.0.0.1:1")
        .env("SNCGATE__INSTANCES__NOBODY__AUTH__TYPE", "api_key")
        .env("SNCGATE__INSTANCES__NOBODY__AUTH__KEY", "none")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    output.read_line(&mut line).expect("a line");
    let addresses: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    (child, addresses["gateway"].as_str().expect("an address").to_owned())
}

async fn signed_in(gateway: &str) -> Client {
    let client = Client::connect(gateway).await.unwrap();
    client.login("admin", PASSWORD).await.unwrap().0
}

async fn all(client: &Client) -> HashMap<String, Task> {
    let tasks = client.tasks(TaskFilter::default());
    tasks.map_ok(|task| (task.id.clone(), task)).try_collect().await.unwrap()
}

#[tokio::test]
async fn no_task_is_lost_and_none_is_finished_twice() {
    let data = tempfile::tempdir().unwrap();
    let (mut child, gateway) = serve(data.path());
    let client = signed_in(&gateway).await;
    let paused = client.create_task(CreateTaskRequest { task: Some(tomorrow()), ..Default::default() });
    let paused = paused.await.unwrap().task.unwrap().id;
    client.pause_task(&paused).await.unwrap();
    let mut made = Vec::new();
    for n in 0..TASKS {
        let request_id = format!("00000000-0000-4000-8000-{n:012}");
        let request = CreateTaskRequest { task: Some(clean_up()), request_id };
        made.push(client.create_task(request).await.unwrap().task.unwrap().id);
    }
    // At whatever the workers are in the middle of.
    child.kill().expect("it runs");
    child.wait().expect("it was started");

    let mut finished_before = HashMap::new();
    for round in 0..3 {
        let (mut child, gateway) = serve(data.path());
        let client = signed_in(&gateway).await;
        let known = all(&client).await;
        assert_eq!(known.len(), TASKS + 1, "round {round}: none is lost");
        assert!(made.iter().all(|id| known.contains_key(id)));
        assert_eq!(known[&paused].state(), TaskState::Paused);
        for (id, before) in &finished_before {
            assert_eq!(&known[id], before, "round {round}: what is finished stays as it is");
        }
        finished_before = known.into_iter().filter(|(_, task)| task.is_finished()).collect();
        // The same call finds the task that it made.
        let request_id = format!("00000000-0000-4000-8000-{:012}", 0);
        let again = CreateTaskRequest { task: Some(clean_up()), request_id };
        let again = client.create_task(again).await.unwrap();
        assert!(again.existed && again.task.unwrap().id == made[0]);
        child.kill().expect("it runs");
        child.wait().expect("it was started");
    }

    let (mut child, gateway) = serve(data.path());
    let client = signed_in(&gateway).await;
    let deadline = Instant::now() + PATIENCE;
    for id in &made {
        let left = deadline.saturating_duration_since(Instant::now());
        let done = tokio::time::timeout(left, client.wait_for_task(id)).await.expect("in time").unwrap();
        assert_eq!(done.state(), TaskState::Succeeded, "{done:?}");
        let good = done.attempts.iter().filter(|attempt| attempt.error.is_none()).count();
        assert_eq!(good, 1, "{done:?}");
    }
    let login = pb::LoginRequest {
        username: "admin".to_owned(),
        password: PASSWORD.to_owned(),
        ..pb::LoginRequest::default()
    };
    let channel = tonic::transport::Endpoint::from_shared(gateway.clone()).unwrap().connect_lazy();
    let mut auth = pb::auth_service_client::AuthServiceClient::new(channel.clone());
    let token = auth.login(login).await.unwrap().into_inner().tokens.unwrap().access_token;
    let mut audit = AuditServiceClient::with_interceptor(channel, Bearer::new(&token));
    let mut ends: HashMap<String, usize> = HashMap::new();
    let mut request = pb::ListAuditEventsRequest {
        method: "task/clean_up".to_owned(),
        page_size: 1000,
        ..pb::ListAuditEventsRequest::default()
    };
    loop {
        let answer = audit.list_audit_events(request.clone()).await.unwrap().into_inner();
        for event in answer.events {
            *ends.entry(event.subject).or_default() += 1;
        }
        request.page_token = answer.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert!(!ends.is_empty() && ends.values().all(|&ends| ends == 1), "{ends:?}");
    child.kill().expect("it runs");
    child.wait().expect("it was started");
}
