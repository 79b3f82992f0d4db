//! The gateway as a service: its addresses, what it refuses, and how it ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::backing::{BACKINGS, Backing};
use crate::demo::{Addresses, Demo};
use crate::program::{at_home, run, sncgate};

#[test]
fn it_serves_and_ends_well_when_it_is_told_to() {
    let demo = Demo::with_records(3);
    let data = tempfile::tempdir().expect("a folder for its data");
    for signal in ["TERM", "INT"] {
        let (mut child, gateway) = serve(&demo, data.path(), Backing::Sqlite);
        let gateway = gateway.as_str();
        let say = |arguments: &[&str], input: &str| at_home(data.path(), gateway, arguments, input);
        assert_eq!(say(&["count", "incident"], "").code, Some(4), "nobody is signed in");
        say(&["login", "admin", "--password-stdin"], "the walls have ears\n").text();
        assert_eq!(say(&["count", "incident"], "").text(), "3\n");

        // The shell's own kill: a program of that name is not everywhere.
        run(Command::new("sh").args(["-c", &format!("kill -s {signal} {}", child.id())])).text();
        assert_eq!(child.wait().expect("it was started").code(), Some(0), "{signal}");
    }
}

/// `sncgate serve` before that demo's instance, and where it listens.
fn serve(demo: &Demo, data: &Path, backing: Backing) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
        .args(["serve", "--print-json", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .envs(backing.variables(&data.join("gateway")))
        .env("SNCGATE__ACCESS__ADMIN_PASSWORD", "the walls have ears")
        .env("SNCGATE__INSTANCES__EMBEDDED__URL", &demo.at.emulator)
        .env("SNCGATE__INSTANCES__EMBEDDED__AUTH__TYPE", "basic")
        .env("SNCGATE__INSTANCES__EMBEDDED__AUTH__USERNAME", &demo.at.username)
        .env("SNCGATE__INSTANCES__EMBEDDED__AUTH__PASSWORD", &demo.at.password)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    output.read_line(&mut line).expect("a line");
    // Nobody reads what it prints from here on.
    drop(output);
    let addresses: Value = serde_json::from_str(&line).expect("JSON");
    (child, addresses["gateway"].as_str().expect("an address").to_owned())
}

/// As `kill -9` does: nothing is finished, nothing is written any more.
#[test]
fn who_may_do_what_survives_a_kill() {
    for backing in BACKINGS {
        survives_a_kill(backing);
    }
}

fn survives_a_kill(backing: Backing) {
    let demo = Demo::with_records(3);
    let data = tempfile::tempdir().expect("a folder for its data");
    let (mut child, gateway) = serve(&demo, data.path(), backing);
    let say = |arguments: &[&str], input: &str| at_home(data.path(), &gateway, arguments, input).text();
    say(&["login", "admin", "--password-stdin"], "the walls have ears\n");
    say(&["users", "create", "alice", "--roles", "viewer"], "");
    let key = say(&["keys", "create", "nightly", "--user", "alice"], "");
    say(&["create", "incident", "short_description=x"], "");
    child.kill().expect("it runs");
    child.wait().expect("it was started");

    let (mut child, again) = serve(&demo, data.path(), backing);
    assert_eq!(data.path().join("gateway/gateway.db").exists(), backing == Backing::Sqlite);
    // The session was kept by the old address.
    let file = data.path().join("sncgate/sessions.json");
    let kept = std::fs::read_to_string(&file).expect("it is kept").replace(&gateway, &again);
    std::fs::write(&file, kept).expect("it can be written");
    let say = |arguments: &[&str]| at_home(data.path(), &again, arguments, "").text();
    assert!(say(&["whoami", "-o", "json"]).contains("\"admin\""));
    assert!(say(&["users", "list", "-o", "csv"]).contains("\nalice,"));
    let log = say(&["audit", "list", "-o", "csv"]);
    for event in
        ["UserService/CreateUser,OK", "ApiKeyService/CreateApiKey,OK", "RecordService/CreateRecord,OK"]
    {
        assert!(log.contains(event), "{event} is not in\n{log}");
    }
    let verdict: Value = serde_json::from_str(&say(&["audit", "verify", "-o", "json"])).expect("JSON");
    assert_eq!(verdict["intact"], true, "{verdict}");
    let at = Addresses { gateway: again.clone(), token: key.trim().to_owned(), ..demo.at.clone() };
    assert_eq!(sncgate(&at, &["count", "incident"]).text(), "4\n");
    let denied = sncgate(&at, &["create", "incident", "short_description=x"]);
    assert_eq!(denied.code, Some(4));
    assert!(denied.stderr.contains("PERMISSION_RECORDS_WRITE"), "{}", denied.stderr);
    child.kill().expect("it runs");
    child.wait().expect("it was started");
}

#[test]
fn it_refuses_addresses_that_others_can_reach() {
    let serve = |arguments: &[&str]| {
        run(Command::new(env!("CARGO_BIN_EXE_sncgate"))
            .arg("serve")
            .args(arguments)
            .env("SNCGATE__INSTANCES__X__URL", "http://127.0.0.1:1")
            .env("SNCGATE__INSTANCES__X__AUTH__TYPE", "client_credentials")
            .env("SNCGATE__INSTANCES__X__AUTH__CLIENT_ID", "id")
            .env("SNCGATE__INSTANCES__X__AUTH__CLIENT_SECRET", "hush"))
    };
    for flag in ["--listen", "--admin-listen"] {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let refused = serve(&[flag, address]);
            assert_eq!(refused.code, Some(1), "{flag} {address}");
            assert!(refused.stderr.contains("is not a loopback address"), "{}", refused.stderr);
        }
    }
}

/// A mistake in a role is told with its place, before the gateway starts.
#[test]
fn roles_in_the_file_are_checked_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sncgate.toml");
    let text = r#"
        [roles.desk]
        permissions = ["records_read", "fly"]
        [[roles.desk.rules]]
        tables = ["incident"]
        rows = "active=true^nonsense"
        [instances.x]
        url = "http://127.0.0.1:1"
        auth.type = "client_credentials"
        auth.client_id = "id"
        auth.client_secret = "hush"
    "#;
    std::fs::write(&file, text).expect("it can be written");
    let check =
        || run(Command::new(env!("CARGO_BIN_EXE_sncgate")).args(["config", "check", "--config"]).arg(&file));
    let refused = check();
    assert_eq!(refused.code, Some(1));
    for told in ["roles.desk.permissions: \"fly\" is no permission", "roles.desk.rules[0].rows: "] {
        assert!(refused.stderr.contains(told), "{told} is not in\n{}", refused.stderr);
    }
    std::fs::write(&file, text.replace(", \"fly\"", "").replace("^nonsense", "")).expect("it can be written");
    check().text();
}
