//! Attachments, imports and journals on the command line, and what the Rust client does about broken transfers.

use std::path::Path;
use std::process::{Command, Stdio};

use futures::TryStreamExt;
use serde_json::Value;
use servicenow_emulator::faults::{Fault, Rule};
use sncgate_client::{Client, ErrorReason, pb};

use crate::attachments::{content, header, incident, sha256};
use crate::demo::{Addresses, Demo};
use crate::harness::{PATIENCE, System};
use crate::program::{Outcome, sncgate};

fn json(outcome: Outcome) -> Value {
    serde_json::from_str(&outcome.text()).expect("JSON")
}

fn client(system: &System) -> sncgate_client::Builder {
    Client::builder(format!("http://{}", system.gateway.address)).token(&system.gateway.token)
}

fn new_incident(server: &Addresses) -> String {
    let made = sncgate(server, &["create", "incident", "urgency=1", "--fields", "sys_id", "-o", "json"]);
    json(made)["sys_id"].as_str().unwrap().to_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn files_go_up_and_down() {
    let demo = Demo::with_records(0);
    let server = &demo.at;
    let record = new_incident(server);
    let folder = tempfile::tempdir().unwrap();
    let (file, content) = (folder.path().join("some report.txt"), content(1_500_000));
    std::fs::write(&file, &content).unwrap();

    let sent =
        json(sncgate(server, &["attachment", "upload", "incident", &record, path(&file), "-o", "json"]));
    assert_eq!(
        (&sent["file_name"], &sent["content_type"]),
        (&"some report.txt".into(), &"text/plain".into())
    );
    assert_eq!(sent["sha256"], sha256(&content));
    let piped = Command::new(env!("CARGO_BIN_EXE_sncgate"))
        .args(["attachment", "upload", "incident", &record, "-", "--name", "piped", "-o", "json"])
        .args(["--content-type", "application/x-piped", "--server", &server.gateway])
        .env("SNCGATE_TOKEN", &server.token)
        .stdin(std::fs::File::open(&file).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let piped: Value = serde_json::from_slice(&piped.stdout).unwrap();
    assert_eq!((&piped["content_type"], &piped["sha256"]), (&"application/x-piped".into(), &sent["sha256"]));

    let list = sncgate(server, &["attachment", "list", "incident", &record, "-o", "csv"]).text();
    assert_eq!(list.lines().count(), 3, "{list}");
    let all = sncgate(server, &["attachment", "list", "incident", "-o", "ndjson"]).text();
    assert!(all.lines().count() >= 2, "{all}");

    let sys_id = sent["sys_id"].as_str().unwrap();
    let saved = folder.path().join("saved");
    std::fs::create_dir(&saved).unwrap();
    let down = sncgate(server, &["attachment", "download", sys_id, path(&saved)]);
    assert!(down.stderr.contains("some report.txt"), "{}", down.stderr);
    assert_eq!(down.text(), "");
    assert!(std::fs::read(saved.join("some report.txt")).unwrap() == content);
    let print = ["attachment", "download", sys_id, "-", "--server", &server.gateway];
    let printed = Command::new(env!("CARGO_BIN_EXE_sncgate"))
        .args(print)
        .env("SNCGATE_TOKEN", &server.token)
        .output()
        .unwrap();
    assert!(printed.stdout == content);

    // What a command that was ended left is gone on with; what is not of this attachment is told and dropped.
    let named = saved.join("named");
    let part = saved.join("named.part");
    std::fs::write(&part, &content[..700_000]).unwrap();
    sncgate(server, &["attachment", "download", sys_id, path(&named), "--resume"]).text();
    assert!(std::fs::read(&named).unwrap() == content && !part.exists());
    std::fs::write(&part, vec![0; 700_000]).unwrap();
    let wrong = sncgate(server, &["attachment", "download", sys_id, path(&named), "--resume"]);
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("CONTENT_MISMATCH") && wrong.stderr.contains("next: "), "{}", wrong.stderr);
    assert!(!part.exists());
    std::fs::write(&part, vec![0; 2_000_000]).unwrap();
    sncgate(server, &["attachment", "download", sys_id, path(&named), "--resume"]).text();
    assert!(std::fs::read(&named).unwrap() == content);

    let asked = sncgate(server, &["attachment", "delete", sys_id]);
    assert_eq!(asked.code, Some(2), "nobody can be asked: {}", asked.stderr);
    sncgate(server, &["attachment", "delete", sys_id, "--yes"]).text();
    for gone in [vec!["attachment", "download", sys_id, "-"], vec!["attachment", "delete", sys_id, "--yes"]] {
        let gone = sncgate(server, &gone);
        assert_eq!(gone.code, Some(3), "{}", gone.stderr);
        assert!(
            gone.stderr.contains("ATTACHMENT_UNKNOWN")
                && gone.stderr.contains("next: sncgate attachment list")
        );
    }
    let unnamed = sncgate(server, &["attachment", "upload", "incident", &record, "-"]);
    assert_eq!(unnamed.code, Some(2), "{}", unnamed.stderr);
}

#[test]
fn rows_are_imported_and_told() {
    let demo = Demo::with_records(0);
    let server = &demo.at;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let import = |file: &Path, rest: &[&str]| {
        let words = ["import", "u_imp_incident", path(file)];
        sncgate(server, &[&words[..], rest].concat())
    };

    let good = write("good.csv", "u_number,u_short_description\nINC0900001,one\nINC0900002,\"two\nlines\"\n");
    let told = import(&good, &["-o", "csv", "--no-header"]);
    assert!(told.stderr.contains("2 rows: 2 inserted"), "{}", told.stderr);
    let text = told.text();
    assert!(text.starts_with("1,inserted,incident,") && text.contains(",INC0900001,"), "{text}");

    let mixed = write(
        "mixed.ndjson",
        "{\"u_number\": \"INC0900001\", \"u_urgency\": 1}\n\n{\"u_number\": \"INC0900002\", \"u_state\": 6}\n",
    );
    let told = import(&mixed, &["-o", "json"]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.stderr.contains("2 rows: 1 failed, 1 updated") && told.stderr.contains("1 of 2 rows failed")
    );
    let rows: Vec<Value> = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(rows.iter().map(|row| &row["outcome"]).collect::<Vec<_>>(), ["updated", "failed"]);
    assert!(rows[1]["message"].as_str().unwrap().contains("Resolution code"), "{rows:?}");

    // Nothing is imported of a file that is broken further down.
    let broken = write("broken.csv", "u_number\nINC0900003\nINC0900004,too many\n");
    let told = import(&broken, &[]);
    assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{}", told.stderr);
    assert_eq!(sncgate(server, &["count", "incident", "numberSTARTSWITHINC09"]).text(), "2\n");
    let unknown = sncgate(server, &["import", "no_such_table", path(&good)]);
    assert_eq!(unknown.code, Some(3), "{}", unknown.stderr);
}

#[test]
fn journals_are_written_and_read() {
    let demo = Demo::with_records(0);
    let server = &demo.at;
    let record = new_incident(server);
    let journal = |words: &[&str]| sncgate(server, &[&["journal"], words].concat());
    let added = json(journal(&["add", "incident", &record, "Called back", "-o", "json"]));
    assert_eq!((&added["kind"], &added["text"]), (&"comment".into(), &"Called back".into()));
    journal(&["add", "incident", &record, "Only for us", "--work-note"]).text();
    let listed = journal(&["list", "incident", &record, "-o", "ndjson"]).text();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    let one = journal(&["list", "incident", &record, "--limit", "1", "-o", "ndjson"]).text();
    assert_eq!(one.lines().count(), 1);
    let none = journal(&["add", "sys_user", &record, "x"]);
    assert_eq!(none.code, Some(2), "{}", none.stderr);
    assert!(none.stderr.contains("FIELD_UNKNOWN"), "{}", none.stderr);
}

/// Half the content comes, the instance dies and comes back: the client's caller does not notice.
#[tokio::test]
async fn the_client_resumes_a_download() {
    let mut system = System::with_records(0).await;
    let record = incident(&system).await;
    let client = client(&system).retries(40);
    let client = client.connect().await.unwrap();
    let content = content(5_000_000);
    let stored = client.upload_bytes(header(&record), content.clone()).await.unwrap();
    assert_eq!(stored.sha256, sha256(&content));

    let mut download = client.download(&stored.sys_id, 0).await.unwrap();
    assert_eq!(download.attachment(), &stored);
    let mut got = download.try_next().await.unwrap().unwrap().to_vec();
    let address = system.kill_emulator().await;
    let rest = async {
        while let Some(chunk) = download.try_next().await.unwrap() {
            got.extend_from_slice(&chunk);
        }
    };
    tokio::join!(rest, system.restart_emulator(address));
    assert!(got == content);

    let folder = tempfile::tempdir().unwrap();
    let saved = client.download_to_path(&stored.sys_id, folder.path()).await.unwrap();
    assert!(saved.ends_with("report.pdf") && std::fs::read(&saved).unwrap() == content);
    let unnamed = pb::UploadHeader { file_name: String::new(), ..header(&record) };
    let again = client.upload_path(unnamed, &saved).await.unwrap();
    assert_eq!((again.file_name.as_str(), again.sha256), ("report.pdf", sha256(&content)));
    let listed: Vec<_> = client.attachments("incident", &record).try_collect().await.unwrap();
    assert_eq!(listed.len(), 2);
    client.delete_attachment(&stored.sys_id).await.unwrap();
    let gone = client.attachment(&stored.sys_id).await.unwrap_err();
    assert_eq!(gone.reason(), ErrorReason::AttachmentUnknown);
    system.stop().await;
}

/// A source that fails half-way is no end of the content.
#[tokio::test]
async fn the_client_tells_the_gateway_of_a_source_that_failed() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    let client = client(&system).connect().await.unwrap();
    let chunks = [Ok(content(300_000)), Err(std::io::Error::other("the disk is gone"))];
    let upload = client.upload(header(&record), futures::stream::iter(chunks));
    let error = tokio::time::timeout(PATIENCE, upload).await.unwrap().unwrap_err();
    assert!(error.message().contains("the disk is gone"), "{error}");
    let whole = client.upload_bytes(header(&record), content(10)).await.unwrap();
    let listed: Vec<_> = client.attachments("incident", &record).try_collect().await.unwrap();
    assert_eq!(listed, [whole]);
    system.stop().await;
}

/// The answer to a comment is lost on its way; the client repeats it, and it is there once.
#[tokio::test]
async fn the_client_adds_an_entry_once() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    let client = client(&system).connect().await.unwrap();
    let kind = Some("table.update".to_owned());
    let lost = Rule { kind, ..Rule::new(Fault::CommittedThenError).times(1) };
    system.faults().add(lost).unwrap();
    let added = client.comment("incident", &record, "Only once").await.unwrap();
    let entries: Vec<_> = client.journal("incident", &record).try_collect().await.unwrap();
    assert_eq!(entries, [added]);

    let rows = (0..300).map(|index| [("u_number".to_owned(), format!("INC09{index:05}"))].into());
    let results: Vec<_> =
        client.import("u_imp_incident", futures::stream::iter(rows)).try_collect().await.unwrap();
    assert!(results.iter().enumerate().all(|(place, result)| result.index == place as i64));
    assert_eq!(results.len(), 300);
    let error = client.import("no_such_table", futures::stream::empty()).try_next().await.unwrap_err();
    assert_eq!(error.reason(), ErrorReason::TableUnknown);
    system.stop().await;
}

#[test]
fn nothing_is_left_of_an_upload_that_is_killed() {
    let demo = Demo::with_records(0);
    let server = &demo.at;
    let record = new_incident(server);
    let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
        .args(["attachment", "upload", "incident", &record, "-", "--name", "a", "--server", &server.gateway])
        .env("SNCGATE_TOKEN", &server.token)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, &vec![7; 3_000_000]).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);
    let listed = sncgate(server, &["attachment", "list", "incident", &record, "-o", "json"]).text();
    assert_eq!(listed, "[]\n");
}
