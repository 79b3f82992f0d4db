use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::error::Peer;
use crate::pb::{CreateRecordRequest, DeleteRecordResponse, GetTableRequest};
use crate::store::Store;

const ID: &str = "0b6ef6c3-3d0c-4d29-9ac8-a3a0f4c1f5a2";

/// A store in a folder of its own, and a clock that goes when it is told to.
struct World {
    folder: tempfile::TempDir,
    seconds: Arc<AtomicU64>,
    most: usize,
}

impl World {
    fn new() -> World {
        World {
            folder: tempfile::tempdir().unwrap(),
            seconds: Arc::new(AtomicU64::new(1_000_000)),
            most: 100,
        }
    }

    fn open(&self) -> RequestIds {
        let memory = Memory { window: Duration::from_secs(3600), max_request_ids: self.most };
        let seconds = self.seconds.clone();
        let clock: Clock =
            Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::Relaxed)));
        Store::open(self.folder.path(), memory, clock).unwrap().request_ids
    }
}

fn request(table: &str) -> CreateRecordRequest {
    CreateRecordRequest { table: table.to_owned(), ..CreateRecordRequest::default() }
}

fn call(table: &str) -> Option<Repeatable> {
    Some(Repeatable::new("CreateRecord", "dev", ID, &request(table)))
}

/// Any message will do as an answer: one with a text in it.
fn answer(text: &str) -> GetTableRequest {
    GetTableRequest { table: text.to_owned(), ..GetTableRequest::default() }
}

async fn answered(ids: &RequestIds, call: Option<Repeatable>, text: &str) -> String {
    ids.once(call, |_| async { Ok(answer(text)) }).await.unwrap().table
}

fn lost() -> Error {
    Error::Instance { instance: "dev".to_owned(), peer: Peer::Unavailable, source: None }
}

#[tokio::test]
async fn the_first_answer_is_everybodys_also_after_a_restart() {
    let world = World::new();
    let ids = world.open();
    assert_eq!(answered(&ids, call("incident"), "first").await, "first");
    assert_eq!(answered(&ids, call("incident"), "second").await, "first");
    assert_eq!(answered(&ids, None, "no id").await, "no id");
    let other_method = Some(Repeatable::new("UpdateRecord", "dev", ID, &request("incident")));
    assert_eq!(answered(&ids, other_method, "another method").await, "another method");
    drop(ids);
    let ids = world.open();
    assert_eq!(answered(&ids, call("incident"), "third").await, "first");
    let reused = ids.once(call("problem"), |_| async { Ok(answer("never")) }).await;
    assert!(matches!(reused, Err(Error::RequestIdReused { request_id }) if request_id == ID));
}

#[tokio::test]
async fn an_answer_without_content_is_an_answer() {
    let world = World::new();
    let ids = world.open();
    for _ in 0..2 {
        let runs = AtomicUsize::new(0);
        let done = ids.once(call("a"), |_| async {
            runs.fetch_add(1, Ordering::Relaxed);
            Ok(DeleteRecordResponse {})
        });
        done.await.unwrap();
    }
    let never = ids.once(call("a"), |_| async { Err::<DeleteRecordResponse, _>(Error::Draining) });
    never.await.expect("it was answered before");
}

#[tokio::test]
async fn a_failure_is_not_kept_and_the_next_attempt_hears_of_one_that_may_have_written() {
    let world = World::new();
    let ids = world.open();
    let fails = |error: Error| async { Err::<GetTableRequest, _>(error) };
    // Nothing was written: the id is free again, for another request too.
    let refused = Error::FieldUnknown { table: "a".to_owned(), fields: Vec::new() };
    ids.once(call("a"), |_| fails(refused)).await.unwrap_err();
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);

    ids.once(call("b"), |earlier| {
        assert_eq!(earlier, None);
        fails(lost())
    })
    .await
    .unwrap_err();
    drop(ids);
    let ids = world.open();
    world.seconds.fetch_add(10, Ordering::Relaxed);
    // That this attempt wrote nothing says nothing about the first.
    ids.once(call("b"), |earlier| {
        assert_eq!(earlier, Some(StartedAt(started)));
        fails(Error::EtagMismatch { etag: "7".to_owned() })
    })
    .await
    .unwrap_err();
    let text = ids.once(call("b"), |earlier| async move {
        assert_eq!(earlier, Some(StartedAt(started)));
        Ok(answer("at last"))
    });
    assert_eq!(text.await.unwrap().table, "at last");
}

#[tokio::test]
async fn a_call_that_was_dropped_is_told_to_the_next() {
    let world = World::new();
    let ids = world.open();
    let dropped = ids.once(call("a"), |_| std::future::pending::<Result<GetTableRequest, Error>>());
    tokio::time::timeout(Duration::from_millis(300), dropped).await.unwrap_err();
    let next = ids.once(call("a"), |earlier| async move {
        assert!(earlier.is_some());
        Ok(answer("second"))
    });
    assert_eq!(next.await.unwrap().table, "second");
}

#[tokio::test]
async fn twins_wait_for_each_other_and_one_runs() {
    let world = World::new();
    let ids = world.open();
    let runs = AtomicUsize::new(0);
    let twins = (0..20).map(|_| {
        ids.once(call("a"), |_| async {
            tokio::task::yield_now().await;
            Ok(answer(&format!("run {}", runs.fetch_add(1, Ordering::Relaxed))))
        })
    });
    let answers = futures::future::try_join_all(twins).await.unwrap();
    assert!(answers.iter().all(|answer| answer.table == "run 0"), "{answers:?}");
}

#[tokio::test]
async fn ids_are_forgotten_after_their_window_and_beyond_their_number() {
    let world = World { most: 4, ..World::new() };
    let ids = world.open();
    assert_eq!(answered(&ids, call("a"), "first").await, "first");
    world.seconds.fetch_add(3599, Ordering::Relaxed);
    assert_eq!(answered(&ids, call("a"), "second").await, "first");
    world.seconds.fetch_add(1, Ordering::Relaxed);
    assert_eq!(answered(&ids, call("b"), "another request").await, "another request");

    for number in 0..40 {
        let id = format!("{number}");
        world.seconds.fetch_add(1, Ordering::Relaxed);
        answered(&ids, Some(Repeatable::new("M", "dev", &id, &request("a"))), &id).await;
    }
    drop(ids);
    let ids = world.open();
    assert!(ids.0.rows.count() <= 4, "{}", ids.0.rows.count());
    let newest = Some(Repeatable::new("M", "dev", "39", &request("a")));
    assert_eq!(answered(&ids, newest, "again").await, "39");
}

/// Equal requests have equal fingerprints, whatever order their maps were filled in.
#[test]
fn maps_are_fingerprinted_in_order() {
    let filled = |names: &[&str]| {
        let fields = names.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        Repeatable::new("M", "dev", ID, &CreateRecordRequest { fields, ..request("a") }).fingerprint
    };
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut reversed = names;
    reversed.reverse();
    assert_eq!(filled(&names), filled(&reversed));
    assert_ne!(filled(&names), filled(&names[1..]));
}
