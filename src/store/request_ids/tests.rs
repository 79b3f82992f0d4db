use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::error::Peer;
use crate::pb::{CreateRecordRequest, DeleteRecordResponse, GetTableRequest};
use crate::store::place::Place;

const ID: &str = "0b6ef6c3-3d0c-4d29-9ac8-a3a0f4c1f5a2";

/// A store in a place of its own, and a clock that goes when it is told to.
struct World {
    place: Place,
    seconds: Arc<AtomicU64>,
    most: usize,
}

impl World {
    /// One for each kind of store.
    fn each() -> [World; 2] {
        Place::each().map(|place| World { place, seconds: Arc::new(AtomicU64::new(1_000_000)), most: 100 })
    }

    async fn open(&self) -> RequestIds {
        let memory = Memory { window: Duration::from_secs(3600), max_request_ids: self.most };
        let seconds = self.seconds.clone();
        let clock: Clock =
            Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::Relaxed)));
        self.place.open(memory, clock).await.request_ids
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
    for world in World::each() {
        let ids = world.open().await;
        assert_eq!(answered(&ids, call("incident"), "first").await, "first");
        assert_eq!(answered(&ids, call("incident"), "second").await, "first");
        assert_eq!(answered(&ids, None, "no id").await, "no id");
        let other_method = Some(Repeatable::new("UpdateRecord", "dev", ID, &request("incident")));
        assert_eq!(answered(&ids, other_method, "another method").await, "another method");
        drop(ids);
        let ids = world.open().await;
        assert_eq!(answered(&ids, call("incident"), "third").await, "first");
        let reused = ids.once(call("problem"), |_| async { Ok(answer("never")) }).await;
        assert!(matches!(reused, Err(Error::RequestIdReused { request_id }) if request_id == ID));
    }
}

#[tokio::test]
async fn an_answer_without_content_is_an_answer() {
    for world in World::each() {
        let ids = world.open().await;
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
}

#[tokio::test]
async fn a_failure_is_not_kept_and_the_next_attempt_hears_of_one_that_may_have_written() {
    for world in World::each() {
        let ids = world.open().await;
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
        let ids = world.open().await;
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
}

#[tokio::test]
async fn a_call_that_was_dropped_is_told_to_the_next() {
    for world in World::each() {
        let ids = world.open().await;
        let dropped = ids.once(call("a"), |_| std::future::pending::<Result<GetTableRequest, Error>>());
        tokio::time::timeout(Duration::from_millis(300), dropped).await.unwrap_err();
        let next = ids.once(call("a"), |earlier| async move {
            assert!(earlier.is_some());
            Ok(answer("second"))
        });
        assert_eq!(next.await.unwrap().table, "second");
    }
}

#[tokio::test]
async fn twins_wait_for_each_other_and_one_runs() {
    for world in World::each() {
        let ids = world.open().await;
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
}

#[tokio::test]
async fn ids_are_forgotten_after_their_window_and_beyond_their_number() {
    for world in World::each() {
        let world = World { most: 4, ..world };
        let ids = world.open().await;
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
        let ids = world.open().await;
        assert!(ids.0.rows.count().await <= 4, "{}", ids.0.rows.count().await);
        let newest = Some(Repeatable::new("M", "dev", "39", &request("a")));
        assert_eq!(answered(&ids, newest, "again").await, "39");
    }
}

/// What one gateway carries out the others wait for; what it leaves behind they are told of.
#[tokio::test]
async fn twins_at_two_gateways_wait_for_each_other() {
    let [_, world] = World::each();
    let gateways = [world.open().await, world.open().await];
    let runs = AtomicUsize::new(0);
    let twins = (0..20).map(|number| {
        gateways[number % 2].once(call("a"), |_| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(answer(&format!("run {}", runs.fetch_add(1, Ordering::Relaxed))))
        })
    });
    let answers = futures::future::try_join_all(twins).await.unwrap();
    assert!(answers.iter().all(|answer| answer.table == "run 0"), "{answers:?}");

    let other = || Some(Repeatable::new("M", "dev", ID, &request("b")));
    let dropped = gateways[0].once(other(), |_| std::future::pending::<Result<GetTableRequest, Error>>());
    tokio::time::timeout(Duration::from_millis(300), dropped).await.unwrap_err();
    let next = gateways[1].once(other(), |earlier| async move {
        assert!(earlier.is_some(), "it may have written");
        Ok(answer("second"))
    });
    let within = tokio::time::timeout(Duration::from_secs(5), next).await.expect("nobody has it any more");
    assert_eq!(within.unwrap().table, "second");
}

/// One that was silent for too long is told to stop, and what it did comes too late.
#[tokio::test]
async fn a_gateway_that_was_silent_gives_its_call_up() {
    let [_, world] = World::each();
    let (slow, other) = (world.open().await, world.open().await);
    let Repeatable { key, fingerprint } = call("a").unwrap();
    let begin = |at: &RequestIds| {
        let (at, key) = (at.clone(), key.clone());
        async move { at.0.rows.begin(&key, fingerprint, (at.0.clock)()).await.unwrap() }
    };
    let Begun::First(late) = begin(&slow).await else { panic!("it is the first") };
    assert!(matches!(begin(&other).await, Begun::Elsewhere));
    // As if it had been silent until its lease ended.
    let Place::Redis(settings) = &world.place else { panic!("not Redis") };
    let client = redis::Client::open(settings.url.clone().unwrap()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let row = format!("{{{}}}:request:CreateRecord:dev:{ID}", settings.prefix);
    let set = redis::cmd("HSET").arg(row).arg("held_until").arg(0).query_async::<i64>(&mut connection).await;
    assert_eq!(set.unwrap(), 0, "it is the field that decides");

    let Begun::Again(attempt, _) = begin(&other).await else { panic!("it is told of the first") };
    let told = tokio::time::timeout(Duration::from_secs(20), slow.0.rows.hold(&late)).await;
    assert!(matches!(told, Ok(Error::StoreBusy { .. })), "{told:?}");
    slow.0.rows.answer(&late, answer("late").encode_to_vec()).await.unwrap();
    slow.0.rows.forget(&late).await.unwrap();
    slow.0.rows.leave(&late);
    other.0.rows.answer(&attempt, answer("right").encode_to_vec()).await.unwrap();
    assert_eq!(answered(&slow, call("a"), "another").await, "right");
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
