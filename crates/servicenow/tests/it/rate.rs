//! The rate budget: all calls of a client share it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request;
use futures::future::join_all;
use servicenow::{Class, Client, Error, List, RatePolicy, Record, RetryPolicy};

use crate::server::{Server, failure, json, with_header};

/// An instance that remembers how many requests were under way at most.
async fn counting() -> (String, Arc<AtomicUsize>) {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let router = Router::new().fallback(move |_: Request| {
        let (running, most) = (running.clone(), seen.clone());
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            running.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, Infallible>(json(200, r#"{"result":[]}"#))
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, most)
}

async fn read(client: &Client) -> Result<(), Error> {
    client.list::<Record>("incident", &List::default()).await.map(|_| ())
}

#[tokio::test]
async fn clones_share_the_turns_and_bulk_work_leaves_one() {
    for (max_concurrent, bulk_only, expected) in [(4, false, 4), (4, true, 3), (1, true, 1), (2, false, 2)] {
        let (url, most) = counting().await;
        let policy = RatePolicy { max_concurrent, ..RatePolicy::default() };
        let client = Client::builder(&url).rate(policy).build().unwrap();
        let class = if bulk_only { Class::Bulk } else { Class::Interactive };
        let clients: Vec<_> = (0..30).map(|_| client.with_class(class)).collect();
        assert!(join_all(clients.iter().map(read)).await.iter().all(Result::is_ok));
        assert_eq!(most.load(Ordering::SeqCst), expected, "{max_concurrent} {bulk_only}");
        let rate = client.rate();
        let told = if bulk_only { rate.bulk } else { rate.interactive };
        assert_eq!((told.started, told.running, told.waiting), (30, 0, 0));
        assert_eq!(rate.limit, max_concurrent as f64);
    }
}

#[tokio::test]
async fn refusals_lower_the_limit_and_a_long_pause_is_told_to_all() {
    let server = Server::start(|_, number| match number {
        0 => failure(429, "slower"),
        1 => json(200, r#"{"result":[]}"#),
        _ => with_header(failure(503, "down"), "retry-after", "3000"),
    })
    .await;
    let client = server.builder().build().unwrap();
    read(&client).await.unwrap();
    assert_eq!((client.rate().limit, client.rate().throttled), (2.0, 1));
    assert!(matches!(read(&client).await, Err(Error::Unavailable { .. })));
    assert_eq!(server.count(), 3);
    let error = read(&client.with_class(Class::Bulk)).await.unwrap_err();
    assert!(error.retry_after().is_some_and(|asked| asked.as_secs() > 2900), "{error:?}");
    assert!(client.rate().paused.is_some());
    assert_eq!(server.count(), 3, "nothing is sent meanwhile");
}

#[tokio::test]
async fn a_dropped_call_gives_its_turn_back() {
    let (url, _) = counting().await;
    let policy = RatePolicy { max_concurrent: 1, ..RatePolicy::default() };
    let client = Client::builder(&url).rate(policy).retry(RetryPolicy::never()).build().unwrap();
    for _ in 0..5 {
        let call = read(&client);
        tokio::select! {
            biased;
            _ = call => panic!("it cannot be done yet"),
            () = tokio::task::yield_now() => {}
        }
    }
    read(&client).await.unwrap();
    assert_eq!(client.rate().interactive.running, 0);
}
