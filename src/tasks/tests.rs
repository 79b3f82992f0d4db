//! The engine on a real store, with a clock that is moved by hand and a kind that counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{Context, Engine, Failure, Kind, Kinds, NewTask, Services, Tasks};
use crate::access::{Access, Caller, Clock, Hand, Note, Vault};
use crate::config;
use crate::error::{Error, Peer};
use crate::instance::Instances;
use crate::limits::Limits;
use crate::links::Links;
use crate::pb::task_parameters::Parameters;
use crate::pb::{self, Permission, TaskResult, TaskState};
use crate::store::place::Place;

mod replicas;

/// Counts to what its label says, with a checkpoint at each number; labels say where it fails.
struct Counting(pb::AttachmentCopyTask);

/// Attempts that ran at the same moment, at most.
static AT_ONCE: AtomicUsize = AtomicUsize::new(0);

#[async_trait]
impl Kind for Counting {
    fn name(&self) -> &'static str {
        "attachment_copy"
    }

    fn needs(&self) -> Permission {
        Permission::TasksWrite
    }

    async fn check(&self, _: &Services, _: &Caller) -> Result<(), Error> {
        if self.0.table.is_empty() { Err(Error::invalid("table", "is required")) } else { Ok(()) }
    }

    /// The table says what it does, the path how far it counts.
    async fn run(&self, context: &Context) -> Result<TaskResult, Failure> {
        AT_ONCE.fetch_add(1, Ordering::SeqCst);
        let _one = scopeguard(|| {
            AT_ONCE.fetch_sub(1, Ordering::SeqCst);
        });
        let most: i64 = self.0.path.parse().unwrap_or(3);
        let mut count: i64 = context.checkpoint()?.unwrap_or(0);
        while count < most {
            count += 1;
            context.progress("counting", count, most, "numbers");
            match self.0.table.as_str() {
                "waits" if count == 2 => {
                    context.save(&count, &TaskResult { succeeded: count, ..TaskResult::default() }).await?;
                    context.stop().cancelled().await;
                    return Err(Failure::Stopped);
                }
                "deaf" if count == 2 => std::future::pending().await,
                "panics" => panic!("as asked"),
                "fails" if count == 2 => return Err(Error::invalid("table", "as asked").into()),
                "gone" => {
                    let instance = "dev".to_owned();
                    return Err(Error::Instance { instance, peer: Peer::Unavailable, source: None }.into());
                }
                "away" if count == 2 => {
                    context.save(&count, &TaskResult::default()).await?;
                    let instance = "dev".to_owned();
                    return Err(Error::Instance { instance, peer: Peer::Unavailable, source: None }.into());
                }
                _ => context.save(&count, &TaskResult { succeeded: count, ..TaskResult::default() }).await?,
            }
        }
        Ok(TaskResult { succeeded: count, ..TaskResult::default() })
    }
}

struct Guarded<F: Fn()>(F);

impl<F: Fn()> Drop for Guarded<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn scopeguard<F: Fn()>(at_end: F) -> Guarded<F> {
    Guarded(at_end)
}

fn kinds() -> Kinds {
    Kinds {
        names: &["attachment_copy", "clean_up"],
        of: |parameters| -> Arc<dyn Kind> {
            match parameters {
                Parameters::AttachmentCopy(counting) => Arc::new(Counting(counting.clone())),
                _ => Arc::new(pb::CleanUpTask {}),
            }
        },
    }
}

struct Setting {
    tasks: Tasks,
    caller: Caller,
    hand: Hand,
    _place: Place,
}

impl Setting {
    async fn new() -> Self {
        Self::with(config::Tasks { poll_interval: Duration::from_millis(5), ..config::Tasks::default() })
            .await
    }

    async fn with(settings: config::Tasks) -> Self {
        Self::on(Place::sqlite(), settings).await
    }

    async fn on(place: Place, settings: config::Tasks) -> Self {
        let store = place.open_any().await;
        let (clock, hand) = Clock::by_hand();
        let off = config::Access { enabled: false, ..config::Access::default() };
        let seal = crate::store::Seal::new(&[vec![7; 32].into()]).unwrap();
        let vault = Vault::new(store.access.clone(), seal);
        let access =
            Access::open(off, &std::collections::BTreeMap::new(), vault, clock.clone()).await.unwrap();
        let auth = config::Auth::Basic { username: "u".to_owned(), password: "p".into() };
        let url = "http://127.0.0.1:1".parse().unwrap();
        let config = config::Config::with_instance("dev", config::Instance::new(url, auth));
        let instances = Arc::new(Instances::new(&config).unwrap());
        let caller = Caller {
            principal: Some(access.anybody()),
            address: String::new(),
            agent: String::new(),
            note: Arc::new(Note::default()),
            meter: crate::limits::Meter::none(),
        };
        let links = Links::new(instances, access.clone());
        let limits = Limits::new(config::Limits::default(), store.access.clone(), clock.clone());
        let services = Arc::new(Services {
            links,
            access,
            limits,
            store,
            clock,
            destinations: crate::export::Destinations::default(),
            parse_query: crate::grpc::selection,
        });
        Setting { tasks: Tasks::new(services, settings, kinds()), caller, hand, _place: place }
    }

    fn engine(&self, name: &str) -> Engine {
        Engine::start_as(self.tasks.clone(), name.to_owned(), CancellationToken::new())
    }

    async fn add(&self, does: &str, change: impl FnOnce(&mut pb::Task)) -> String {
        let counting = pb::AttachmentCopyTask { table: does.to_owned(), ..pb::AttachmentCopyTask::default() };
        let parameters = pb::TaskParameters { parameters: Some(Parameters::AttachmentCopy(counting)) };
        let mut message = pb::Task { parameters: Some(parameters), ..pb::Task::default() };
        change(&mut message);
        let new = NewTask { message, ..NewTask::default() };
        self.tasks.create(&self.caller, new).await.unwrap().0.id
    }

    async fn read(&self, id: &str) -> pb::Task {
        self.tasks.get(&self.caller, id).await.unwrap()
    }

    /// Waits until a task is as it should be.
    async fn until(&self, id: &str, is: impl Fn(&pb::Task) -> bool) -> pb::Task {
        let mut changes = self.tasks.changes().revision;
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            changes.mark_unchanged();
            let task = self.read(id).await;
            if is(&task) {
                return task;
            }
            assert!(Instant::now() < end, "it is still {task:?}");
            let _ = tokio::time::timeout(Duration::from_secs(1), changes.changed()).await;
        }
    }

    async fn until_state(&self, id: &str, state: TaskState) -> pb::Task {
        self.until(id, |task| task.state() == state).await
    }
}

#[tokio::test]
async fn a_task_runs_to_its_end() {
    let setting = Setting::new().await;
    let engine = setting.engine("one");
    let id = setting.add("counts", |_| ()).await;
    let done = setting.until_state(&id, TaskState::Succeeded).await;
    assert_eq!(done.result.unwrap().succeeded, 3);
    assert_eq!((done.attempt_count, done.attempts.len()), (1, 1));
    let progress = done.progress.unwrap();
    assert_eq!((progress.done, progress.total, progress.unit.as_str()), (3, 3, "numbers"));
    assert!(done.first_start_time.is_some() && done.end_time.is_some() && done.error.is_none());
    engine.stopped().await;
}

#[tokio::test]
async fn failures_are_final_or_tried_again_after_a_while() {
    let setting = Setting::new().await;
    let engine = setting.engine("one");
    let fails = setting.add("fails", |_| ()).await;
    let failed = setting.until_state(&fails, TaskState::Failed).await;
    assert_eq!((failed.attempt_count, failed.error.unwrap().retryable), (1, false));

    for does in ["gone", "panics"] {
        let id = setting.add(does, |task| task.max_attempts = 3).await;
        for attempt in 1..3 {
            let waiting = setting
                .until(&id, |task| task.state() == TaskState::Retrying && task.attempt_count == attempt);
            assert!(waiting.await.next_attempt_time.is_some(), "{does}");
            setting.hand.advance(Duration::from_secs(10));
        }
        let failed = setting.until_state(&id, TaskState::Failed).await;
        assert_eq!((failed.attempt_count, failed.attempts.len()), (3, 3), "{does}");
        let retried = setting.tasks.retry(&setting.caller, &id).await.unwrap();
        assert_eq!((retried.state(), retried.attempt_count), (TaskState::Pending, 0), "{does}");
        setting.tasks.cancel(&setting.caller, &id).await.unwrap();
    }
    engine.stopped().await;
}

#[tokio::test]
async fn a_checkpoint_outlives_its_attempt() {
    let setting = Setting::new().await;
    let engine = setting.engine("one");
    let id = setting.add("away", |task| task.max_attempts = 9).await;
    setting.until(&id, |task| task.attempt_count == 1 && task.state() == TaskState::Retrying).await;
    setting.hand.advance(Duration::from_secs(10));
    // Beyond the number that it failed at, it does not fail again.
    let done = setting.until_state(&id, TaskState::Succeeded).await;
    assert_eq!(done.attempt_count, 2);
    engine.stopped().await;
}

#[tokio::test]
async fn it_is_cancelled_within_a_tenth_of_a_second_also_where_it_is_deaf() {
    let setting = Setting::new().await;
    let engine = setting.engine("one");
    for does in ["waits", "deaf"] {
        let mut took = Vec::new();
        for _ in 0..5 {
            let id = setting.add(does, |_| ()).await;
            setting.until(&id, |task| task.progress.as_ref().is_some_and(|one| one.done >= 1)).await;
            let asked = setting.tasks.cancel(&setting.caller, &id).await.unwrap();
            let acknowledged = Instant::now();
            assert!(asked.cancel_requested || asked.state() == TaskState::Cancelled);
            setting.until_state(&id, TaskState::Cancelled).await;
            took.push(acknowledged.elapsed());
        }
        took.sort();
        assert!(took[2] <= Duration::from_millis(100), "{does}: {took:?}");
    }
    engine.stopped().await;
}

#[tokio::test]
async fn a_pause_rests_at_the_checkpoint_and_counts_no_attempt() {
    let setting = Setting::new().await;
    let engine = setting.engine("one");
    let id = setting.add("waits", |_| ()).await;
    setting.until(&id, |task| task.result.as_ref().is_some_and(|result| result.succeeded == 2)).await;
    setting.tasks.pause(&setting.caller, &id).await.unwrap();
    let paused = setting.until_state(&id, TaskState::Paused).await;
    assert_eq!((paused.attempt_count, paused.pause_requested), (0, false));
    assert!(paused.attempts[0].interrupted);
    setting.tasks.resume(&setting.caller, &id).await.unwrap();
    let done = setting.until_state(&id, TaskState::Succeeded).await;
    assert_eq!(done.result.unwrap().succeeded, 3);
    engine.stopped().await;
}

#[tokio::test]
async fn what_runs_when_the_gateway_stops_goes_on_at_the_next() {
    let setting = Setting::new().await;
    let first = setting.engine("one");
    let id = setting.add("waits", |_| ()).await;
    setting.until(&id, |task| task.result.as_ref().is_some_and(|result| result.succeeded == 2)).await;
    first.stopped().await;
    let waiting = setting.read(&id).await;
    assert_eq!((waiting.state(), waiting.attempt_count), (TaskState::Retrying, 0));
    let second = setting.engine("two");
    let done = setting.until_state(&id, TaskState::Succeeded).await;
    assert_eq!(done.attempts.iter().map(|one| one.worker.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    second.stopped().await;
}

#[tokio::test]
async fn a_worker_that_went_away_loses_its_tasks_and_can_save_nothing_more() {
    let setting = Setting::new().await;
    let id = setting.add("counts", |task| task.max_attempts = 2).await;
    let claim = |setting: &Setting, worker: &str| crate::store::Claim {
        kinds: vec!["attachment_copy".to_owned()],
        worker: worker.to_owned(),
        now: setting.hand_now(),
        until: setting.hand_now() + 30_000,
    };
    let store = setting.tasks.services.store.tasks.clone();
    store.claim_task(&claim(&setting, "gone")).await.unwrap().unwrap();
    let engine = setting.engine("one");
    assert_eq!(setting.read(&id).await.state(), TaskState::Running);
    setting.hand.advance(Duration::from_secs(31));
    let done = setting.until_state(&id, TaskState::Succeeded).await;
    let workers: Vec<_> = done.attempts.iter().map(|one| one.worker.as_str()).collect();
    assert_eq!((workers, done.attempt_count), (vec!["gone", "one"], 2));
    engine.stopped().await;

    // One whose workers always go away is given up.
    let id = setting.add("counts", |task| task.max_attempts = 2).await;
    for _ in 0..2 {
        store.claim_task(&claim(&setting, "gone")).await.unwrap().unwrap();
        setting.hand.advance(Duration::from_secs(31));
    }
    let engine = setting.engine("one");
    let failed = setting.until_state(&id, TaskState::Failed).await;
    assert_eq!(failed.error.unwrap().reason(), pb::ErrorReason::TaskCrashed);
    engine.stopped().await;
}

#[tokio::test]
async fn kinds_and_workers_bound_what_runs_at_once() {
    let at_once = [("attachment_copy".to_owned(), 2)].into();
    let settings = config::Tasks {
        poll_interval: Duration::from_millis(5),
        at_once,
        workers: 8,
        ..config::Tasks::default()
    };
    let setting = Setting::with(settings).await;
    let engine = setting.engine("one");
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(setting.add("waits", |_| ()).await);
    }
    for id in &ids[..2] {
        setting.until_state(id, TaskState::Running).await;
    }
    for id in &ids[2..] {
        assert_eq!(setting.read(id).await.state(), TaskState::Pending);
    }
    setting.tasks.cancel(&setting.caller, &ids[0]).await.unwrap();
    setting.until_state(&ids[2], TaskState::Running).await;
    engine.stopped().await;
}

#[tokio::test]
async fn a_deadline_ends_it_before_and_while_it_runs() {
    let setting = Setting::new().await;
    let deadline = Some(crate::moment::from_millis(setting.hand_now() + 5_000));
    let running = setting.add("deaf", |task| task.deadline = deadline).await;
    let engine = setting.engine("one");
    setting.until_state(&running, TaskState::Running).await;
    setting.hand.advance(Duration::from_secs(6));
    let late = setting.add("counts", |task| task.deadline = deadline).await;
    for id in [running, late] {
        let failed = setting.until_state(&id, TaskState::Failed).await;
        assert_eq!(failed.error.unwrap().reason(), pb::ErrorReason::TaskDeadlineExceeded);
    }
    engine.stopped().await;
}

impl Setting {
    fn hand_now(&self) -> i64 {
        self.tasks.now()
    }
}
