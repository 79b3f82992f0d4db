//! What every store of tasks does, whatever is behind it: one suite of behaviors, run on each.

use super::{Added, Claim, Replaced, Task, TaskFilter, Tasks};
use crate::pb::{self, TaskState};
use crate::store::place::Place;

const MOST: usize = 100;

fn task(id: &str, owner: &str) -> Task {
    let message = pb::Task {
        id: id.to_owned(),
        kind: "export".to_owned(),
        state: TaskState::Pending.into(),
        create_time: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }),
        ..pb::Task::default()
    };
    Task { message, owner_id: owner.to_owned(), ..Task::default() }
}

fn with(id: &str, owner: &str, change: impl FnOnce(&mut Task)) -> Task {
    let mut task = task(id, owner);
    change(&mut task);
    task
}

fn claim(kinds: &[&str], now: i64) -> Claim {
    let kinds = kinds.iter().map(|&kind| kind.to_owned()).collect();
    Claim { kinds, worker: "w".to_owned(), now, until: now + 100 }
}

async fn add(store: &dyn Tasks, task: &Task) -> i64 {
    match store.add_task(task, MOST).await.unwrap() {
        Added::New(revision) => revision,
        other => panic!("{other:?}"),
    }
}

async fn read(store: &dyn Tasks, id: &str) -> Task {
    store.task(id).await.unwrap().unwrap()
}

async fn claimed(store: &dyn Tasks, now: i64) -> Option<String> {
    let claimed = store.claim_task(&claim(&["export", "import"], now)).await.unwrap();
    claimed.map(|claimed| claimed.task.message.id)
}

/// Puts every task of a test out of the way of the next.
async fn clear(store: &dyn Tasks) {
    for (_, mut task) in store.tasks(&TaskFilter::default(), i64::MAX, 1000).await.unwrap() {
        task.message.set_state(TaskState::Cancelled);
        task.message.end_time = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
        store.replace_task(&task, MOST).await.unwrap();
    }
    store.forget_tasks(i64::MAX, 1000).await.unwrap();
    assert!(store.tasks(&TaskFilter::default(), i64::MAX, 1).await.unwrap().is_empty());
}

async fn what_is_added_is_there(store: &dyn Tasks) {
    let one = with("a1", "alice", |task| {
        task.key_id = "k".to_owned();
        task.due_at = 7;
        task.checkpoint = vec![0, 255];
        task.message.labels.insert("team".to_owned(), "x".to_owned());
    });
    let revision = add(store, &one).await;
    let kept = read(store, "a1").await;
    let mut expected = one.clone();
    expected.message.revision = revision;
    assert_eq!(kept, expected);
    assert!(matches!(store.add_task(&one, MOST).await.unwrap(), Added::Exists(known) if *known == kept));
    assert!(store.task("none").await.unwrap().is_none());
    assert!(!store.delete_task("a1", revision - 1).await.unwrap(), "another revision");
    assert!(store.delete_task("a1", revision).await.unwrap());
    assert!(!store.delete_task("a1", revision).await.unwrap());
}

async fn unique_keys_and_bounds_are_of_an_owner(store: &dyn Tasks) {
    let keyed =
        |id: &str, owner: &str| with(id, owner, |task| task.message.unique_key = "nightly".to_owned());
    add(store, &keyed("u1", "alice")).await;
    add(store, &keyed("u2", "bob")).await;
    let second = store.add_task(&keyed("u3", "alice"), MOST).await.unwrap();
    assert!(matches!(second, Added::Exists(known) if known.message.id == "u1"));
    let mut first = read(store, "u1").await;
    first.message.set_state(TaskState::Failed);
    let Replaced::Done(revision) = store.replace_task(&first, MOST).await.unwrap() else { panic!() };
    add(store, &keyed("u3", "alice")).await;
    first.message.revision = revision;
    first.message.set_state(TaskState::Pending);
    assert_eq!(store.replace_task(&first, MOST).await.unwrap(), Replaced::KeyTaken);

    assert_eq!(store.add_task(&task("u4", "alice"), 1).await.unwrap(), Added::Full);
    add(store, &task("u4", "carol")).await;
    let mut done = read(store, "u4").await;
    done.message.set_state(TaskState::Cancelled);
    store.replace_task(&done, MOST).await.unwrap();
    add(store, &task("u5", "carol")).await;
    let mut again = read(store, "u4").await;
    again.message.set_state(TaskState::Pending);
    assert_eq!(store.replace_task(&again, 1).await.unwrap(), Replaced::Full);
}

async fn the_most_urgent_that_is_due_is_claimed(store: &dyn Tasks) {
    let due = |id: &str, priority: i32, due_at: i64| {
        with(id, "alice", |task| {
            task.message.priority = priority;
            task.due_at = due_at;
        })
    };
    for one in [due("c1", 0, 10), due("c2", 0, 5), due("c3", 9, 20), due("c4", -1, 0), due("c5", 9, 99)] {
        add(store, &one).await;
    }
    add(store, &with("c6", "alice", |task| task.message.kind = "clean_up".to_owned())).await;
    for id in ["c3", "c2", "c1", "c4"] {
        assert_eq!(claimed(store, 20).await.as_deref(), Some(id));
    }
    assert_eq!(claimed(store, 20).await, None, "not due, or of another kind");
    assert!(store.claim_task(&claim(&[], 1000)).await.unwrap().is_none());
    let kept = read(store, "c3").await;
    assert_eq!((kept.message.state(), kept.message.attempt_count), (TaskState::Running, 1));
    assert_eq!((kept.worker.as_str(), kept.lease_until, kept.claimed_at), ("w", 120, 20));
}

async fn a_lease_that_ran_out_is_taken(store: &dyn Tasks) {
    add(store, &task("l1", "alice")).await;
    let first = store.claim_task(&claim(&["export"], 0)).await.unwrap().unwrap();
    assert_eq!(first.taken_from, None);
    assert!(store.extend_lease("l1", first.task.fence, 150).await.unwrap());
    assert_eq!(claimed(store, 149).await, None);
    let second = store.claim_task(&claim(&["export"], 150)).await.unwrap().unwrap();
    assert_eq!(second.taken_from, Some(("w".to_owned(), 0)));
    assert!(second.task.fence > first.task.fence);
    assert_eq!(second.task.message.attempt_count, 2);
    assert!(!store.extend_lease("l1", first.task.fence, 999).await.unwrap(), "it has lost the task");
    assert_eq!(
        store.replace_task(&first.task, MOST).await.unwrap(),
        Replaced::Changed,
        "and can save nothing"
    );
    let mut done = second.task.clone();
    done.message.set_state(TaskState::Succeeded);
    assert!(matches!(store.replace_task(&done, MOST).await.unwrap(), Replaced::Done(_)));
    assert!(!store.extend_lease("l1", second.task.fence, 999).await.unwrap(), "it is over");
    assert_eq!(claimed(store, 10_000).await, None);
}

async fn lists_are_filtered_and_cut(store: &dyn Tasks) {
    for (id, owner) in [("f1", "alice"), ("f2", "bob"), ("f3", "alice"), ("f4", "alice")] {
        let labeled = with(id, owner, |task| {
            task.message.labels.insert("n".to_owned(), id.to_owned());
            task.key_id = if id == "f3" { "k".to_owned() } else { String::new() };
        });
        add(store, &labeled).await;
    }
    let ids = |filter: TaskFilter, before: i64, limit: usize| async move {
        let found = store.tasks(&filter, before, limit).await.unwrap();
        found.iter().map(|(_, task)| task.message.id.clone()).collect::<Vec<_>>()
    };
    let of_alice = TaskFilter { owner_id: Some("alice".to_owned()), ..TaskFilter::default() };
    assert_eq!(ids(TaskFilter::default(), i64::MAX, 10).await, ["f4", "f3", "f2", "f1"]);
    assert_eq!(ids(of_alice.clone(), i64::MAX, 2).await, ["f4", "f3"]);
    let (place, _) = store.tasks(&of_alice, i64::MAX, 2).await.unwrap().pop().unwrap();
    assert_eq!(ids(of_alice.clone(), place, 2).await, ["f1"]);
    let cases = [
        (TaskFilter { labels: vec![("n".to_owned(), "f2".to_owned())], ..TaskFilter::default() }, vec!["f2"]),
        (TaskFilter { key_id: Some("k".to_owned()), ..TaskFilter::default() }, vec!["f3"]),
        (TaskFilter { states: vec![TaskState::Failed], ..TaskFilter::default() }, vec![]),
        (TaskFilter { kinds: vec!["import".to_owned()], ..TaskFilter::default() }, vec![]),
        (TaskFilter { created_from: Some(1001), ..TaskFilter::default() }, vec![]),
        (TaskFilter { created_before: Some(1000), ..TaskFilter::default() }, vec![]),
    ];
    for (filter, expected) in cases {
        assert_eq!(ids(filter.clone(), i64::MAX, 10).await, expected, "{filter:?}");
    }
}

async fn changes_come_by_revision(store: &dyn Tasks) {
    let mut changes = store.task_changes();
    let start = store.last_task_revision().await.unwrap();
    for id in ["r1", "r2", "r3"] {
        add(store, &task(id, "alice")).await;
    }
    let after = |revision: i64| async move {
        let found = store.tasks_after(&TaskFilter::default(), revision, 10).await.unwrap();
        found.into_iter().map(|task| (task.message.id, task.message.revision)).collect::<Vec<_>>()
    };
    let all = after(start).await;
    assert_eq!(all.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["r1", "r2", "r3"]);
    let mut first = read(store, "r1").await;
    first.message.priority = 3;
    let Replaced::Done(revision) = store.replace_task(&first, MOST).await.unwrap() else { panic!() };
    assert_eq!(after(all[2].1).await, [("r1".to_owned(), revision)]);
    assert_eq!(store.last_task_revision().await.unwrap(), revision);
    changes.revision.wait_for(|known| *known >= revision).await.unwrap();

    let mut running = store.claim_task(&claim(&["export"], 0)).await.unwrap().unwrap().task;
    running.message.cancel_requested = true;
    store.replace_task(&running, MOST).await.unwrap();
    assert_eq!(changes.steered.recv().await.unwrap(), running.message.id);
}

async fn what_ended_long_ago_is_forgotten(store: &dyn Tasks) {
    for (id, ended) in [("e1", 10), ("e2", 20), ("e3", 30)] {
        add(store, &task(id, "alice")).await;
        let mut done = read(store, id).await;
        done.message.set_state(TaskState::Succeeded);
        done.message.end_time = Some(prost_types::Timestamp { seconds: ended, nanos: 0 });
        store.replace_task(&done, MOST).await.unwrap();
    }
    add(store, &task("e4", "alice")).await;
    let counts = store.task_counts().await.unwrap();
    let of =
        |state| counts.iter().find(|one| one.kind == "export" && one.state == state).map(|one| one.count);
    assert_eq!((of(TaskState::Succeeded), of(TaskState::Pending)), (Some(3), Some(1)));
    assert_eq!(store.forget_tasks(20_001, 1).await.unwrap(), 1);
    assert_eq!(store.forget_tasks(20_001, 10).await.unwrap(), 1);
    let left = store.tasks(&TaskFilter::default(), i64::MAX, 10).await.unwrap();
    assert_eq!(left.iter().map(|(_, task)| task.message.id.as_str()).collect::<Vec<_>>(), ["e4", "e3"]);
}

async fn several_are_claimed_in_their_order(store: &dyn Tasks) {
    let of = |id: &str, kind: &str, priority: i32, due_at: i64| {
        with(id, "alice", |task| {
            task.message.kind = kind.to_owned();
            task.message.priority = priority;
            task.due_at = due_at;
        })
    };
    // Beyond what an earlier test of the same store claimed by.
    let now = 1_000_000;
    for one in [
        of("s1", "export", 0, now - 1),
        of("s2", "import", 0, now - 3),
        of("s3", "export", 0, now - 2),
        of("s4", "import", 5, now),
        of("s5", "clean_up", 9, now),
        of("s6", "export", 0, now + 1),
    ] {
        add(store, &one).await;
    }
    // Cancelled while it waits: nobody gets it.
    add(store, &of("s7", "export", 9, now - 9)).await;
    let mut cancelled = read(store, "s7").await;
    cancelled.message.set_state(TaskState::Cancelled);
    store.replace_task(&cancelled, MOST).await.unwrap();
    let ids = |most: usize, now: i64| async move {
        let claimed = store.claim_tasks(&claim(&["export", "import"], now), most).await.unwrap();
        claimed.into_iter().map(|one| one.task.message.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(2, now).await, ["s4", "s2"]);
    assert_eq!(ids(9, now).await, ["s3", "s1"]);
    // Those whose leases ran out are older than what became due; what is given back is behind them.
    let mut back = read(store, "s3").await;
    back.message.set_state(TaskState::Retrying);
    back.due_at = now + 50;
    store.replace_task(&back, MOST).await.unwrap();
    let late = ids(9, now + 100).await;
    assert_eq!(late[0], "s4");
    let mut rest = late[1..].to_vec();
    rest.sort();
    assert_eq!(rest, ["s1", "s2", "s3", "s6"]);
}

/// Claimers that race get each task once.
async fn nobody_gets_what_another_has(store: &dyn Tasks) {
    for place in 0..40 {
        add(store, &task(&format!("n{place}"), "alice")).await;
    }
    let claimers = (0..8).map(|_| async {
        let mut got = Vec::new();
        while let Some(id) = claimed(store, 50).await {
            got.push(id);
        }
        got
    });
    let mut all: Vec<String> = futures::future::join_all(claimers).await.into_iter().flatten().collect();
    all.sort();
    let before = all.len();
    all.dedup();
    assert_eq!((before, all.len()), (40, 40));
}

#[tokio::test]
async fn every_store_of_tasks_behaves() {
    for place in Place::each() {
        let store = place.open_any().await.tasks;
        let store = &*store;
        what_is_added_is_there(store).await;
        unique_keys_and_bounds_are_of_an_owner(store).await;
        clear(store).await;
        the_most_urgent_that_is_due_is_claimed(store).await;
        clear(store).await;
        a_lease_that_ran_out_is_taken(store).await;
        clear(store).await;
        lists_are_filtered_and_cut(store).await;
        clear(store).await;
        changes_come_by_revision(store).await;
        clear(store).await;
        what_ended_long_ago_is_forgotten(store).await;
        clear(store).await;
        several_are_claimed_in_their_order(store).await;
        clear(store).await;
        nobody_gets_what_another_has(store).await;
    }
}
