//! The two listeners: base URLs, certificates, restarts.

use reqwest::{Certificate, Method};
use servicenow_emulator::{Emulator, Error, ServeError};

use crate::harness::{ADMIN, Harness, Reply, client_builder};

fn trusting(pem: &str) -> reqwest::Client {
    let certificate = Certificate::from_pem(pem.as_bytes()).unwrap();
    client_builder().tls_certs_only([certificate]).build().unwrap()
}

async fn manager_link(client: &reqwest::Client, base: &str) -> String {
    let url = format!("{base}/api/now/table/sys_user/{ADMIN}?sysparm_fields=department");
    let reply = Reply::of(client.get(url).basic_auth("admin", Some("admin"))).await;
    reply.result()["department"]["link"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn links_follow_the_listener() {
    let instance = Harness::start().await;
    let client = trusting(instance.running.ca_pem());
    for base in [instance.running.http_url(), instance.running.https_url()] {
        let link = manager_link(&client, &base).await;
        assert!(link.starts_with(&format!("{base}/api/now/table/cmn_department/")), "{link}");
    }
    // Another name of the same listener gives the same links, as on the platform.
    let other_name = instance.running.https_url().replace("127.0.0.1", "localhost");
    assert!(manager_link(&client, &other_name).await.starts_with(&instance.running.https_url()));
}

#[tokio::test]
async fn cookies_are_secure_where_the_listener_is() {
    let instance = Harness::start().await;
    let client = trusting(instance.running.ca_pem());
    for (base, secure) in [(instance.running.http_url(), false), (instance.running.https_url(), true)] {
        let url = format!("{base}/api/now/table/sys_user/{ADMIN}");
        let reply = Reply::of(client.get(url).basic_auth("admin", Some("admin"))).await;
        let cookies: Vec<_> =
            reply.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 5, "{cookies:?}");
        assert!(cookies.iter().all(|cookie| cookie.ends_with("; Secure") == secure), "{cookies:?}");
    }
}

#[tokio::test]
async fn a_client_without_the_certificate_refuses_the_instance() {
    let instance = Harness::start().await;
    let stranger = client_builder().build().unwrap();
    assert!(stranger.get(instance.running.https_url()).send().await.is_err());
}

#[tokio::test]
async fn a_restart_keeps_ports_certificate_and_records() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Emulator::builder().records(1).data_dir(folder.path());
    let first = open().start().await.unwrap();
    let (http, https) = (first.http(), first.https());
    let pem = std::fs::read_to_string(first.ca_path().unwrap()).unwrap();
    assert_eq!(pem, first.ca_pem());
    let client = trusting(&pem);
    let url = format!("{}/api/now/table/incident", first.https_url());
    let id = "0123456789abcdef0123456789abcdef";
    let create = client.post(&url).body(format!(r#"{{"sys_id":"{id}","short_description":"kept"}}"#));
    assert_eq!(Reply::of(create.basic_auth("admin", Some("admin"))).await.status, 201);
    // The connection is still open when the instance dies; it must not keep the port.
    first.kill().await;

    let second = open().http(http).https(https).start().await.unwrap();
    assert_eq!((second.http(), second.https()), (http, https));
    let read = client.get(format!("{url}/{id}?sysparm_fields=short_description"));
    let reply = Reply::of(read.basic_auth("admin", Some("admin"))).await;
    assert_eq!(reply.text, r#"{"result":{"short_description":"kept"}}"#);
}

#[tokio::test]
async fn addresses_that_cannot_be_served() {
    let exposed = Emulator::builder().records(1).http("0.0.0.0:0".parse().unwrap()).start().await;
    assert!(matches!(exposed, Err(Error::Serve(ServeError::NotLoopback(_)))));
    let instance = Harness::start().await;
    let taken = Emulator::builder().records(1).https(instance.running.http()).start().await;
    assert!(matches!(taken, Err(Error::Serve(ServeError::Bind { .. }))));
}

#[tokio::test]
async fn shutting_down_waits_for_the_request_in_flight() {
    let instance = Harness::start().await;
    let path = "/api/now/table/sys_dictionary?sysparm_limit=100000";
    let response = instance.request(Method::GET, path).send().await.unwrap();
    let address = instance.running.http();
    let (text, ()) = tokio::join!(response.text(), instance.running.shutdown());
    assert!(text.unwrap().ends_with("}]}"));
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn killing_breaks_the_request_in_flight() {
    let instance = Harness::start().await;
    let path = "/api/now/table/sys_dictionary?sysparm_limit=100000";
    let mut response = instance.request(Method::GET, path).send().await.unwrap();
    let first = response.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(br#"{"result":["#));
    instance.running.kill().await;
    let rest = async {
        while response.chunk().await?.is_some() {}
        Ok::<_, reqwest::Error>(())
    };
    assert!(rest.await.is_err());
}

#[tokio::test]
async fn an_instance_can_be_asked_without_a_listener() {
    let emulator =
        tokio::task::spawn_blocking(|| Emulator::builder().records(1).open().unwrap()).await.unwrap();
    let router = emulator.router("https://dev.example/");
    let request = http::Request::get(format!("/api/now/table/sys_user/{ADMIN}?sysparm_fields=department"))
        .header("Authorization", "Basic YWRtaW46YWRtaW4=")
        .body(axum::body::Body::empty())
        .unwrap();
    let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    assert!(
        body.starts_with(br#"{"result":{"department":{"link":"https://dev.example/api/now/table/"#),
        "{body:?}"
    );
    assert_eq!(emulator.counters().read().by_kind["table.get"], 1);
}
