//! Starts what a user would start, on free ports, as a process of its own: `sncgate demo`, `sncgate emulate`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

/// A binary without optimization loads the largest data set of these tests in less than half of it.
const START: Duration = Duration::from_secs(240);

/// What `sncgate demo --print-json` says when it is ready.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Addresses {
    pub(crate) gateway: String,
    pub(crate) token: String,
    pub(crate) emulator: String,
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
    process: Server,
}

impl Demo {
    /// Starts it with that many generated incidents.
    pub(crate) fn with_records(records: u32) -> Self {
        Self::start(&["--records", &records.to_string()])
    }

    /// Starts it with more flags than the ports and the data folder.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let mut arguments = vec!["demo", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        arguments.extend(["--emulator-listen", "127.0.0.1:0", "--emulator-tls-listen", "127.0.0.1:0"]);
        arguments.extend(flags);
        let (at, process) = Server::start(&arguments);
        Self { at, process }
    }

    /// The database of its instance, for what no request can put there.
    pub(crate) fn instance_file(&self) -> PathBuf {
        let folder = std::fs::read_dir(self.process.data.path().join("data")).expect("it keeps its data");
        let mut files = folder.map(|entry| entry.expect("a folder that stays").path());
        files.find(|path| path.extension().is_some_and(|kind| kind == "db")).expect("the demo has a database")
    }
}

/// What `sncgate emulate --print-json` says when it is ready.
#[derive(Debug, Deserialize)]
pub(crate) struct InstanceAddresses {
    pub(crate) emulator: String,
    pub(crate) emulator_tls: String,
    pub(crate) ca: String,
    pub(crate) username: String,
    pub(crate) password: String,
}

/// A running embedded instance, without a gateway. It and its data are gone when this is dropped.
pub(crate) struct EmbeddedInstance {
    pub(crate) at: InstanceAddresses,
    _process: Server,
}

impl EmbeddedInstance {
    /// Starts it with more flags than the ports and the data folder.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let listen = ["emulate", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"];
        let (at, process) = Server::start(&[&listen[..], flags].concat());
        Self { at, _process: process }
    }
}

/// A process of our binary that serves until this is dropped, and its data folder.
struct Server {
    child: Child,
    data: TempDir,
}

impl Server {
    /// Starts a command that says in one line of JSON where it listens; fails with what it said where it does not.
    fn start<A: DeserializeOwned>(arguments: &[&str]) -> (A, Self) {
        let data = tempfile::tempdir().expect("a folder for the data");
        let errors = data.path().join("stderr");
        let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
            .args(arguments)
            .args(["--print-json", "--seed", "7", "--data-dir"])
            .arg(data.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).expect("a file for what it says"))
            .spawn()
            .expect("the binary starts");
        let line = first_line(&mut child);
        let server = Self { child, data };
        match line {
            Ok(line) => {
                let at = serde_json::from_str(&line)
                    .unwrap_or_else(|error| panic!("not the expected line: {error}: {line}"));
                (at, server)
            }
            Err(why) => panic!("sncgate {arguments:?} did not start: {why}\n{}", said(&errors)),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Neither can fail but where the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
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

fn said(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| format!("(nothing to read: {error})"))
}
