use servicenow::{Error, Fields, List, Record, RetryPolicy, WriteOptions};

use crate::server::{Server, failure, json, with_header};

const SYS_ID: &str = "1c741bd70b2322007518478d83673af3";

/// Fails as long as told, then answers.
async fn failing(times: usize, status: u16, retry_after: Option<&'static str>) -> Server {
    Server::start(move |asked, number| {
        if number >= times {
            let result = if asked.method == "GET" { "[]" } else { "{}" };
            return json(200, format!(r#"{{"result":{result}}}"#));
        }
        let reply = failure(status, "no");
        match retry_after {
            Some(seconds) => with_header(reply, "retry-after", seconds),
            None => reply,
        }
    })
    .await
}

#[tokio::test]
async fn only_what_is_safe_is_sent_again() {
    for (status, retry_after, read, write) in [
        (429, Some("0"), 3, 3),
        (429, None, 3, 3),
        (503, Some("0"), 3, 3),
        (503, None, 3, 1),
        (502, None, 3, 1),
        (500, None, 3, 1),
        (400, None, 1, 1),
        (404, None, 1, 1),
        (429, Some("86400"), 1, 1),
    ] {
        let case = format!("{status} {retry_after:?}");
        let server = failing(2, status, retry_after).await;
        let result = server.client().list::<Record>("incident", &List::default()).await;
        assert_eq!((server.count(), result.is_ok()), (read, read == 3), "read after {case}");

        let server = failing(2, status, retry_after).await;
        let fields = Fields::new();
        let result = server.client().create::<Record>("incident", &fields, &WriteOptions::default()).await;
        assert_eq!((server.count(), result.is_ok()), (write, write == 3), "create after {case}");

        let server = failing(2, status, retry_after).await;
        let result = server.client().delete("incident", SYS_ID).await;
        assert_eq!((server.count(), result.is_ok()), (write, write == 3), "delete after {case}");
    }
}

#[tokio::test]
async fn attempts_end() {
    let server = failing(usize::MAX, 503, None).await;
    let error = server.client().list::<Record>("incident", &List::default()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_asked_for_again() {
    let server = Server::start(|_, number| match number {
        0 => json(200, r#"{"result":[{"sys_id":"1"},{"#),
        _ => json(200, r#"{"result":[{"sys_id":"1"},{"sys_id":"2"}]}"#),
    })
    .await;
    let page = server.client().list::<Record>("incident", &List::default()).await.unwrap();
    assert_eq!((page.rows.len(), server.count()), (2, 2));
}

#[tokio::test]
async fn the_budget_is_shared_by_all_requests() {
    let server = failing(usize::MAX, 500, None).await;
    let retry = RetryPolicy { budget: 4, base_delay: std::time::Duration::ZERO, ..RetryPolicy::default() };
    let client = server.builder().retry(retry).build().unwrap();
    let mut counts = Vec::new();
    for _ in 0..4 {
        client.list::<Record>("incident", &List::default()).await.unwrap_err();
        counts.push(server.count());
    }
    assert_eq!(counts, [4, 6, 7, 8], "3 retries, then 1, then none");
}
