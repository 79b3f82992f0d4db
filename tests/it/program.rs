//! Runs other programs with a deadline: those of `.tools/`, and our own binary.

use std::ffi::OsStr;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::demo::Addresses;

/// Ends a program that hangs; the slowest takes a quarter of it on a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// What a program said, and how it ended.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// What it printed; fails with all that it said if it did not end well.
    pub(crate) fn text(self) -> String {
        assert_eq!(self.code, Some(0), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self.stdout
    }
}

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A program that `scripts/setup` installs. Its absence fails the test: a skipped check looks like a passed one.
pub(crate) fn tool(name: &str) -> PathBuf {
    let path = root().join(".tools").join(name);
    assert!(path.exists(), "{} is not installed: run `make setup`", path.display());
    path
}

/// Our own binary with arguments, as the administrator of that demo's gateway.
pub(crate) fn sncgate(at: &Addresses, arguments: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sncgate"));
    command.env("SNCGATE_SERVER", &at.gateway).env("SNCGATE_TOKEN", &at.token).env("NO_COLOR", "1");
    run(command.args(arguments))
}

/// Our own binary against a gateway, as somebody whose sessions are kept in `home`; `input` is its stdin.
pub(crate) fn at_home(home: &Path, server: &str, arguments: &[&str], input: &str) -> Outcome {
    let mut stdin = tempfile::tempfile().expect("a file");
    stdin.write_all(input.as_bytes()).expect("it is written");
    stdin.rewind().expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sncgate"));
    command.env("XDG_CONFIG_HOME", home).env_remove("SNCGATE_TOKEN").env("SNCGATE_SERVER", server);
    run_with(command.env("NO_COLOR", "1").args(arguments), stdin.into())
}

/// A program of the standard library of Python or of `.tools/`, by path.
pub(crate) fn program(path: impl AsRef<OsStr>, arguments: &[&str]) -> Outcome {
    run(Command::new(path).args(arguments))
}

/// Runs it to its end; kills it and fails where that does not come in time.
pub(crate) fn run(command: &mut Command) -> Outcome {
    run_with(command, Stdio::null())
}

fn run_with(command: &mut Command, stdin: Stdio) -> Outcome {
    let start = Instant::now();
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let stdout = read_to_end(child.stdout.take().expect("piped"));
    let stderr = read_to_end(child.stderr.take().expect("piped"));
    let mut texts = [stdout, stderr].map(|text| text.recv_timeout(DEADLINE.saturating_sub(start.elapsed())));
    if texts.iter().any(Result::is_err) {
        // Fails only where it has just ended.
        let _ = child.kill();
        panic!("{command:?} did not end in {DEADLINE:?}: {texts:?}");
    }
    let code = child.wait().expect("it was started").code();
    let [stdout, stderr] = texts.each_mut().map(|text| std::mem::take(text.as_mut().expect("checked above")));
    Outcome { code, stdout, stderr }
}

fn read_to_end(mut from: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A read that fails ends the text; the exit code tells the rest.
        let _ = from.read_to_end(&mut bytes);
        let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receive
}
