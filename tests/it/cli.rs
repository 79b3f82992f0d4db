//! The command line as people and scripts use it: what is printed, in which format, and with which exit code.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::demo::Demo;
use crate::program::{Outcome, run, sncgate};

const NOBODY: &str = "00000000000000000000000000000000";

#[test]
fn formats_and_pages_do_not_change_what_is_found() {
    let demo = Demo::with_records(60);
    let server = &demo.at;
    let fields = ["--fields", "sys_id,number,short_description,caller_id.name,state"];
    let query = |rest: &[&str]| sncgate(server, &[&["query", "incident"], &fields[..], rest].concat()).text();

    let expected = lines(&query(&["-o", "ndjson"]));
    assert_eq!(expected.len(), 60);
    for size in ["1", "5", "16", "100"] {
        for order in [&[][..], &["--order", "sys_id"]] {
            let pages = [&["-o", "ndjson", "--page-size", size], order].concat();
            assert_eq!(lines(&query(&pages)), expected, "{pages:?}");
        }
    }

    let json: Vec<Value> = serde_json::from_str(&query(&["-o", "json"])).expect("an array");
    assert_eq!(json, expected);
    let yaml = query(&["-o", "yaml"]);
    assert_eq!(yaml.lines().filter(|line| line.starts_with("- sys_id: ")).count(), 60);
    let csv = query(&["-o", "csv"]);
    assert!(csv.starts_with("sys_id,number,short_description,caller_id.name,state\n"), "{csv}");
    let table = query(&[]);
    assert_eq!(table.lines().count(), 61);
    for record in &expected {
        let number = record["number"].as_str().expect("a number");
        assert!(csv.contains(number) && table.contains(number), "{number}");
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("an object in each line")).collect()
}

#[test]
fn rows_have_the_same_columns_and_limits_hold() {
    let demo = Demo::with_records(30);
    let server = &demo.at;

    let rows = lines(&sncgate(server, &["query", "incident", "-o", "ndjson", "--display", "both"]).text());
    let columns = |row: &Value| row.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
    assert!(columns(&rows[0]).len() > 40, "all columns of the table: {:?}", columns(&rows[0]));
    assert!(rows.iter().all(|row| columns(row) == columns(&rows[0])));

    let order = ["query", "incident", "--order", "-number", "--limit", "7", "--page-size", "3"];
    let text =
        sncgate(server, &[&order[..], &["--fields", "number", "-o", "csv", "--no-header"]].concat()).text();
    let numbers: Vec<&str> = text.lines().collect();
    assert_eq!(numbers.len(), 7);
    assert!(numbers.is_sorted_by(|a, b| a > b), "{numbers:?}");

    let open =
        sncgate(server, &["count", "incident", "active=true^NQpriority=1", "--where", "impact=1"]).text();
    let both = sncgate(server, &["count", "incident", "active=true^impact=1^NQpriority=1^impact=1"]).text();
    assert_eq!(open, both);
}

#[test]
fn records_are_written_and_conflicts_are_told() {
    let demo = Demo::with_records(0);
    let server = &demo.at;
    let say = |arguments: &[&str]| sncgate(server, arguments);

    let data = r#"{"short_description": "a, \"b\"\nc", "impact": 1, "urgency": 1}"#;
    let created =
        say(&["create", "incident", "--data", data, "-o", "json", "--fields", "sys_id,priority"]).text();
    let created: Value = serde_json::from_str(&created).expect("an object");
    assert_eq!(created["priority"], "1");
    let id = created["sys_id"].as_str().expect("an id");

    let csv = say(&["get", "incident", id, "--fields", "short_description", "-o", "csv"]).text();
    assert_eq!(csv, "short_description\n\"a, \"\"b\"\"\nc\"\n");

    say(&["update", "incident", id, "state=2", "--etag", "0"]).text();
    let stale = say(&["update", "incident", id, "state=1", "--etag", "0"]);
    assert_failed(&stale, 6, "ETAG_MISMATCH");
    let state =
        say(&["query", "incident", "--where", &format!("sys_id={id}"), "--fields", "state", "-o", "csv"]);
    assert_eq!(state.text(), "state\n2\n");

    let deleted = say(&["delete", "incident", id]);
    assert_eq!((deleted.code, deleted.stdout.as_str()), (Some(0), ""));
    assert_failed(&say(&["delete", "incident", id]), 3, "RECORD_UNKNOWN");
    say(&["delete", "incident", id, "--allow-missing"]).text();
    assert_eq!(say(&["count", "incident"]).text(), "0\n");
}

fn assert_failed(outcome: &Outcome, code: i32, told: &str) {
    assert_eq!(outcome.code, Some(code), "{told}: {}", outcome.stderr);
    assert_eq!(outcome.stdout, "", "{told}");
    assert!(outcome.stderr.contains(told), "{told} is missing: {}", outcome.stderr);
}

#[test]
fn failures_have_codes_reasons_and_advice() {
    let demo = Demo::with_records(0);
    let cases: [(&[&str], i32, &str); 8] = [
        (&["get", "incident", NOBODY], 3, "RECORD_UNKNOWN"),
        (&["query", "no_such_table"], 3, "sncgate tables TEXT"),
        (&["query", "incident", "no_such_field=1"], 2, "sncgate schema TABLE"),
        (&["info", "--instance", "nowhere"], 3, "INSTANCE_UNKNOWN"),
        (&["query", "incident", "--resume", "bm90IG91cnM"], 2, "RESUME_TOKEN_INVALID"),
        (&["aggregate", "incident"], 2, "--count"),
        (&["create", "incident", "--data", "[]"], 2, "JSON object"),
        (&["query", "incident", "--server", "http://127.0.0.1:1"], 5, "sncgate demo"),
    ];
    for (arguments, code, told) in cases {
        assert_failed(&sncgate(&demo.at, arguments), code, told);
    }
}

/// As `head` does: it reads a line, and goes away while there is more than a pipe holds.
#[test]
fn a_reader_that_goes_away_is_success() {
    let demo = Demo::with_records(300);
    for format in ["table", "json", "ndjson", "csv", "yaml"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
            .args(["query", "incident", "--page-size", "20", "--server", &demo.at.gateway, "-o", format])
            .env("SNCGATE_TOKEN", &demo.at.token)
            .args(["--fields", "number,short_description,description,close_notes,sys_id,opened_by,caller_id"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let mut output = BufReader::with_capacity(16, child.stdout.take().expect("piped"));
        output.read_line(&mut line).expect("a line");
        drop(output);
        let ended = child.wait_with_output().expect("it was started");
        assert_eq!(ended.status.code(), Some(0), "{format}");
        assert!(ended.stderr.is_empty(), "{format}: {}", String::from_utf8_lossy(&ended.stderr));
    }
}

#[test]
fn the_configuration_is_checked_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sncgate.toml");
    let config = |words: &[&str]| {
        run(Command::new(env!("CARGO_BIN_EXE_sncgate")).current_dir(folder.path()).arg("config").args(words))
    };
    assert_failed(&config(&["check"]), 1, "instances: there is no instance");
    assert_failed(&config(&["check", "--config", "elsewhere.toml"]), 1, "elsewhere.toml: cannot be read");

    std::fs::write(&file, "[server]\nlisten = \"0.0.0.0:1\"\n[instances.prod]\nurl = \"dev1\"\n")
        .expect("a file");
    let told = config(&["check"]);
    assert_failed(&told, 1, "server.listen: 0.0.0.0:1 is not a loopback address");
    assert_failed(&told, 1, "instances.prod.auth.type: missing");

    let auth = "auth = { type = \"basic\", username = \"u\", password = \"hush\" }\n";
    std::fs::write(&file, format!("[instances.prod]\nurl = \"dev1\"\n{auth}")).expect("a file");
    assert_eq!(config(&["check"]).text(), "");
    let shown = config(&["show"]).text();
    assert!(shown.contains("https://dev1.service-now.com/") && !shown.contains("hush"), "{shown}");

    let default = config(&["default"]).text();
    assert_eq!(default, std::fs::read_to_string("src/config/default.toml").expect("it is there"));
}

#[test]
fn completions_are_printed_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(Command::new(env!("CARGO_BIN_EXE_sncgate")).args(["completions", shell])).text();
        assert!(script.contains("aggregate"), "{shell}");
    }
}
