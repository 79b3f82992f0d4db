//! A real redis-server for tests: on a free loopback port, with its files in a temporary folder.
//!
//! The server ends with the process that started it, however that ends: a shell waits on a pipe that only this process
//! holds open. It keeps what it is told in an append-only file, so that a server that was killed can be started again.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Somebody else may take the port between the look and the start.
const TRIES: usize = 20;

/// Waits for the end of its input, then ends the server whatever it is doing, and removes a folder.
const WATCH: &str = r#"remove=$1 program=$2; shift 2
"$program" "$@" <&- &
server=$!
echo "$server"
cat > /dev/null
kill -KILL "$server"
wait "$server"
rm -rf "$remove""#;

/// A server, ended when it is dropped.
pub struct Redis {
    address: SocketAddr,
    folder: Folder,
    /// More than what each is started with; with any, it speaks TLS.
    options: Vec<OsString>,
    running: Option<Running>,
}

enum Folder {
    /// Removed when the server is dropped.
    Own(tempfile::TempDir),
    /// What is static is never dropped: the shell removes it.
    Left(PathBuf),
}

struct Running {
    watch: Child,
    /// Its end is the server's.
    input: Option<ChildStdin>,
    pid: u32,
}

impl Redis {
    /// One that all tests of a process share; each takes a prefix of its own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(|| {
            Redis::with(Folder::Left(tempfile::tempdir().expect("a temporary folder").keep()), Vec::new())
        })
    }

    /// One for a test that ends it, or makes it stand still.
    pub fn start() -> Self {
        Redis::with(Folder::Own(tempfile::tempdir().expect("a temporary folder")), Vec::new())
    }

    /// One that speaks nothing but TLS, with this certificate and key in PEM, and that asks for a password.
    pub fn start_with_tls(certificate: &Path, key: &Path, password: &str) -> Self {
        let options: [(&str, &OsStr); 4] = [
            ("--tls-cert-file", certificate.as_os_str()),
            ("--tls-key-file", key.as_os_str()),
            ("--tls-auth-clients", "no".as_ref()),
            ("--requirepass", password.as_ref()),
        ];
        let options = options.into_iter().flat_map(|(name, value)| [name.into(), value.to_owned()]).collect();
        Redis::with(Folder::Own(tempfile::tempdir().expect("a temporary folder")), options)
    }

    fn with(folder: Folder, options: Vec<OsString>) -> Self {
        for _ in 0..TRIES {
            let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
            let address = free.expect("a free port");
            if let Some(running) = Running::start(address, &folder, &options) {
                return Redis { address, folder, options, running: Some(running) };
            }
        }
        panic!("redis-server did not start in {TRIES} tries");
    }

    /// As the gateway's `store.url` has it.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// A prefix that nobody else has.
    pub fn prefix() -> String {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts it again where it was, with what it had kept.
    pub fn start_again(&mut self) {
        self.running = None;
        for _ in 0..TRIES {
            self.running = Running::start(self.address, &self.folder, &self.options);
            if self.running.is_some() {
                return;
            }
        }
        panic!("redis-server did not start again");
    }

    /// It keeps its connections, and answers nothing.
    pub fn stand_still(&self) {
        self.signal("STOP");
    }

    /// It answers again.
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let pid = self.running.as_ref().expect("it runs").pid;
        let kill = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status();
        assert!(kill.expect("a shell").success(), "the server is gone");
    }
}

impl Running {
    /// None where the server ends at once: the port was taken.
    fn start(address: SocketAddr, folder: &Folder, options: &[OsString]) -> Option<Self> {
        let port = address.port().to_string();
        let ports =
            if options.is_empty() { vec!["--port", &port] } else { vec!["--port", "0", "--tls-port", &port] };
        let (folder, remove) = match folder {
            Folder::Own(folder) => (folder.path(), Path::new("")),
            Folder::Left(folder) => (folder.as_path(), folder.as_path()),
        };
        let mut watch = Command::new("sh")
            .args(["-c", WATCH, "watch"])
            .arg(remove)
            .arg(program())
            .args(["--bind", "127.0.0.1"])
            .args(ports)
            .args(options)
            .args(["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"])
            .args(["--maxmemory-policy", "noeviction", "--dir"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let input = watch.stdin.take();
        let mut lines = BufReader::new(watch.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let pid = lines.next().and_then(|line| line.parse().ok()).expect("the shell tells the server's pid");
        let mut running = Running { watch, input, pid };
        let ready = lines.any(|line| line.contains("Ready to accept connections"));
        if !ready {
            running.input = None;
            return None;
        }
        // What it says later is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Some(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.input = None;
        // It was started here, and ends now that its input has.
        let _ = self.watch.wait();
    }
}

/// What `scripts/setup` installed, or the system's own. Its absence fails the test: a skipped check looks like a passed
/// one.
fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let installed = root.join(".tools/bin/redis-server");
    let path = if installed.exists() { installed } else { PathBuf::from("redis-server") };
    let version = Command::new(&path).arg("--version").output();
    assert!(version.is_ok(), "redis-server is not installed: run `make setup`");
    path
}

/// The first line that a server says, for tests of this crate.
#[cfg(test)]
fn said(address: SocketAddr, command: &str) -> std::io::Result<String> {
    use std::io::{Read, Write};

    let mut stream = std::net::TcpStream::connect(address)?;
    stream.write_all(command.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream.take(1000)).read_line(&mut line)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_what_it_was_told_when_it_is_killed() {
        let mut server = Redis::start();
        assert_eq!(said(server.address, "SET a 1\r\n").unwrap(), "+OK\r\n");
        server.kill();
        assert!(said(server.address, "PING\r\n").is_err(), "it is gone");
        server.start_again();
        assert_eq!(said(server.address, "STRLEN a\r\n").unwrap(), ":1\r\n");
        server.stand_still();
        server.go_on();
        assert_eq!(said(server.address, "PING\r\n").unwrap(), "+PONG\r\n");
    }
}
