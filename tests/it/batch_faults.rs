//! Ten thousand operations on an instance that has a bad day: each is reported once, the instance is as reported, and
//! nothing was written twice.

use std::collections::{BTreeMap, HashMap};

use servicenow_emulator::faults::{Fault, Place, Rule};
use sncgate_client::pb;
use sncgate_client::pb::operation_result::Outcome;

use crate::batch::{client, create, delete, get, messages, operation, take, update};
use crate::harness::System;

const OPERATIONS: usize = 10_000;
/// Records that are there before.
const RECORDS: usize = 1_500;

/// What is done, and what must come of it.
struct Plan {
    operations: Vec<pb::Operation>,
    expected: HashMap<String, Expected>,
    /// The records as they must be in the end: their text, and how often they were changed.
    state: BTreeMap<String, (String, u32)>,
}

#[derive(Debug, PartialEq)]
enum Expected {
    Text(String),
    Deleted,
    Unknown,
}

/// The same plan each time: a walk over records with a step that has no common factor with their number, so that
/// operations on one record are now near each other and now far apart.
fn plan(there: &[pb::Record]) -> Plan {
    let mut state: BTreeMap<String, (String, u32)> = there
        .iter()
        .map(|record| (record.sys_id.clone(), (record.fields["short_description"].value.clone(), 0)))
        .collect();
    let mut ids: Vec<String> = state.keys().cloned().collect();
    let mut operations = Vec::new();
    let mut expected = HashMap::new();
    for number in 0..OPERATIONS {
        let (id, text) = (format!("op {number}"), format!("text {number}"));
        let sys_id = ids[(number * 617) % ids.len()].clone();
        let known = state.get(&sys_id).map(|(text, _)| text.clone());
        let (kind, outcome) = match number % 10 {
            0 | 1 => (create(&[("short_description", &text)]), Expected::Text(text)),
            2 => {
                let sys_id = format!("{number:032x}");
                ids.push(sys_id.clone());
                state.insert(sys_id.clone(), (text.clone(), 0));
                (create(&[("sys_id", &sys_id), ("short_description", &text)]), Expected::Text(text))
            }
            3..=6 => match state.get_mut(&sys_id) {
                Some((old, changes)) => {
                    (*old, *changes) = (text.clone(), *changes + 1);
                    (update(&sys_id, &[("short_description", &text)]), Expected::Text(text))
                }
                None => (update(&sys_id, &[("short_description", &text)]), Expected::Unknown),
            },
            7 => match state.remove(&sys_id) {
                Some(_) => (delete(&sys_id), Expected::Deleted),
                None => (delete(&sys_id), Expected::Unknown),
            },
            _ => (get(&sys_id), known.map_or(Expected::Unknown, Expected::Text)),
        };
        expected.insert(id.clone(), outcome);
        operations.push(operation(id, kind));
    }
    Plan { operations, expected, state }
}

async fn all(system: &System) -> Vec<pb::Record> {
    let request = pb::StreamRecordsRequest {
        table: "incident".to_owned(),
        query: Some(pb::Query { fields: vec!["short_description".to_owned()], ..Default::default() }),
        ..Default::default()
    };
    let mut pages = system.records().stream_records(request).await.unwrap().into_inner();
    let mut records = Vec::new();
    while let Some(page) = pages.message().await.unwrap() {
        records.extend(page.records);
    }
    records
}

/// The bad day: what befalls whole requests, and what befalls the parts of batches.
fn faults() -> Vec<Rule> {
    let limited = Fault::RateLimited { retry_after: None };
    let outer = [
        (limited.clone(), 0.05),
        (Fault::Reset { committed: false }, 0.005),
        (Fault::Reset { committed: true }, 0.005),
        (Fault::Truncated { keep: None }, 0.01),
        (Fault::CommittedThenError, 0.005),
    ];
    let within =
        [(limited, 0.05), (Fault::Truncated { keep: None }, 0.01), (Fault::CommittedThenError, 0.005)];
    let rule =
        |applies_to, seed, (fault, share)| Rule { share: Some(share), seed, applies_to, ..Rule::new(fault) };
    let outer = outer.into_iter().enumerate().map(|(seed, fault)| rule(Place::Outer, seed as u64, fault));
    let within =
        within.into_iter().enumerate().map(|(seed, fault)| rule(Place::Sub, 100 + seed as u64, fault));
    outer.chain(within).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_operation_is_reported_once_and_truly_and_nothing_is_written_twice() {
    let system = System::with_records(RECORDS as u64).await;
    let before = all(&system).await;
    let etags: HashMap<String, u32> =
        before.iter().map(|record| (record.sys_id.clone(), record.etag.parse().unwrap())).collect();
    let Plan { operations, expected, mut state } = plan(&before);

    let emulator = system.emulator.as_ref().unwrap();
    for rule in faults() {
        emulator.faults().add(rule).unwrap();
    }
    let answer = client(&system).execute_batch(messages(operations, 23)).await.unwrap();
    let (results, error) = take(&mut answer.into_inner()).await;
    assert!(error.is_none(), "{error:?}");
    let fired: Vec<u64> = emulator.faults().read().iter().map(|rule| rule.fired).collect();
    emulator.faults().clear();
    assert!(fired.iter().filter(|fired| **fired > 0).count() >= 6, "the day was not bad: {fired:?}");

    assert_eq!(results.len(), OPERATIONS);
    let mut reported = HashMap::new();
    for result in results {
        let outcome = match result.outcome.unwrap() {
            Outcome::Record(record) => {
                let text = record.fields["short_description"].value.clone();
                if chosen_on_the_way(&result.id) {
                    state.insert(record.sys_id.clone(), (text.clone(), 0));
                }
                Expected::Text(text)
            }
            Outcome::Deleted(()) => Expected::Deleted,
            Outcome::Error(error) => {
                assert_eq!(error.reason(), pb::ErrorReason::RecordUnknown, "{}: {error:?}", result.id);
                Expected::Unknown
            }
        };
        assert!(reported.insert(result.id.clone(), outcome).is_none(), "{} was reported twice", result.id);
    }
    // A delete whose first answer was lost, and that finds nothing then, counts as done: nobody can tell who did it.
    let is_fine = |found: Option<&Expected>, expected: &Expected| match (found, expected) {
        (Some(Expected::Deleted), Expected::Unknown) => true,
        (found, expected) => found == Some(expected),
    };
    let doubtful = expected.iter().filter(|(id, outcome)| reported.get(*id) != Some(outcome)).count();
    assert!(doubtful < OPERATIONS / 100, "{doubtful} reports are in doubt");
    let wrong: Vec<_> =
        expected.iter().filter(|(id, outcome)| !is_fine(reported.get(*id), outcome)).take(5).collect();
    assert!(wrong.is_empty(), "not as expected: {wrong:?}");
    compare(&system, &state, &etags).await;
    system.stop().await;
}

/// Whether it creates a record whose sys_id the plan does not know.
fn chosen_on_the_way(id: &str) -> bool {
    id.ends_with('0') || id.ends_with('1')
}

/// The instance has exactly these records, with these texts, each changed exactly so often.
async fn compare(system: &System, state: &BTreeMap<String, (String, u32)>, before: &HashMap<String, u32>) {
    let after: BTreeMap<String, (String, u32)> = all(system)
        .await
        .into_iter()
        .map(|record| {
            let changes =
                record.etag.parse::<u32>().unwrap() - before.get(&record.sys_id).copied().unwrap_or(0);
            (record.sys_id, (record.fields["short_description"].value.clone(), changes))
        })
        .collect();
    let different: Vec<_> =
        after.iter().filter(|(sys_id, record)| state.get(*sys_id) != Some(record)).take(5).collect();
    assert!(different.is_empty(), "on the instance, but not so reported: {different:?}");
    assert_eq!(after.len(), state.len(), "records that were reported are not there");
}
