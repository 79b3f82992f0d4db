//! A person signs in to the embedded instance with a real browser, and the Rust client goes on from there.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use servicenow::{AuthorizationRequest, Client, Error};
use servicenow_emulator::clock::Clock;
use servicenow_emulator::{Emulator, OAuthClient, Running};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::harness::PATIENCE;
use crate::webdriver::Browser;

const LIFE: u64 = 100;

async fn instance(clock: &Clock) -> Running {
    let native = OAuthClient::public("native").redirect_uri("http://127.0.0.1/callback");
    Emulator::builder()
        .records(5)
        .clock(clock.clone())
        .token_seconds(LIFE, 10 * LIFE)
        .oauth_client(native)
        .start()
        .await
        .unwrap()
}

/// Waits for the browser to come back, thanks it, and gives the path it came with.
async fn come_back(listener: &TcpListener) -> String {
    let (stream, _) = tokio::time::timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let page = "<!doctype html><title>Done</title><p id=done>You can close this page.</p>";
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    stream.write_all(reply.as_bytes()).await.unwrap();
    line.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_consents_in_a_browser_and_the_client_reads_on() {
    let clock = Clock::manual(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    let running = instance(&clock).await;
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let callback = format!("http://127.0.0.1:{}/callback", listener.local_addr().unwrap().port());
    let request =
        AuthorizationRequest::new(&running.http_url(), "native", None, &callback, Some("useraccount"))
            .unwrap();
    let browser = Browser::start().await;

    browser.open(request.url()).await;
    assert_eq!(browser.text("h1").await, "Sign in");
    browser.type_into("#user_name", "itil").await;
    browser.type_into("#user_password", "not-the-password").await;
    browser.click("#sign_in").await;
    assert_eq!(browser.text("[role=alert]").await, "User name or password invalid");
    browser.type_into("#user_name", "itil").await;
    browser.type_into("#user_password", "itil").await;
    browser.click("#sign_in").await;
    assert!(browser.text("main").await.contains("native asks to use this instance as itil"));
    let (came, ()) = tokio::join!(come_back(&listener), browser.click("#allow"));
    assert_eq!(browser.text("#done").await, "You can close this page.");
    browser.stop().await;

    let credentials = request.accept(&came).unwrap();
    let client = Client::builder(&running.http_url()).credentials(credentials).build().unwrap();
    let mut incident = client.glide_record("incident").unwrap();
    incident.set_limit(Some(1));
    assert!(incident.next().await.unwrap(), "the code is traded and a record is read");

    // The token dies at the instance; the client, which still trusts it, does not let its caller notice.
    for _ in 0..3 {
        clock.set(clock.now() + TimeDelta::seconds(LIFE as i64 + 1));
        let mut again = client.glide_record("incident").unwrap();
        again.set_limit(Some(1));
        assert!(again.next().await.unwrap());
    }
    let statuses = running.counters().read();
    assert_eq!(
        statuses.by_status.get(&401).copied().unwrap_or(0),
        1 + 3,
        "a wrong password, three dead tokens"
    );
    running.shutdown().await;
}

#[tokio::test]
async fn a_code_that_nobody_gave_names_the_grant_and_shows_nothing() {
    let running = instance(&Clock::system()).await;
    let request =
        AuthorizationRequest::new(&running.http_url(), "native", None, "http://127.0.0.1:1/callback", None)
            .unwrap();
    let (_, state) = request.url().split_once("&state=").unwrap();
    let state = state.split('&').next().unwrap().to_owned();
    let credentials = request.accept(&format!("?code=made-up-code&state={state}")).unwrap();
    let client = Client::builder(&running.http_url())
        .credentials(credentials)
        .connect_timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let mut incident = client.glide_record("incident").unwrap();
    let error = incident.next().await.unwrap_err();
    assert!(matches!(&error, Error::Auth { grant: "authorization code", status: 401, .. }), "{error:?}");
    let host = running.http().to_string();
    for told in [error.to_string(), format!("{error:?}")] {
        assert!(told.contains(&host) && told.contains("invalid_grant"), "{told}");
        assert!(!told.contains("made-up-code"), "{told}");
    }
    running.shutdown().await;
}
