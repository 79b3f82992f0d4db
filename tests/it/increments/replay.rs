//! The real event log happens in the embedded instance, beside writes and deletes of others, while increments are taken.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use servicenow_emulator::replay::{Replay, Speed};
use servicenow_emulator::{Emulator, Running};
use sncgate_client::{Client, Export};

use super::lake::Lake;
use super::{FIELDS, increment, wanted};
use crate::event_log::event_log;
use crate::export::column;
use crate::harness::{Gateway, config};
use crate::program::{program, root};

/// Lines of the log that happen in a test: what a person would wait for.
const LINES: usize = 6_000;
/// So much is read again; the embedded instance shows a write at once, but stamps have whole seconds.
const OVERLAP: u64 = 2;
const DEADLINE: Duration = Duration::from_secs(1_800);

#[tokio::test]
async fn increments_of_a_log_that_happens_are_its_end() {
    let Some(log) = event_log() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (rounds, rows) = replayed(&beginning(&log, folder.path())).await;
    assert!(rounds >= 3, "only {rounds} increments while {rows} rows happened");
}

/// All of it: `cargo test --release -p sncgate --test it the_whole_log -- --ignored --nocapture`
#[tokio::test]
#[ignore = "takes minutes"]
async fn the_whole_log_ends_as_its_increments() {
    let log = event_log().expect("the log is there");
    let started = Instant::now();
    let (rounds, rows) = replayed(Path::new(&log)).await;
    use std::io::Write;
    let took = started.elapsed();
    let _ = writeln!(std::io::stderr(), "{rows} incidents, {rounds} increments, {took:.1?}");
}

async fn replayed(log: &Path) -> (usize, usize) {
    let data = tempfile::tempdir().unwrap();
    let map = root().join("tests/maps/uci498.toml");
    let replay = Replay { table: "incident".into(), file: log.into(), map, speed: Speed::Max };
    let builder = Emulator::builder().data_dir(data.path()).records(0).seed(1).replay(replay);
    let builder = builder.http(([127, 0, 0, 1], 0).into()).https(([127, 0, 0, 1], 0).into());
    let emulator = builder.start().await.unwrap();
    let mut gateway = Gateway::start(config(emulator.http())).await;
    let url = format!("http://{}", gateway.address);
    let client = Client::builder(url).token(&gateway.token).connect().await.unwrap();

    let all = Export { overlap: Some(OVERLAP), ..wanted("") };
    let open = Export { overlap: Some(OVERLAP), ..wanted("active=true^stateNOT IN6,7") };
    let everything = |export: &Export| Export { overlap: None, ..export.clone() };
    let mut lakes = [(all, Lake::default(), String::new()), (open, Lake::default(), String::new())];
    let (mut rounds, mut writes) = (0, Writes::default());
    loop {
        let done = is_over(&emulator);
        writes.some(&client).await;
        for (export, lake, cursor) in &mut lakes {
            let asked = if cursor.is_empty() { everything(export) } else { export.clone() };
            let next = increment(&client, &asked, cursor).await;
            lake.take(&next);
            *cursor = next.cursor;
        }
        // What was written while the last one ran is for one more.
        if done {
            break;
        }
        rounds += 1;
    }
    for (export, lake, cursor) in &mut lakes {
        lake.take(&increment(&client, export, cursor).await);
        lake.is_the_state_of(&client, &everything(export)).await;
    }
    assert!(lakes[1].1.len() < lakes[0].1.len() && writes.deleted > 0);
    let rows = lakes[0].1.len();
    gateway.stop().await;
    emulator.shutdown().await;
    (rounds, rows)
}

fn is_over(emulator: &Running) -> bool {
    let report = emulator.replay()().expect("a replay was asked for");
    assert!(report.failed == 0 && report.seconds < DEADLINE.as_secs_f64(), "{report:?}");
    !report.running
}

/// What somebody else does meanwhile.
#[derive(Default)]
struct Writes {
    mine: Vec<String>,
    deleted: usize,
}

impl Writes {
    async fn some(&mut self, client: &Client) {
        let made = client.create("incident", [("short_description", "made meanwhile")]).await.unwrap();
        client.update("incident", &made.sys_id, [("short_description", "and changed")]).await.unwrap();
        self.mine.push(made.sys_id);
        // One of the log's, too: it is made again where the log goes on about it.
        let first = Export { query: "numberSTARTSWITHINC".to_owned(), ..wanted("") };
        let victims = if self.mine.len().is_multiple_of(3) {
            vec![self.mine.remove(0)]
        } else {
            some_row(client, &first).await
        };
        for victim in victims {
            client.delete("incident", victim).await.unwrap();
            self.deleted += 1;
        }
    }
}

/// A row by its key, where there are rows.
async fn some_row(client: &Client, of: &Export) -> Vec<String> {
    let one = Export { fields: vec![FIELDS[0].to_owned()], ..of.clone() };
    let mut part = client.export(&one).await.unwrap().part(0).await.unwrap();
    let first = part.next_batch().await.unwrap();
    first.and_then(|batch| column(&[batch], FIELDS[0]).into_iter().flatten().next()).into_iter().collect()
}

/// The beginning of the log as a file of its own.
fn beginning(log: &str, folder: &Path) -> PathBuf {
    let file = folder.join("log.csv");
    let script = "import sys,zipfile,io,itertools\n\
        archive = zipfile.ZipFile(sys.argv[1])\n\
        name = next(name for name in archive.namelist() if name.endswith('.csv'))\n\
        with archive.open(name) as lines, open(sys.argv[2], 'wb') as out:\n\
        \x20   out.writelines(itertools.islice(lines, int(sys.argv[3])))\n";
    let lines = LINES.to_string();
    program("python3", &["-c", script, log, file.to_str().expect("the path is text"), &lines]).text();
    file
}
