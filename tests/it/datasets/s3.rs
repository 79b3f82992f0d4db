//! Exports to an S3 server: what arrives is what the manifest says; what breaks off is nothing.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dataset::Manifest;
use servicenow_emulator::faults::{Fault, Rule};
use sha2::{Digest, Sha256};

use super::store::Store;
use super::strict::spoil;
use crate::demo::{Addresses, Demo};
use crate::program::{Outcome, run};

/// With all their columns as text they are more than two of an upload's pieces, which have 8 MiB.
const ROWS: u32 = 16_000;
/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(110);

fn command(at: &Addresses, store: &Store, address: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sncgate"));
    command
        .env("SNCGATE_SERVER", &at.gateway)
        .env("SNCGATE_TOKEN", &at.token)
        .env("NO_COLOR", "1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "very-secret")
        .args(["export", "incident", "--s3-endpoint", &store.url, "-o", address])
        .args(more);
    command
}

fn export(at: &Addresses, store: &Store, address: &str, more: &[&str]) -> Outcome {
    run(&mut command(at, store, address, more))
}

/// Each part has the size and the digest that the manifest says, and there is nothing else.
async fn is_whole(store: &Store, bucket: &str, prefix: &str) -> Manifest {
    let manifest = store.get(&format!("{bucket}/{prefix}/manifest.json")).await;
    let manifest = Manifest::read(&manifest).unwrap();
    let mut expected = vec![format!("{prefix}/manifest.json")];
    for part in &manifest.parts {
        let bytes = store.get(&format!("{bucket}/{prefix}/{}", part.path)).await;
        assert_eq!(bytes.len() as u64, part.bytes, "{}", part.path);
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, part.sha256, "{}", part.path);
        expected.push(format!("{prefix}/{}", part.path));
    }
    expected.sort();
    assert_eq!(store.keys(bucket).await, expected);
    assert_eq!(store.uploads(bucket).await, [""; 0]);
    manifest
}

/// One error line, without the client's inner life.
fn is_one_line(told: &Outcome, wanted: &str) {
    assert_eq!((told.code, told.stderr.lines().count()), (Some(1), 1), "{}", told.stderr);
    assert!(told.stderr.contains(wanted), "{wanted}: {}", told.stderr);
    for raw in ["<?xml", "Generic", "Error performing", "very-secret"] {
        assert!(!told.stderr.contains(raw), "{raw}: {}", told.stderr);
    }
    let address = told.stderr.matches("s3://").count();
    assert_eq!(address, 1, "{}", told.stderr);
}

#[tokio::test]
async fn what_arrives_is_what_the_manifest_says() {
    let (store, demo) = (Store::start(), Demo::with_records(ROWS));
    store.make_bucket("lake").await;
    let large = ["--format", "ndjson", "--types", "string"];

    let told = export(&demo.at, &store, "s3://missing/incidents", &large);
    is_one_line(&told, "s3://missing/incidents/manifest.json: the bucket or object is not there");
    assert!(told.stderr.contains("NoSuchBucket"), "{}", told.stderr);

    export(&demo.at, &store, "s3://lake/incidents", &large).text();
    let first = is_whole(&store, "lake", "incidents").await;
    assert_eq!(first.rows, u64::from(ROWS));
    assert!(first.parts.iter().any(|part| part.bytes > 2 * (8 << 20)), "no part came in pieces: {first:?}");

    let told = export(&demo.at, &store, "s3://lake/incidents", &[]);
    is_one_line(&told, "holds an export already");
    assert_eq!(is_whole(&store, "lake", "incidents").await, first, "nothing was touched");

    let by = ["--replace", "--partition-by", "state", "--part-rows", "2000"];
    export(&demo.at, &store, "s3://lake/incidents", &by).text();
    let second = is_whole(&store, "lake", "incidents").await;
    assert!(second.rows == first.rows && second.run != first.run && second.parts.len() > 4, "{second:?}");
}

#[tokio::test]
async fn what_breaks_off_is_nothing() {
    let (store, demo) = (Store::start(), Demo::with_records(ROWS));
    store.make_bucket("lake").await;
    let large = ["--format", "ndjson"];

    // The last row fails after most was sent.
    spoil(&demo, "(select max(sys_id) from task where sys_class_name = 'incident')");
    let told = export(&demo.at, &store, "s3://lake/strict", &[&large[..], &["--strict"]].concat());
    assert!(told.code == Some(1) && told.stderr.contains("not of the column's type"), "{}", told.stderr);
    assert_eq!((store.keys("lake").await, store.uploads("lake").await), (vec![], vec![]));

    // Pages come slowly, so that there is a middle to be interrupted in.
    let slow = Rule { kind: Some("table.list".to_owned()), ..Rule::new(Fault::Latency { millis: 2_000 }) };
    let faults = format!("{}/emulator/faults", demo.at.emulator);
    let set = reqwest::Client::new().post(faults).json(&slow).send().await.unwrap();
    assert!(set.status().is_success(), "{}", set.text().await.unwrap());

    let running = begin(&demo.at, &store, "s3://lake/interrupted", &large);
    store.upload_begins("lake", PATIENCE).await;
    signal(&running, "INT");
    assert_ne!(ended(running), Some(0));
    assert_eq!((store.keys("lake").await, store.uploads("lake").await), (vec![], vec![]));

    let running = begin(&demo.at, &store, "s3://lake/killed", &large);
    store.upload_begins("lake", PATIENCE).await;
    signal(&running, "KILL");
    assert_eq!(ended(running), None);
    assert_eq!(store.keys("lake").await, [""; 0], "nothing looks whole");
    assert_eq!(store.uploads("lake").await.len(), 1, "the bucket's lifecycle rule ends it");
}

fn begin(at: &Addresses, store: &Store, address: &str, more: &[&str]) -> Child {
    let mut command = command(at, store, address, more);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "it has ended before");
}

/// Its code; none where it was killed.
fn ended(mut child: Child) -> Option<i32> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > end {
            let _ = child.kill();
            panic!("it did not end in {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
