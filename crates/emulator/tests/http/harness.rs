//! An instance with the out-of-box rows only, and the callers that ask it.

use std::sync::{Once, OnceLock};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use servicenow_emulator::{Builder, Emulator, OAuthClient, Running};

/// INC0000060, of the out-of-box rows: closed, opened by Joe Employee, resolved by David Loo.
pub(crate) const INCIDENT: &str = "1c741bd70b2322007518478d83673af3";
/// System Administrator.
pub(crate) const ADMIN: &str = "6816f79cc0a8016401c5a33be04be441";

/// The client that the OAuth tests use.
pub(crate) const CLIENT: (&str, &str) = ("app", "app-secret");

/// A running instance. It stops when dropped.
pub(crate) struct Harness {
    pub(crate) running: Running,
    client: reqwest::Client,
    // Last, so that it goes when the instance has.
    _folder: tempfile::TempDir,
}

/// An instance's file, made once: a copy of it is quicker than a new one.
pub(crate) fn template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        drop(Emulator::builder().records(1).data_dir(folder.path()).open().unwrap());
        std::fs::read(folder.path().join("instance.db")).unwrap()
    })
}

impl Harness {
    /// An instance at its defaults, without generated incidents.
    pub(crate) async fn start() -> Self {
        Harness::with(|builder| builder).await
    }

    /// An instance with other options.
    pub(crate) async fn with(options: impl FnOnce(Builder) -> Builder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("instance.db");
        std::fs::write(&file, template()).unwrap();
        let client = OAuthClient::new(CLIENT.0, CLIENT.1).acting_as("itil");
        let builder = Emulator::builder().database(file).oauth_client(client);
        let running = options(builder).start().await.unwrap();
        Harness { running, client: client_builder().build().unwrap(), _folder: folder }
    }

    /// A request to the HTTP listener by nobody.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.running.http_url()))
    }

    /// A request by `admin`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).basic_auth("admin", Some("admin"))
    }

    /// A GET by `admin`.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path)).await
    }

    /// A write of a JSON body by `admin`.
    pub(crate) async fn send(&self, method: Method, path: &str, body: &str) -> Reply {
        let request = self.request(method, path).header("Content-Type", "application/json");
        Reply::of(request.body(body.to_owned())).await
    }

    /// Makes an incident with that sys_id and description.
    pub(crate) async fn incident(&self, sys_id: &str, description: &str) {
        let body = format!(r#"{{"sys_id":"{sys_id}","short_description":"{description}"}}"#);
        let reply = self.send(Method::POST, "/api/now/table/incident?sysparm_fields=sys_id", &body).await;
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (201, format!(r#"{{"result":{{"sys_id":"{sys_id}"}}}}"#).as_str())
        );
    }
}

/// A client that knows no certificate, follows no redirect and unpacks nothing.
pub(crate) fn client_builder() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("nothing else installs one");
    });
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().no_gzip()
}

/// A reply that has been read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// Sends the request and reads the reply.
    pub(crate) async fn of(request: RequestBuilder) -> Reply {
        Reply::read(request.send().await.unwrap()).await
    }

    async fn read(response: Response) -> Reply {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply { status, headers, text: response.text().await.unwrap() }
    }

    /// The body, which must be JSON of the exact content type.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json;charset=UTF-8"), "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// What lies under `result`.
    pub(crate) fn result(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.json()["result"].take()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The message and detail of an error envelope.
    pub(crate) fn error(&self) -> (u16, String, Option<String>) {
        let json = self.json();
        assert_eq!(json["status"], "failure", "{json}");
        let text = |key: &str| json["error"][key].as_str().map(str::to_owned);
        assert!(json["error"].get("detail").is_some(), "{json}");
        (self.status, text("message").unwrap(), text("detail"))
    }
}
