//! Tasks over the wire: made, found, watched and steered.

use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use sncgate::config;
use sncgate_client::pb::task_parameters::Parameters;
use sncgate_client::pb::{
    CleanUpTask, CreateTaskRequest, ListTasksRequest, Task, TaskFilter, TaskParameters, TaskState,
    WatchTasksRequest,
};
use sncgate_client::{Client, Error, ErrorReason};

use crate::access::{key_of, user};
use crate::export::client_of;
use crate::harness::{Gateway, PATIENCE, System, config};

/// A clean-up, with what a caller may say of one.
pub(crate) fn clean_up() -> Task {
    let parameters = Some(Parameters::CleanUp(CleanUpTask {}));
    Task { parameters: Some(TaskParameters { parameters }), ..Task::default() }
}

/// The same, but not today.
pub(crate) fn tomorrow() -> Task {
    let start_time = Some((SystemTime::now() + Duration::from_secs(24 * 3600)).into());
    Task { start_time, ..clean_up() }
}

pub(crate) async fn make(client: &Client, task: Task) -> Result<Task, Error> {
    let request = CreateTaskRequest { task: Some(task), ..Default::default() };
    Ok(client.create_task(request).await?.task.unwrap())
}

pub(crate) async fn ids(client: &Client, filter: TaskFilter) -> Vec<String> {
    client.tasks(filter).map_ok(|task| task.id).try_collect().await.unwrap()
}

pub(crate) fn why<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorReason {
    result.unwrap_err().reason()
}

#[tokio::test]
async fn what_is_made_runs_and_is_told() {
    let system = System::with_records(0).await;
    let client = client_of(&system, &system.gateway.token).await;
    let made = make(&client, clean_up()).await.unwrap();
    assert_eq!((made.kind.as_str(), made.owner.as_str(), made.max_attempts), ("clean_up", "admin", 5));
    let done = tokio::time::timeout(PATIENCE, client.wait_for_task(&made.id)).await.unwrap().unwrap();
    assert_eq!(done.state(), TaskState::Succeeded, "{done:?}");
    assert_eq!((done.attempts.len(), done.attempt_count), (1, 1));
    assert!(done.end_time.is_some() && done.first_start_time.is_some() && done.revision > made.revision);
    assert_eq!(client.task(&made.id).await.unwrap(), done);

    user(&system.gateway, "alice", &["user"]).await;
    let alice = client_of(&system, &key_of(&system.gateway, "alice", &[]).await).await;
    let refused = make(&alice, clean_up()).await.unwrap_err();
    assert_eq!(refused.reason(), ErrorReason::PermissionMissing);
    assert_eq!(refused.metadata()["permission"], "PERMISSION_TASKS_ADMIN");
    user(&system.gateway, "vera", &["viewer"]).await;
    let viewer = client_of(&system, &key_of(&system.gateway, "vera", &[]).await).await;
    let refused = make(&viewer, clean_up()).await.unwrap_err();
    assert_eq!(refused.metadata()["permission"], "PERMISSION_TASKS_WRITE");
    system.stop().await;
}

#[tokio::test]
async fn the_same_call_makes_no_second_task() {
    let system = System::with_records(0).await;
    let client = client_of(&system, &system.gateway.token).await;
    let request_id = "0d6a57e4-9f7c-4d7e-8f39-0f6a9d3d2a11".to_owned();
    let request = CreateTaskRequest { task: Some(tomorrow()), request_id };
    let first = client.create_task(request.clone()).await.unwrap();
    let again = client.create_task(request).await.unwrap();
    assert_eq!(first.task, again.task);
    assert!(!first.existed && again.existed);

    let keyed = || Task { unique_key: "nightly".to_owned(), ..tomorrow() };
    let ask = || CreateTaskRequest { task: Some(keyed()), ..Default::default() };
    let one = client.create_task(ask()).await.unwrap();
    let two = client.create_task(ask()).await.unwrap();
    assert_eq!(one.task, two.task);
    assert!(!one.existed && two.existed);
    let id = one.task.unwrap().id;
    client.cancel_task(&id).await.unwrap();
    let third = client.create_task(ask()).await.unwrap();
    assert!(!third.existed, "the key is free once its task is finished");
    assert_eq!(why(client.retry_task(&id).await), ErrorReason::NameTaken);
    assert_eq!(ids(&client, TaskFilter::default()).await.len(), 3);
    system.stop().await;
}

#[tokio::test]
async fn what_is_malformed_is_refused_by_its_name() {
    let system = System::with_records(0).await;
    let client = client_of(&system, &system.gateway.token).await;
    let many = (0..17).map(|n| (n.to_string(), String::new())).collect();
    let cases = [
        ("task.parameters", Task { parameters: None, ..tomorrow() }),
        ("task.parameters", Task { parameters: Some(TaskParameters::default()), ..tomorrow() }),
        ("task.id", Task { id: "mine".to_owned(), ..tomorrow() }),
        ("task.owner", Task { owner: "alice".to_owned(), ..tomorrow() }),
        ("task.state", Task { state: TaskState::Succeeded.into(), ..tomorrow() }),
        ("task.priority", Task { priority: 101, ..tomorrow() }),
        ("task.max_attempts", Task { max_attempts: 101, ..tomorrow() }),
        ("task.unique_key", Task { unique_key: "k".repeat(129), ..tomorrow() }),
        ("task.labels", Task { labels: many, ..tomorrow() }),
        ("task.labels", Task { labels: [(String::new(), "x".to_owned())].into(), ..tomorrow() }),
        ("task.labels", Task { labels: [("x".to_owned(), "a\nb".to_owned())].into(), ..tomorrow() }),
    ];
    for (field, task) in cases {
        let refused = make(&client, task).await.unwrap_err();
        assert_eq!(refused.reason(), ErrorReason::RequestInvalid, "{field}");
        let named: Vec<_> = refused.violations().map(|(field, _)| field.to_owned()).collect();
        assert_eq!(named, [field]);
    }
    assert_eq!(ids(&client, TaskFilter::default()).await.len(), 0);
    system.stop().await;
}

#[tokio::test]
async fn lists_come_in_pages_whatever_their_size() {
    let system = System::with_records(0).await;
    let client = client_of(&system, &system.gateway.token).await;
    let mut made = Vec::new();
    for n in 0..7 {
        let parity = if n % 2 == 0 { "even" } else { "odd" };
        let labels = [("parity".to_owned(), parity.to_owned())].into();
        made.push(make(&client, Task { labels, ..tomorrow() }).await.unwrap().id);
    }
    made.reverse();
    for page_size in [1, 3, 7, 100] {
        let mut request = ListTasksRequest { page_size, ..Default::default() };
        let mut found = Vec::new();
        loop {
            let answer = client.list_tasks(request.clone()).await.unwrap();
            assert!(answer.tasks.len() <= page_size as usize);
            found.extend(answer.tasks.into_iter().map(|task| task.id));
            request.page_token = answer.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, made, "pages of {page_size}");
    }
    client.cancel_task(&made[0]).await.unwrap();
    let even = TaskFilter { labels: [("parity".to_owned(), "even".to_owned())].into(), ..Default::default() };
    let of = |states: &[TaskState]| TaskFilter {
        states: states.iter().map(|&state| state.into()).collect(),
        ..Default::default()
    };
    let cases = [
        (even, 4),
        (of(&[TaskState::Cancelled]), 1),
        (of(&[TaskState::Pending]), 6),
        (of(&[TaskState::Pending, TaskState::Cancelled]), 7),
        (TaskFilter { kinds: vec!["clean_up".to_owned()], ..Default::default() }, 7),
        (TaskFilter { kinds: vec!["export".to_owned()], ..Default::default() }, 0),
        (TaskFilter { owner: "admin".to_owned(), ..Default::default() }, 7),
        (TaskFilter { schedule: "none".to_owned(), ..Default::default() }, 0),
        (TaskFilter { create_time_before: Some(SystemTime::UNIX_EPOCH.into()), ..Default::default() }, 0),
        (TaskFilter { create_time_from: Some(SystemTime::UNIX_EPOCH.into()), ..Default::default() }, 7),
    ];
    for (filter, expected) in cases {
        assert_eq!(ids(&client, filter.clone()).await.len(), expected, "{filter:?}");
    }

    let first = ListTasksRequest { page_size: 1, ..Default::default() };
    let page_token = client.list_tasks(first.clone()).await.unwrap().next_page_token;
    let other = ListTasksRequest { filter: Some(of(&[TaskState::Failed])), page_token, ..first };
    assert_eq!(why(client.list_tasks(other).await), ErrorReason::PageTokenInvalid);
    let unknown = TaskFilter { kinds: vec!["dance".to_owned()], ..Default::default() };
    let request = ListTasksRequest { filter: Some(unknown), ..Default::default() };
    assert_eq!(why(client.list_tasks(request).await), ErrorReason::RequestInvalid);
    system.stop().await;
}

#[tokio::test]
async fn a_watch_tells_each_change_and_resumes_after_a_revision() {
    let system = System::with_records(0).await;
    let client = client_of(&system, &system.gateway.token).await;
    let made = make(&client, tomorrow()).await.unwrap();
    let mut watch = client.watch_task(&made.id);
    assert_eq!(watch.try_next().await.unwrap().unwrap(), made);
    let paused = client.pause_task(&made.id).await.unwrap();
    assert_eq!(watch.try_next().await.unwrap().unwrap(), paused);
    let ended = client.cancel_task(&made.id).await.unwrap();
    assert_eq!(watch.try_next().await.unwrap().unwrap(), ended);
    assert_eq!(watch.try_next().await.unwrap(), None, "it ends with its task");

    // Whoever saw a revision is told what came after it, and nothing where that was all.
    for (after_revision, expected) in
        [(0, vec![&ended]), (made.revision, vec![&ended]), (ended.revision, vec![])]
    {
        let request = WatchTasksRequest { id: made.id.clone(), after_revision, ..Default::default() };
        let seen: Vec<Task> = client.watch_tasks(request).try_collect().await.unwrap();
        assert_eq!(seen.iter().collect::<Vec<_>>(), expected, "after {after_revision}");
    }

    let labels: std::collections::HashMap<_, _> = [("team".to_owned(), "ops".to_owned())].into();
    let filter = Some(TaskFilter { labels: labels.clone(), ..Default::default() });
    let mut all = client.watch_tasks(WatchTasksRequest { filter, ..Default::default() });
    make(&client, tomorrow()).await.unwrap();
    let wanted = make(&client, Task { labels, ..tomorrow() }).await.unwrap();
    assert_eq!(all.try_next().await.unwrap().unwrap(), wanted, "others are not told of");

    let states = vec![TaskState::Failed.into()];
    let wrong = [
        WatchTasksRequest { filter: Some(TaskFilter { states, ..Default::default() }), ..Default::default() },
        WatchTasksRequest { after_revision: -1, ..Default::default() },
    ];
    for request in wrong {
        assert_eq!(why(client.watch_tasks(request).try_next().await), ErrorReason::RequestInvalid);
    }
    assert_eq!(why(client.watch_task("none").try_next().await), ErrorReason::TaskUnknown);
    drop(all);
    system.stop().await;
}

#[tokio::test]
async fn each_wish_is_done_refused_or_nothing_new() {
    let system = System::with_records(0).await;
    let client = client_of(&system, &system.gateway.token).await;
    let id = make(&client, tomorrow()).await.unwrap().id;
    let state = async || client.task(&id).await.unwrap().state();

    assert_eq!(why(client.retry_task(&id).await), ErrorReason::TaskStateConflict);
    assert_eq!(why(client.delete_task(&id).await), ErrorReason::TaskStateConflict);
    let paused = client.pause_task(&id).await.unwrap();
    assert_eq!(paused.state(), TaskState::Paused);
    assert_eq!(client.pause_task(&id).await.unwrap(), paused, "once more is nothing new");
    client.resume_task(&id).await.unwrap();
    assert_eq!(state().await, TaskState::Pending, "its time has not come");
    client.cancel_task(&id).await.unwrap();
    let ended = client.cancel_task(&id).await.unwrap();
    assert_eq!((ended.state(), ended.end_time.is_some()), (TaskState::Cancelled, true));
    let conflict = client.resume_task(&id).await.unwrap_err();
    assert_eq!(conflict.reason(), ErrorReason::TaskStateConflict);
    assert_eq!((&conflict.metadata()["id"], conflict.metadata()["state"].as_str()), (&id, "CANCELLED"));
    assert_eq!(why(client.pause_task(&id).await), ErrorReason::TaskStateConflict);
    client.retry_task(&id).await.unwrap();
    assert_eq!(state().await, TaskState::Pending);
    client.cancel_task(&id).await.unwrap();
    client.delete_task(&id).await.unwrap();
    for refused in [
        client.delete_task(&id).await.map(|()| Task::default()),
        client.task(&id).await,
        client.cancel_task(&id).await,
        client.task("x".repeat(5_000)).await,
    ] {
        assert_eq!(why(refused), ErrorReason::TaskUnknown);
    }
    system.stop().await;
}

#[tokio::test]
async fn an_owner_has_so_many_unfinished_ones_at_most() {
    let system = System::with_records(0).await;
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    settings.tasks = config::Tasks { max_per_owner: 2, ..settings.tasks };
    let mut gateway = Gateway::start(settings).await;
    let client = Client::builder(format!("http://{}", gateway.address)).token(&gateway.token);
    let client = client.retries(0).connect().await.unwrap();
    let first = make(&client, tomorrow()).await.unwrap();
    make(&client, tomorrow()).await.unwrap();
    let full = make(&client, tomorrow()).await.unwrap_err();
    assert_eq!(full.reason(), ErrorReason::TaskLimitExceeded);
    assert_eq!(full.metadata()["limit"], "2");
    client.cancel_task(&first.id).await.unwrap();
    make(&client, tomorrow()).await.unwrap();
    assert_eq!(why(client.retry_task(&first.id).await), ErrorReason::TaskLimitExceeded);
    gateway.stop().await;
    system.stop().await;
}

#[tokio::test]
async fn a_clean_up_forgets_what_finished_before_the_retention_time() {
    let system = System::with_records(0).await;
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    settings.tasks = config::Tasks { retention: Duration::ZERO, ..settings.tasks };
    let mut gateway = Gateway::start(settings).await;
    let client = Client::builder(format!("http://{}", gateway.address)).token(&gateway.token);
    let client = client.connect().await.unwrap();
    let waiting = make(&client, tomorrow()).await.unwrap();
    let ended = make(&client, tomorrow()).await.unwrap();
    client.cancel_task(&ended.id).await.unwrap();
    let mut watch = client.watch_tasks(WatchTasksRequest::default());
    let made = make(&client, clean_up()).await.unwrap();
    // It may be forgotten itself as soon as it is done: a watch of all sees its end or not, the list sees what is left.
    let deadline = std::time::Instant::now() + PATIENCE;
    while client.task(&ended.id).await.is_ok() {
        assert!(std::time::Instant::now() < deadline, "it is not forgotten");
        let _change = tokio::time::timeout(Duration::from_millis(100), watch.try_next()).await;
    }
    assert!(made.id != ended.id && client.task(&waiting.id).await.is_ok(), "what waits is kept");
    drop(watch);
    gateway.stop().await;
    system.stop().await;
}

/// The commands, as a person types them.
#[test]
fn the_commands_of_tasks() {
    use crate::program::sncgate;
    let demo = crate::demo::Demo::with_records(0);
    let say = |arguments: &[&str]| sncgate(&demo.at, arguments);
    let id = |text: &str| {
        let task: serde_json::Value = serde_json::from_str(text).unwrap();
        task["id"].as_str().unwrap().to_owned()
    };
    let watched = say(&["tasks", "clean-up", "--watch", "-o", "json"]);
    assert!(watched.stderr.contains(": succeeded"), "{}", watched.stderr);
    let rows: serde_json::Value = serde_json::from_str(&watched.text()).unwrap();
    assert_eq!((&rows[0]["state"], &rows[0]["kind"]), (&"succeeded".into(), &"clean_up".into()));

    let made = id(&say(&["tasks", "clean-up", "-o", "json"]).text());
    say(&["tasks", "watch", &made]).text();
    let again = say(&["tasks", "watch", &made, "-o", "csv", "--no-header"]).text();
    assert!(again.starts_with(&format!("{made},clean_up,,succeeded,")), "{again}");
    let listed = say(&["tasks", "list", "--state", "succeeded", "-o", "csv", "--no-header"]).text();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(say(&["tasks", "get", &made]).text().contains("attempts"));
    for (arguments, code) in [
        (vec!["tasks", "cancel", &made], 1),
        (vec!["tasks", "get", "none"], 3),
        (vec!["tasks", "watch", "none"], 3),
        (vec!["tasks", "list", "--kind", "dance"], 2),
        (vec!["tasks", "delete", "--all-finished"], 2), // nobody is there to ask
        (vec!["tasks", "delete", "--all-finished", "--max", "1", "--yes"], 2),
    ] {
        let refused = say(&arguments);
        assert_eq!(refused.code, Some(code), "{arguments:?}: {}", refused.stderr);
    }
    let nothing = say(&["tasks", "retry", "--all-failed", "--yes"]);
    assert!(nothing.stderr.contains("there are no such tasks"), "{}", nothing.stderr);
    let gone = say(&["tasks", "delete", "--all-finished", "--state", "succeeded", "--yes"]);
    assert!(gone.stderr.contains("2 tasks deleted"), "{}", gone.stderr);
    assert_eq!(say(&["tasks", "list", "-o", "json"]).text().trim(), "[]");
}

/// A field that nobody may set is not one that somebody forgot to check.
#[test]
fn a_task_has_no_field_that_is_new() {
    use prost_reflect::DescriptorPool;
    let pool = DescriptorPool::decode(sncgate::pb::DESCRIPTORS).unwrap();
    let task = pool.get_message_by_name("sncgate.v1.Task").unwrap();
    let callers =
        ["parameters", "priority", "labels", "unique_key", "start_time", "deadline", "max_attempts"];
    let others = task.fields().filter(|field| !callers.contains(&field.name())).count();
    // `create.rs` refuses each of these where a caller sets it.
    assert_eq!(others, 18, "new fields of Task are to be refused in src/tasks/create.rs, or named here");
}
