//! Gateways that are killed at any moment of an export and an update: what comes of both is what would have come anyway.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sncgate_client::pb::task_parameters::Parameters;
use sncgate_client::pb::task_service_client::TaskServiceClient;
use sncgate_client::pb::{self, TaskState};
use tonic::transport::{Channel, Endpoint};

use crate::harness::{System, encoded};
use crate::task_kinds::{instance, lines};

const RECORDS: u64 = 1500;
/// Longest way of a task from its making to its end, its kills not counted.
const PATIENCE: Duration = Duration::from_secs(60);

/// `sncgate serve` as a process of its own.
struct Process {
    child: Child,
    tasks: TaskServiceClient<Channel>,
}

impl Process {
    fn start(instance: &str, data: &Path, exports: &Path) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
            .args(["serve", "--print-json", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .env("SNCGATE__SERVER__DATA_DIR", data)
            .env("SNCGATE__ACCESS__ENABLED", "false")
            .env("SNCGATE__INSTANCES__DEV__URL", instance)
            .env("SNCGATE__INSTANCES__DEV__AUTH__TYPE", "basic")
            .env("SNCGATE__INSTANCES__DEV__AUTH__USERNAME", "admin")
            .env("SNCGATE__INSTANCES__DEV__AUTH__PASSWORD", "admin")
            .env("SNCGATE__TASKS__LEASE", "1s")
            .env("SNCGATE__TASKS__POLL_INTERVAL", "20ms")
            .env("SNCGATE__TASKS__RETRY_DELAY", "10ms")
            .env(
                "SNCGATE__EXPORT__DESTINATIONS__DISK__URL",
                url::Url::from_directory_path(exports).unwrap().as_str(),
            )
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addresses: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = addresses["gateway"].as_str().unwrap().to_owned();
        let tasks = TaskServiceClient::new(Endpoint::from_shared(address).unwrap().connect_lazy());
        Process { child, tasks }
    }

    /// As `kill -9` does.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn create(&mut self, parameters: Parameters) -> String {
        let parameters = pb::TaskParameters { parameters: Some(parameters) };
        let task = pb::Task { parameters: Some(parameters), max_attempts: 100, ..pb::Task::default() };
        let request = pb::CreateTaskRequest { task: Some(task), ..Default::default() };
        self.tasks.create_task(request).await.unwrap().into_inner().task.unwrap().id
    }

    async fn get(&mut self, id: &str) -> pb::Task {
        let request = pb::GetTaskRequest { id: id.to_owned() };
        self.tasks.get_task(request).await.unwrap().into_inner().task.expect("no task is lost")
    }

    async fn all_ended(&mut self, ids: &[String]) -> bool {
        for id in ids {
            if self.get(id).await.end_time.is_none() {
                return false;
            }
        }
        true
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn tasks_come_to_the_same_end_however_often_their_gateway_is_killed() {
    let wanted = std::env::var("SNCGATE_TEST_KILLS").ok().and_then(|kills| kills.parse().ok());
    killed(wanted.unwrap_or(10)).await;
}

async fn killed(kills: usize) {
    let system = System::with_records(RECORDS).await;
    let address = system.emulator.as_ref().unwrap().http();
    let url = format!("http://{address}");
    let (data, exports) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut random = fastrand::Rng::with_seed(7);
    let mut process = Process::start(&url, data.path(), exports.path());
    let (mut killed, mut round) = (0, 0);
    while killed < kills {
        let before = instance(address, "", "sys_mod_count,number").await;
        let ids = begin(&mut process, round).await;
        let deadline = Instant::now() + PATIENCE;
        while killed < kills {
            // Any moment of a run, which takes about a second, and a while before it goes on.
            tokio::time::sleep(Duration::from_millis(random.u64(0..1500))).await;
            if process.all_ended(&ids).await {
                break;
            }
            process.kill();
            killed += 1;
            process = Process::start(&url, data.path(), exports.path());
            assert!(Instant::now() < deadline, "the tasks come to no end");
        }
        while !process.all_ended(&ids).await {
            assert!(Instant::now() < deadline, "the tasks come to no end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for id in &ids {
            well_ended(&process.get(id).await);
        }
        let folder = exports.path().join(format!("round-{round}"));
        let expected: Vec<String> = before
            .iter()
            .map(|(sys_id, row)| format!("{{\"sys_id\":\"{sys_id}\",\"number\":\"{}\"}}", row["number"]))
            .collect();
        assert_eq!(lines(&folder), expected, "round {round}");
        for (sys_id, row) in instance(address, "", "sys_mod_count,short_description").await {
            let count = |row: &std::collections::HashMap<String, String>| {
                row["sys_mod_count"].parse::<i64>().unwrap()
            };
            assert_eq!(count(&row), count(&before[&sys_id]) + 1, "{sys_id} in round {round}");
            assert_eq!(row["short_description"], format!("Round {round}"));
        }
        round += 1;
    }
    drop(process);
    system.stop().await;
}

/// An export, and an update of all records at the same time.
async fn begin(process: &mut Process, round: usize) -> [String; 2] {
    let query = pb::Query { fields: vec!["sys_id".to_owned(), "number".to_owned()], ..encoded("") };
    let export = pb::ExportTask {
        table: "incident".to_owned(),
        query: Some(query),
        path: format!("round-{round}"),
        format: "ndjson".to_owned(),
        ..Default::default()
    };
    let update = pb::BulkUpdateTask {
        table: "incident".to_owned(),
        query: Some(encoded("sys_idISNOTEMPTY")),
        fields: [("short_description".to_owned(), format!("Round {round}"))].into(),
        ..Default::default()
    };
    [process.create(Parameters::Export(export)).await, process.create(Parameters::BulkUpdate(update)).await]
}

/// It succeeded with all rows, and no two attempts ran at once.
fn well_ended(task: &pb::Task) {
    assert_eq!(task.state(), TaskState::Succeeded, "{task:?}");
    let result = task.result.as_ref().unwrap();
    assert_eq!((result.succeeded, result.failed), (i64::try_from(RECORDS).unwrap(), 0), "{task:?}");
    let moment = |time: &Option<prost_types::Timestamp>| {
        let time = time.as_ref().expect("an attempt that ended has both");
        (time.seconds, time.nanos)
    };
    for pair in task.attempts.windows(2) {
        assert!(moment(&pair[0].end_time) <= moment(&pair[1].start_time), "{task:?}");
    }
}
