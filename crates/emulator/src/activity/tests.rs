use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::DateTime;
use servicenow::query::Query;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::changes::{Change, Operation};
use crate::clock::Clock;
use crate::engine::{ListRequest, Projection, Session};
use crate::generate::{self, Plan};
use crate::pace;
use crate::settings::Settings;
use crate::store::Store;

fn engine() -> Engine {
    let store = Store::open(None).unwrap();
    generate::fill(&store, &Plan { seed: 1, records: 50, now: None }, &mut |_| ()).unwrap();
    let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    Engine::new(Arc::new(store), Settings::default(), clock)
}

/// Lets it happen for so long, on tokio's clock.
async fn live(engine: &Engine, rate: f64, seed: u64, seconds: f64) -> Report {
    let told = Arc::new(Told::default());
    let living = Living::new(engine, Activity::new(rate, seed).unwrap(), Arc::clone(&told)).unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(pace::run(living, engine.clone(), stop.clone()));
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    assert!(told.read().running);
    stop.cancel();
    running.await.unwrap();
    told.read()
}

fn counts(engine: &Engine) -> BTreeMap<Operation, usize> {
    let mut counts = BTreeMap::new();
    for change in engine.changes().since(0, usize::MAX).unwrap() {
        *counts.entry(change.operation).or_default() += 1;
    }
    counts
}

#[tokio::test(start_paused = true)]
async fn so_many_changes_a_second_and_all_of_them_in_the_journal() {
    let engine = engine();
    let started = Instant::now();
    let report = live(&engine, 20.0, 7, 30.02).await;
    assert_eq!(started.elapsed().as_secs(), 30);
    let changes = report.inserted + report.updated + report.resolved + report.deleted;
    assert_eq!((changes, report.failed, report.left_out), (600, 0, 0), "{report:?}");
    assert!(!report.running);
    assert!((19.9..20.1).contains(&report.achieved), "{report:?}");
    let counts = counts(&engine);
    assert_eq!(counts[&Operation::Insert] as u64, report.inserted);
    assert_eq!(counts[&Operation::Update] as u64, report.updated + report.resolved);
    assert_eq!(counts[&Operation::Delete] as u64, report.deleted);
    for (kind, count, least, most) in [
        ("inserted", report.inserted, 80, 160),
        ("updated", report.updated, 270, 400),
        ("resolved", report.resolved, 40, 120),
        ("deleted", report.deleted, 20, 80),
    ] {
        assert!((least..=most).contains(&count), "{kind}: {report:?}");
    }
}

/// What the journal says is what a reader finds.
#[tokio::test(start_paused = true)]
async fn the_journal_agrees_with_the_records() {
    let engine = engine();
    live(&engine, 100.0, 3, 4.0).await;
    let mut last: BTreeMap<String, Change> = BTreeMap::new();
    for (change, seq) in engine.changes().since(0, usize::MAX).unwrap().into_iter().zip(1..) {
        assert_eq!(change.seq, seq);
        last.insert(change.sys_id.clone(), change);
    }
    let admin = Session::load(&engine, "admin").unwrap().unwrap();
    let fields = ["sys_class_name", "sys_updated_on", "sys_mod_count"].map(str::to_owned).to_vec();
    for change in last.values() {
        let projection = Projection { fields: fields.clone(), ..Projection::default() };
        let found = engine.get(&admin, "task", &change.sys_id, &projection);
        if change.operation == Operation::Delete {
            assert!(found.is_err(), "{change:?}");
            continue;
        }
        let values: Vec<_> = found.unwrap().1.into_iter().map(|cell| cell.value).collect();
        let count = change.sys_mod_count.to_string();
        assert_eq!(values, [change.table.clone(), change.sys_updated_on.clone(), count], "{change:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_does_the_same() {
    let mut stories = Vec::new();
    for seed in [5, 5, 6] {
        let engine = engine();
        live(&engine, 50.0, seed, 2.0).await;
        stories.push(engine.changes().since(0, usize::MAX).unwrap());
    }
    assert_eq!(stories[0], stories[1]);
    assert_ne!(stories[0], stories[2]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_rate_is_a_rate() {
    let engine = engine();
    let report = live(&engine, 0.2, 1, 14.0).await;
    assert_eq!(report.inserted + report.updated + report.resolved + report.deleted, 2);
}

/// Those who are late by more than a second do not catch up; what is left out is said.
#[test]
fn who_is_late_leaves_changes_out() {
    let engine = engine();
    let told = Arc::new(Told::default());
    let mut living = Living::new(&engine, Activity::new(10.0, 1).unwrap(), Arc::clone(&told)).unwrap();
    living.take(&engine, Duration::from_millis(150));
    assert_eq!(told.read().left_out, 0);
    living.take(&engine, Duration::from_secs(10));
    assert_eq!(
        told.read().left_out,
        98,
        "the second to the hundredth were due, and the last of them is made"
    );
    assert_eq!(living.due(), Some(Duration::from_millis(10_100)));
    living.over(&engine, Duration::from_secs(10));
    let report = told.read();
    assert!((report.achieved - 0.2).abs() < 1e-9, "{report:?}");
}

#[test]
fn rates() {
    for (rate, good) in
        [(0.1, true), (10_000.0, true), (0.0, false), (-1.0, false), (f64::NAN, false), (1e9, false)]
    {
        assert_eq!(Activity::new(rate, 1).is_ok(), good, "{rate}");
    }
}

/// Journal entries are written as with any request.
#[tokio::test(start_paused = true)]
async fn people_say_things() {
    let engine = engine();
    let entries = |engine: &Engine| {
        let admin = Session::load(engine, "admin").unwrap().unwrap();
        let request = ListRequest {
            table: "sys_journal_field".to_owned(),
            query: Query::parse("sys_created_on>=2027-01-01"),
            limit: u64::MAX,
            ..ListRequest::default()
        };
        engine.list(&admin, &request, &mut |_, _| ControlFlow::Continue(())).unwrap()
    };
    assert_eq!(entries(&engine), 0);
    let report = live(&engine, 50.0, 1, 2.0).await;
    // Those of records that were deleted since are gone with them.
    assert!((report.updated / 2..=report.updated).contains(&entries(&engine)), "{report:?}");
}
