//! The gateway as a service: its addresses, what it refuses, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::demo::Demo;
use crate::program::{at_home, run};

#[test]
fn it_serves_and_ends_well_when_it_is_told_to() {
    let demo = Demo::with_records(3);
    let data = tempfile::tempdir().expect("a folder for its data");
    for signal in ["TERM", "INT"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
            .args(["serve", "--print-json", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .env("SNCGATE__SERVER__DATA_DIR", data.path().join("gateway"))
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
        let gateway = addresses["gateway"].as_str().expect("an address");
        let say = |arguments: &[&str], input: &str| at_home(data.path(), gateway, arguments, input);
        assert_eq!(say(&["count", "incident"], "").code, Some(4), "nobody is signed in");
        say(&["login", "admin", "--password-stdin"], "the walls have ears\n").text();
        assert_eq!(say(&["count", "incident"], "").text(), "3\n");

        // The shell's own kill: a program of that name is not everywhere.
        run(Command::new("sh").args(["-c", &format!("kill -s {signal} {}", child.id())])).text();
        assert_eq!(child.wait().expect("it was started").code(), Some(0), "{signal}");
    }
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
