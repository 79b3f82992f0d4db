//! A job that is killed anywhere and goes on ends with the same files as one that was left alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dataset::MANIFEST;
use servicenow::DisplayMode;
use servicenow::query::Query;
use servicenow_emulator::{Emulator, Running};
use tokio::sync::Notify;

use super::*;
use crate::error::SinkError;

const ROWS: u64 = 9_000;
const PATIENCE: Duration = Duration::from_secs(60);

struct Bench {
    instance: Running,
    guard: Guard,
    data: tempfile::TempDir,
}

impl Bench {
    async fn with_records(records: u64) -> Self {
        let data = tempfile::tempdir().unwrap();
        let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let builder = Emulator::builder()
            .data_dir(data.path())
            .database(data.path().join("instance.db"))
            .records(records)
            .seed(1);
        let instance = builder.http(loopback).https(loopback).start().await.unwrap();
        let guard = Guard::for_test_at(&format!("http://{}", instance.http()));
        Self { instance, guard, data }
    }
}

fn job(fields: &[&str], partition_by: &[&str]) -> Job {
    let spec = Spec {
        table: "incident".parse().unwrap(),
        query: Query::new(),
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
        display: DisplayMode::Value,
        types: columnar::Types::Typed,
    };
    let partition_by = partition_by.iter().map(|&column| column.to_owned()).collect();
    let settings = Settings { partition_by, part_rows: Some(10_000), ..Settings::default() };
    let (strict, replace, since, owner) = (false, false, String::new(), "u1".to_owned());
    Job { spec, settings, strict, replace, since, owner }
}

/// Keeps checkpoints as a store would: as text. It can be told when to die.
#[derive(Default)]
struct Keeper {
    kept: Mutex<Vec<String>>,
    /// Dies in place of keeping the checkpoint with this number.
    dies_at: Option<usize>,
    /// Calls for help once so many pages came.
    calls_after: Option<u64>,
    pages: AtomicU64,
    call: Notify,
}

impl Keeper {
    fn last(&self) -> Option<Checkpoint> {
        self.kept.lock().unwrap().last().map(|text| serde_json::from_str(text).unwrap())
    }
}

#[async_trait::async_trait]
impl Watcher for Keeper {
    async fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let dies = self.dies_at == Some(self.kept.lock().unwrap().len());
        if dies {
            return Err(Error::Draining);
        }
        self.kept.lock().unwrap().push(serde_json::to_string(checkpoint).unwrap());
        Ok(())
    }

    fn progress(&self, progress: Progress) {
        assert!(progress.ranges_done <= progress.ranges && progress.rows <= progress.expected);
        if Some(self.pages.fetch_add(1, Ordering::Relaxed)) == self.calls_after {
            self.call.notify_one();
        }
    }
}

/// Every file's bytes, but the manifest's report, which tells the time.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            let bytes = std::fs::read(&path).unwrap();
            let bytes = if name == MANIFEST { timeless(&bytes) } else { bytes };
            found.insert(name, bytes);
        }
    }
    found
}

fn timeless(manifest: &[u8]) -> Vec<u8> {
    let mut manifest = Manifest::read(manifest).unwrap();
    let report = &mut manifest.report;
    (report.seconds, report.rows_per_second, report.requests, report.bytes) = (0.0, 0.0, 0, 0);
    serde_json::to_vec(&manifest).unwrap()
}

#[tokio::test]
async fn a_job_that_is_killed_anywhere_ends_as_one_that_was_left_alone() {
    let bench = Bench::with_records(ROWS).await;
    let job = job(&["sys_id", "number", "state", "opened_at"], &["state"]);
    let stop = CancellationToken::new();
    let golden_folder = tempfile::tempdir().unwrap();
    let keeper = Keeper::default();
    let place = Place::folder(golden_folder.path());
    let first = in_three(Checkpoint::begin(&bench.guard, &job.spec, "").await.unwrap());
    let manifest = job.run(&bench.guard, &place, Some(first.clone()), &keeper, &stop).await.unwrap();
    assert_eq!((manifest.rows, manifest.report.rows_read, manifest.report.rows_hidden), (ROWS, ROWS, 0));
    assert!(manifest.cursor.is_some() && manifest.report.partitions == 3, "{:?}", manifest.report);
    let golden = files(golden_folder.path());
    assert_eq!(keeper.kept.lock().unwrap().len(), 3, "one for each range");

    // Killed at a checkpoint, and in the middle of pages.
    let kills = [
        (Some(0), None),
        (Some(1), None),
        (Some(2), None),
        (None, Some(0)),
        (None, Some(2)),
        (None, Some(4)),
    ];
    for (dies_at, calls_after) in kills {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::folder(folder.path());
        let keeper = Keeper { dies_at, calls_after, ..Keeper::default() };
        tokio::select! {
            ended = job.run(&bench.guard, &place, Some(first.clone()), &keeper, &stop) => {
                assert!(ended.is_err(), "it was to be killed: {dies_at:?}, {calls_after:?}");
            }
            () = keeper.call.notified() => {}
            () = tokio::time::sleep(PATIENCE) => panic!("it stood still"),
        }
        assert!(!folder.path().join(MANIFEST).exists(), "what is not whole looks whole");
        let last = keeper.last().unwrap_or_else(|| first.clone());
        let again = Keeper::default();
        job.run(&bench.guard, &place, Some(last.clone()), &again, &stop).await.unwrap();
        let ended = files(folder.path());
        assert!(ended == golden, "{dies_at:?}, {calls_after:?}: {:?}", ended.keys().collect::<Vec<_>>());
        // A run that came to its end, and whose end nobody noted, is not made again.
        let noted = again.last().unwrap_or(last);
        assert_eq!(
            job.run(&bench.guard, &place, Some(noted), &Keeper::default(), &stop).await.unwrap().rows,
            ROWS
        );
    }
    bench.instance.shutdown().await;
}

/// As a larger table would be cut: its keys are spread evenly.
fn in_three(checkpoint: Checkpoint) -> Checkpoint {
    let bounds = ["5".repeat(32), "a".repeat(32)];
    let range = |after: &str, through: &str| Range { after: after.to_owned(), through: through.to_owned() };
    let ranges = vec![range("", &bounds[0]), range(&bounds[0], &bounds[1]), range(&bounds[1], "")];
    Checkpoint { ranges, ..checkpoint }
}

#[tokio::test]
async fn a_strict_job_fails_with_the_value_and_its_discard_leaves_nothing() {
    let bench = Bench::with_records(3_000).await;
    spoil(&bench, "reassignment_count", "several");
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path());
    let strict = Job { strict: true, ..job(&["sys_id", "reassignment_count"], &[]) };
    let (keeper, stop) = (Keeper::default(), CancellationToken::new());
    let failed = strict.run(&bench.guard, &place, None, &keeper, &stop).await.unwrap_err();
    let Error::Sink(SinkError::Unparsed { column, sys_id, text }) = &failed else { panic!("{failed:?}") };
    assert!(column == "reassignment_count" && sys_id.len() == 32 && text == "several", "{failed}");
    strict.discard(&place, &keeper.last().unwrap()).await.unwrap();
    assert_eq!(files(folder.path()).len(), 0);

    let lenient = Job { strict: false, ..strict };
    let manifest = lenient.run(&bench.guard, &place, None, &Keeper::default(), &stop).await.unwrap();
    assert_eq!((manifest.rows, manifest.report.unparsed), (3_000, 3_000));
    assert_eq!(manifest.report.unparsed_samples.len(), 10);
    bench.instance.shutdown().await;
}

/// Writes past the instance's checks, as a broken plug-in does.
fn spoil(bench: &Bench, column: &str, text: &str) {
    let instance = rusqlite::Connection::open(bench.data.path().join("instance.db")).unwrap();
    instance.create_collation("NOCASE_UNICODE", |one: &str, other: &str| one.cmp(other)).unwrap();
    let storage: String = instance
        .query_row("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = ?1 WHERE m.name = 'task'", [column], |row| row.get(0))
        .unwrap();
    instance.execute(&format!("UPDATE \"{storage}\" SET \"{column}\" = ?1"), [text]).unwrap();
}

#[tokio::test]
async fn an_export_is_put_in_the_place_of_another_only_where_that_is_meant() {
    let bench = Bench::with_records(50).await;
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path()).called("disk/daily");
    let (stop, job) = (CancellationToken::new(), job(&["sys_id"], &[]));
    job.run(&bench.guard, &place, None, &Keeper::default(), &stop).await.unwrap();
    let refused = job.run(&bench.guard, &place, None, &Keeper::default(), &stop).await.unwrap_err();
    let told = refused.to_string();
    assert!(told.contains("disk/daily holds an export already"), "{told}");
    let again = Job { replace: true, ..job };
    again.run(&bench.guard, &place, None, &Keeper::default(), &stop).await.unwrap();
    assert_eq!(files(folder.path()).len(), 2);
    bench.instance.shutdown().await;
}
