//! Tasks that do nothing, per second: the engine on SQLite and on Redis beside BullMQ on that same Redis, in one run.
//!
//! Each task has a unique key, says once how far it is, and every hundredth fails for good. All are made by as many callers
//! at once, and run as many at once, on either side; the time is from the first call to the last end. Rounds alternate, and
//! the best of each counts. BullMQ sends progress by a command of its own; here it goes with the next save, as always.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark talks, and stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::future::join_all;
use sncgate::access::{Access, Caller, Clock, Note, Vault};
use sncgate::config;
use sncgate::error::Error;
use sncgate::instance::Instances;
use sncgate::limits::{Limits, Meter};
use sncgate::links::Links;
use sncgate::pb::task_parameters::Parameters;
use sncgate::pb::{self, Permission, TaskResult, TaskState};
use sncgate::store::{Memory, Seal, Store};
use sncgate::tasks::{Context, Engine, Failure, Kind, Kinds, NewTask, Services, Tasks};
use test_redis::Redis;
use tokio_util::sync::CancellationToken;

const TASKS: usize = 10_000;
const AT_ONCE: usize = 64;
const CALLERS: usize = 64;
const ROUNDS: usize = 3;
const FAILS: &str = "fails";

/// Does nothing, and says so.
struct NoOp(pb::AttachmentCopyTask);

#[async_trait]
impl Kind for NoOp {
    fn name(&self) -> &'static str {
        "attachment_copy"
    }

    fn needs(&self) -> Permission {
        Permission::TasksWrite
    }

    async fn check(&self, _: &Services, _: &Caller) -> Result<(), Error> {
        Ok(())
    }

    async fn run(&self, context: &Context) -> Result<TaskResult, Failure> {
        context.progress("counting", 1, 1, "steps");
        if self.0.path == FAILS {
            return Err(Error::invalid("path", "as asked").into());
        }
        Ok(TaskResult { succeeded: 1, ..TaskResult::default() })
    }
}

fn kinds() -> Kinds {
    Kinds {
        names: &["attachment_copy"],
        of: |parameters| -> Arc<dyn Kind> {
            match parameters {
                Parameters::AttachmentCopy(task) => Arc::new(NoOp(task.clone())),
                _ => Arc::new(NoOp(pb::AttachmentCopyTask::default())),
            }
        },
    }
}

#[tokio::main]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let redis = Redis::start();
    let [mut bullmq, mut shared, mut file] = [0.0_f64; 3];
    for round in 1..=ROUNDS {
        let rates = [
            other(&redis, round),
            rate(Store::connect(&on(&redis, round), memory(), Store::clock()).await.unwrap()).await,
            {
                let data = tempfile::tempdir().unwrap();
                rate(Store::open(data.path(), memory(), Store::clock()).unwrap()).await
            },
        ];
        println!(
            "round {round}: BullMQ {:.0}, Redis {:.0}, SQLite {:.0} tasks/s",
            rates[0], rates[1], rates[2]
        );
        (bullmq, shared, file) = (bullmq.max(rates[0]), shared.max(rates[1]), file.max(rates[2]));
    }
    println!("tasks, {AT_ONCE} at once, {TASKS} of them");
    println!("BullMQ   {bullmq:>8.0} tasks/s");
    println!("Redis    {shared:>8.0} tasks/s, {:.2} times BullMQ (goal: 3)", shared / bullmq);
    println!("SQLite   {file:>8.0} tasks/s, {:.2} times BullMQ", file / bullmq);
}

fn memory() -> Memory {
    Memory { window: Duration::from_secs(60), max_request_ids: 10 }
}

fn on(redis: &Redis, round: usize) -> config::Store {
    config::Store {
        backend: config::Backend::Redis,
        url: Some(redis.url().parse().unwrap()),
        prefix: format!("bench-{round}"),
        timeout: Duration::from_secs(60),
        ..config::Store::default()
    }
}

/// As a gateway has it, without its faces.
async fn rate(store: Store) -> f64 {
    let (clock, off) = (Clock::system(), config::Access { enabled: false, ..config::Access::default() });
    let vault = Vault::new(store.access.clone(), Seal::new(&[vec![7; 32].into()]).unwrap());
    let access = Access::open(off, &BTreeMap::new(), vault, clock.clone()).await.unwrap();
    let auth = config::Auth::Basic { username: "u".to_owned(), password: "p".into() };
    let instance = config::Instance::new("http://127.0.0.1:1".parse().unwrap(), auth);
    let instances = Arc::new(Instances::new(&config::Config::with_instance("dev", instance)).unwrap());
    let caller = Caller {
        principal: Some(access.anybody()),
        address: String::new(),
        agent: String::new(),
        note: Arc::new(Note::default()),
        meter: Meter::none(),
    };
    let links = Links::new(instances, access.clone());
    let limits = Limits::new(config::Limits::default(), store.access.clone(), clock.clone());
    let kept = store.tasks.clone();
    let services = Arc::new(Services {
        links,
        access,
        limits,
        store,
        clock,
        destinations: sncgate::export::Destinations::default(),
        parse_query: |_| Ok(sncgate::records::Selection::default()),
    });
    let settings = config::Tasks { workers: AT_ONCE, max_per_owner: TASKS, ..config::Tasks::default() };
    let tasks = Tasks::new(services, settings, kinds());

    let engine = Engine::start(tasks.clone(), CancellationToken::new());
    let (start, next) = (Instant::now(), AtomicUsize::new(0));
    let make = || async {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= TASKS {
                return;
            }
            tasks.create(&caller, task(number)).await.unwrap();
        }
    };
    join_all((0..CALLERS).map(|_| make())).await;
    loop {
        let counts = kept.task_counts().await.unwrap();
        let of = |state| counts.iter().filter(|one| one.state == state).map(|one| one.count).sum::<u64>();
        let (succeeded, failed) = (of(TaskState::Succeeded), of(TaskState::Failed));
        if succeeded + failed == TASKS as u64 {
            assert_eq!(failed, TASKS as u64 / 100);
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let rate = TASKS as f64 / start.elapsed().as_secs_f64();
    engine.stopped().await;
    rate
}

fn task(number: usize) -> NewTask {
    let path = if number.is_multiple_of(100) { FAILS.to_owned() } else { String::new() };
    let no_op = pb::AttachmentCopyTask { table: "t".to_owned(), path, ..Default::default() };
    let parameters = pb::TaskParameters { parameters: Some(Parameters::AttachmentCopy(no_op)) };
    let message =
        pb::Task { parameters: Some(parameters), unique_key: format!("key-{number}"), ..pb::Task::default() };
    NewTask { message, ..NewTask::default() }
}

/// BullMQ in a Node of its own.
fn other(redis: &Redis, round: usize) -> f64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bullmq");
    let counts = [TASKS, AT_ONCE, CALLERS].map(|count| count.to_string());
    let output = Command::new("node")
        .current_dir(folder)
        .args(["bench.mjs", &redis.url(), &format!("bench{round}")])
        .args(counts)
        .output()
        .unwrap();
    assert!(output.status.success(), "run scripts/setup bench: {}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["failed"], TASKS / 100);
    TASKS as f64 / said["seconds"].as_f64().unwrap()
}
