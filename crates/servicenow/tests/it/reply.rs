//! Replies that are not what was asked for.

use std::time::Duration;

use axum::body::Body;
use servicenow::{Client, Error, List, Record, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Server, answer, failure, json, with_header};

async fn list(client: &Client) -> Result<Vec<Record>, Error> {
    let query = servicenow::query::Query::parse("secret_field=secret_value");
    let list = List { query, ..List::default() };
    client.list("incident", &list).await.map(|page| page.rows)
}

#[tokio::test]
async fn half_a_success_is_an_error() {
    let cases: &[(u16, &str, &str, &str)] = &[
        (
            200,
            "application/json",
            r#"{"result":[{"sys_id":"1"}],"error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":"x"},"status":"failure"}"#,
            "TransactionTimeout",
        ),
        (200, "application/json", r#"{"result":[{"sys_id":"1"},{"sys"#, "Truncated"),
        (200, "application/json", "", "Truncated"),
        (200, "text/html", "<title>Instance Hibernating page</title>", "Hibernating"),
        (200, "text/html;charset=UTF-8", "<form>user name, password</form>", "NotJson"),
        (202, "application/json", r#"{"result":[]}"#, "Accepted"),
        (204, "application/json", "", "Truncated"),
        (400, "application/json", r#"{"error":{"message":"Invalid table x","detail":null}}"#, "InvalidTable"),
        (502, "text/html", "<html>", "Unavailable"),
    ];
    for &(status, content_type, body, expected) in cases {
        let server = Server::start(move |_, _| answer(status, content_type, body)).await;
        let client = server.builder().retry(RetryPolicy::never()).build().unwrap();
        let error = list(&client).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{status} {body}: {error:?}");
    }
}

#[tokio::test]
async fn redirects_are_refused() {
    let elsewhere = Server::start(|_, _| json(200, r#"{"result":[]}"#)).await;
    let target = format!("{}/api/now/table/incident", elsewhere.url);
    let server = Server::start(move |_, _| with_header(failure(302, "Found"), "location", &target)).await;
    let error = list(&server.client()).await.unwrap_err();
    assert_eq!(error, Error::Redirected { status: 302, host: "127.0.0.1".to_owned() });
    assert_eq!((server.count(), elsewhere.count()), (1, 0));
}

#[tokio::test]
async fn replies_are_bounded() {
    let whole = || format!(r#"{{"result":[{{"a":"{}"}}]}}"#, "x".repeat(100_000));
    let announced = Server::start(move |_, _| json(200, whole())).await;
    let chunks = move || {
        let parts: Vec<_> = whole().as_bytes().chunks(1000).map(<[u8]>::to_vec).collect();
        Body::from_stream(futures::stream::iter(parts.into_iter().map(Ok::<_, std::io::Error>)))
    };
    let chunked = Server::start(move |_, _| json(200, chunks())).await;
    for server in [announced, chunked] {
        let small = server.builder().max_reply_bytes(50_000).build().unwrap();
        assert_eq!(list(&small).await, Err(Error::TooLarge { limit: 50_000 }));
        let rows = list(&server.client()).await.unwrap();
        assert_eq!(rows[0].value("a").map(str::len), Some(100_000));
    }
}

/// A server that writes `reply` to each connection and closes it.
async fn raw(reply: &'static str) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let received = connection.read(&mut request).await.unwrap();
            assert!(received > 0);
            connection.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    Client::builder(&url).retry(RetryPolicy::never()).build().unwrap()
}

#[tokio::test]
async fn a_cut_connection_is_told_from_an_answer() {
    let cut =
        raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{\"result\":[")
            .await;
    assert_eq!(list(&cut).await, Err(Error::Truncated { bytes: 11 }));
    let closed = raw("").await;
    assert!(matches!(list(&closed).await, Err(Error::Disconnected(_))));
}

#[tokio::test]
async fn nobody_there_is_a_connect_error_without_the_query() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder(&url).retry(RetryPolicy::never()).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert!(matches!(error, Error::Connect(_)), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
}

#[tokio::test]
async fn silence_times_out() {
    let server = Server::start(|_, _| {
        json(200, Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>()))
    })
    .await;
    let never = RetryPolicy::never();
    let read = server.builder().retry(never.clone()).read_timeout(Duration::from_millis(50)).build().unwrap();
    let total = server.builder().retry(never).total_timeout(Duration::from_millis(50)).build().unwrap();
    assert_eq!(list(&read).await, Err(Error::Timeout));
    assert_eq!(list(&total).await, Err(Error::Timeout));
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named() {
    let builder = || Client::builder("dev1");
    for (builder, what) in [
        (Client::builder("https://u:hunter2@x"), "the instance's URL must not hold credentials"),
        (builder().ca_certificate("hunter2"), "the CA certificate cannot be read"),
        (builder().client_certificate("hunter2"), "the client certificate or its key cannot be read"),
        (builder().proxy("::hunter2"), "the proxy's URL cannot be read"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error, Error::InvalidInput(what.to_owned()));
    }
}
