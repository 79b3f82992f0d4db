//! `sncgate serve` as a process of its own, before an instance that is not there.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::program::run;

/// The administrator's password.
pub(crate) const PASSWORD: &str = "the walls have ears";

/// It; gone when this is dropped.
pub(crate) struct Serving {
    /// Where it listens.
    pub(crate) url: String,
    child: Child,
}

/// The environment of a gateway with its data there: for `serve`, and for commands that work on its store.
pub(crate) fn environment(data: &Path, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let always = [
        ("SNCGATE__SERVER__DATA_DIR", data.to_str().unwrap()),
        ("SNCGATE__ACCESS__ADMIN_PASSWORD", PASSWORD),
        ("SNCGATE__INSTANCES__X__URL", "http://127.0.0.1:9"),
        ("SNCGATE__INSTANCES__X__AUTH__TYPE", "basic"),
        ("SNCGATE__INSTANCES__X__AUTH__USERNAME", "nobody"),
        ("SNCGATE__INSTANCES__X__AUTH__PASSWORD", "hush"),
    ];
    always.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// `sncgate serve` on free ports, not started yet.
pub(crate) fn command(environment: &[(String, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sncgate"));
    command.args(["serve", "--print-json", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command
}

impl Serving {
    /// Starts it, and waits until it listens.
    pub(crate) fn start(environment: &[(String, String)]) -> Self {
        let mut child = command(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let addresses: serde_json::Value = serde_json::from_str(&line).expect("it says where it listens");
        Self { url: addresses["gateway"].as_str().expect("an address").to_owned(), child }
    }

    /// Sends it a signal, by the shell's own kill: a program of that name is not everywhere.
    pub(crate) fn signal(&self, signal: &str) {
        run(Command::new("sh").args(["-c", &format!("kill -s {signal} {}", self.child.id())])).text();
    }

    /// Ends it as one should.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        assert_eq!(self.child.wait().expect("it was started").code(), Some(0));
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Neither can fail but where the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
