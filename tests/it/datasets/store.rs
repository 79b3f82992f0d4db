//! A real S3 server: moto, which `scripts/setup` installs, on a port of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use regex::Regex;

use crate::program::tool;

/// Python starts slowly on a busy machine.
const START: Duration = Duration::from_secs(120);
/// The server asks for a key's name and checks no signature.
const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
/// Ends the server when its own input ends, however the test does.
const WATCH: &str = r#""$@" <&- &
server=$!
cat > /dev/null
kill -KILL "$server"
wait "$server""#;

/// The server, ended when it is dropped.
pub(super) struct Store {
    pub(super) url: String,
    http: reqwest::Client,
    watch: Child,
    input: Option<ChildStdin>,
}

impl Store {
    pub(super) fn start() -> Self {
        // The client panics where the process has no provider of cryptography. A second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut watch = Command::new("sh")
            .args(["-c", WATCH, "watch"])
            .arg(tool("s3/bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell");
        let said = BufReader::new(watch.stderr.take().expect("piped"));
        let (send, receive) = mpsc::channel();
        // It goes on reading: a full pipe would stop the server.
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("Running on ") {
                    let _ = send.send(url.trim().to_owned());
                }
            }
        });
        let url = receive.recv_timeout(START).expect("the S3 server says where it listens");
        let input = watch.stdin.take();
        Self { url, http: reqwest::Client::new(), watch, input }
    }

    pub(super) async fn make_bucket(&self, name: &str) {
        let made = self.http.put(format!("{}/{name}", self.url)).header("authorization", SIGNED).send();
        assert!(made.await.unwrap().status().is_success());
    }

    /// Every object of a bucket.
    pub(super) async fn keys(&self, bucket: &str) -> Vec<String> {
        self.listed(&format!("{bucket}?list-type=2"), "Key").await
    }

    /// The objects whose uploads were begun and neither completed nor ended.
    pub(super) async fn uploads(&self, bucket: &str) -> Vec<String> {
        self.listed(&format!("{bucket}?uploads"), "Key").await
    }

    /// Waits for an upload that is under way.
    pub(super) async fn upload_begins(&self, bucket: &str, patience: Duration) {
        let end = Instant::now() + patience;
        while self.uploads(bucket).await.is_empty() {
            assert!(Instant::now() < end, "no upload began in {patience:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(super) async fn get(&self, path: &str) -> Vec<u8> {
        let got = self.http.get(format!("{}/{path}", self.url)).header("authorization", SIGNED).send();
        let got = got.await.unwrap();
        assert!(got.status().is_success(), "{path}: {}", got.status());
        got.bytes().await.unwrap().to_vec()
    }

    async fn listed(&self, path: &str, element: &str) -> Vec<String> {
        let text = String::from_utf8(self.get(path).await).unwrap();
        let pattern = Regex::new(&format!("<{element}>([^<]+)</{element}>")).unwrap();
        pattern.captures_iter(&text).map(|found| found[1].to_owned()).collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.input.take());
        // It cannot fail but where the shell is gone already.
        let _ = self.watch.wait();
    }
}
