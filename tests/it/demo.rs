//! Starts a whole system as a user would: `sncgate demo` on free ports, as a process of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

/// A binary without optimization loads the largest data set of these tests in less than half of it.
const START: Duration = Duration::from_secs(240);

/// What `sncgate demo --print-json` says when it is ready.
#[derive(Debug, Deserialize)]
pub(crate) struct Addresses {
    pub(crate) gateway: String,
    pub(crate) emulator: String,
    pub(crate) emulator_tls: String,
    pub(crate) ca: String,
    pub(crate) username: String,
    pub(crate) password: String,
}

/// A URL's host and port, as grpcurl wants them.
pub(crate) fn host(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, host)| host).trim_end_matches('/')
}

/// A running demo. It and its data are gone when this is dropped.
pub(crate) struct Demo {
    pub(crate) at: Addresses,
    child: Child,
    _data: TempDir,
}

impl Demo {
    /// Starts it with that many generated incidents.
    pub(crate) fn with_records(records: u32) -> Self {
        Self::start(&["--records", &records.to_string()])
    }

    /// Starts it with more flags than the ports and the data folder.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a folder for the data");
        let errors = data.path().join("stderr");
        let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
            .args(["demo", "--print-json", "--seed", "7", "--data-dir"])
            .arg(data.path().join("data"))
            .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .args(["--emulator-listen", "127.0.0.1:0", "--emulator-tls-listen", "127.0.0.1:0"])
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).expect("a file for what it says"))
            .spawn()
            .expect("the binary starts");
        match first_line(&mut child) {
            Ok(line) => {
                let at = serde_json::from_str(&line)
                    .unwrap_or_else(|error| panic!("not the expected line: {error}: {line}"));
                Self { at, child, _data: data }
            }
            Err(why) => {
                stop(&mut child);
                panic!("sncgate demo did not start: {why}\n{}", said(&errors));
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// The first line of its output, or why there is none. The rest is read and dropped, so that it never blocks.
fn first_line(child: &mut Child) -> Result<String, &'static str> {
    let output = BufReader::new(child.stdout.take().expect("its output is piped"));
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            // The receiver goes after the first line.
            let _ = send.send(line);
        }
    });
    receive.recv_timeout(START).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => "no line in time",
        mpsc::RecvTimeoutError::Disconnected => "it ended without a line",
    })
}

fn stop(child: &mut Child) {
    // Neither can fail but where the process is gone already.
    let _ = child.kill();
    let _ = child.wait();
}

fn said(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| format!("(nothing to read: {error})"))
}
