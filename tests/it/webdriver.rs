//! A headless Chromium, driven through chromedriver's HTTP interface: the few commands that a form needs.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// No wait for the browser is longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page; it ends with its last use.
pub(crate) struct Browser {
    driver: Child,
    http: reqwest::Client,
    session: String,
    // Last, so that it goes when the browser has.
    _profile: tempfile::TempDir,
}

/// A Debian program that `scripts/setup` installs. Its absence fails the test: a skipped check looks like a passed one.
fn installed(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{name} is not installed: run `make setup`"))
}

impl Browser {
    pub(crate) async fn start() -> Browser {
        let chromium = installed("chromium");
        let mut driver = Command::new(installed("chromedriver"))
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = port(&mut driver);
        let profile = tempfile::tempdir().unwrap();
        let data = format!("--user-data-dir={}", profile.path().display());
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &data,
        ];
        let options = json!({ "binary": chromium, "args": flags });
        let capabilities = json!({ "alwaysMatch": { "goog:chromeOptions": options } });
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let mut browser = Browser { driver, http, session: String::new(), _profile: profile };
        let url = format!("http://127.0.0.1:{port}/session");
        let made = browser.send(&url, Some(json!({ "capabilities": capabilities }))).await;
        let id = made["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {made}"));
        browser.session = format!("{url}/{id}");
        browser
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) async fn open(&self, url: &str) {
        self.command("url", Some(json!({ "url": url }))).await;
    }

    /// Types into an element.
    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.command(&format!("element/{element}/value"), Some(json!({ "text": text }))).await;
    }

    /// Clicks an element that leads to another page, and waits until this page is gone: the driver returns from the
    /// click of a form before the answer is there, and what is then read is the old page.
    pub(crate) async fn click(&self, selector: &str) {
        let page = self.element("html").await;
        let element = self.element(selector).await;
        self.command(&format!("element/{element}/click"), Some(json!({}))).await;
        let deadline = Instant::now() + PATIENCE;
        while self.command(&format!("element/{page}/name"), None).await.get("error").is_none() {
            assert!(Instant::now() < deadline, "{selector} leads nowhere");
        }
    }

    /// What an element shows.
    pub(crate) async fn text(&self, selector: &str) -> String {
        let element = self.element(selector).await;
        let text = self.command(&format!("element/{element}/text"), None).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits for an element; fails with the page where it does not come.
    async fn element(&self, selector: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let find = json!({ "using": "css selector", "value": selector });
            let found = self.command("element", Some(find)).await;
            if let Some(id) = found.as_object().and_then(|found| found.values().next()?.as_str())
                && found.get("error").is_none()
            {
                return id.to_owned();
            }
            if Instant::now() > deadline {
                panic!("no {selector} in {}", self.command("source", None).await);
            }
        }
    }

    async fn command(&self, name: &str, body: Option<Value>) -> Value {
        self.send(&format!("{}/{name}", self.session), body).await
    }

    async fn send(&self, url: &str, body: Option<Value>) -> Value {
        let request = match body {
            Some(body) => self.http.post(url).json(&body),
            None => self.http.get(url),
        };
        let mut reply: Value = request.send().await.unwrap().json().await.unwrap();
        reply["value"].take()
    }

    /// Ends the browser; the driver ends when this is dropped.
    pub(crate) async fn stop(self) {
        self.http.delete(&self.session).send().await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Fails only where it has ended by itself.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The free port that the driver has chosen, which it says on its output.
fn port(driver: &mut Child) -> u16 {
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let (send, receive) = mpsc::channel();
    // Reads on to the end, so that the driver never waits for a reader.
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some((_, port)) = line.split_once("successfully on port ") {
                let _ = send.send(port.trim_end_matches('.').parse().unwrap());
            }
        }
    });
    receive.recv_timeout(PATIENCE).expect("chromedriver says on which port it listens")
}
