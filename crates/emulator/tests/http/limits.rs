//! What is too long, too large or makes no sense.

use reqwest::Method;
use servicenow_emulator::settings::Settings;

use crate::harness::{Harness, Reply};

#[tokio::test]
async fn a_long_url_gets_the_containers_page() {
    let instance = Harness::start().await;
    let table = |length: usize| format!("/api/now/table/{}", "a".repeat(length));
    let reply = instance.get(&table(8_000)).await;
    assert_eq!(reply.status, 400);
    assert!(reply.error().1.starts_with("Invalid table aaa"));
    for length in [16_001, 23_000] {
        let reply = instance.get(&table(length)).await;
        assert_eq!(reply.status, 414, "{length}");
        assert!(reply.header("content-type").unwrap().starts_with("text/html"));
        let first = reply.text.lines().next().unwrap();
        assert!(first.starts_with('<') && first.contains("html>"), "{first}");
    }
}

#[tokio::test]
async fn a_large_body_is_refused_in_the_platforms_words() {
    let settings = Settings { max_body_bytes: 1_000, ..Settings::default() };
    let instance = Harness::with(|builder| builder.settings(settings)).await;
    let body = |length: usize| format!(r#"{{"short_description":"{}"}}"#, "x".repeat(length));
    let fitting = body(900);
    assert_eq!(instance.send(Method::POST, "/api/now/table/incident", &fitting).await.status, 201);
    for length in [1_001, 1_000_000] {
        let large = body(length);
        let reply = instance.send(Method::POST, "/api/now/table/incident", &large).await;
        let detail = format!(
            "Rejected large REST payload with content-length = {} bytes. Max allowed: 1000 bytes.",
            large.len()
        );
        assert_eq!(reply.error(), (400, "Exception while reading request".to_owned(), Some(detail)));
    }
}

#[tokio::test]
async fn a_large_body_of_unknown_length_is_refused_too() {
    let settings = Settings { max_body_bytes: 1_000, ..Settings::default() };
    let instance = Harness::with(|builder| builder.settings(settings)).await;
    let chunks = (0..20).map(|_| Ok::<_, std::io::Error>(vec![b' '; 100]));
    let body = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
    let reply = Reply::of(instance.request(Method::POST, "/api/now/table/incident").body(body)).await;
    let (status, _, detail) = reply.error();
    assert_eq!(status, 400);
    assert!(detail.unwrap().contains("content-length = -1 bytes"));
}

#[tokio::test]
async fn limits_and_offsets_that_make_no_sense_are_ignored() {
    let instance = Harness::start().await;
    for number in 1..=3 {
        instance.incident(&format!("0000000000000000000000000000000{number}"), "limits").await;
    }
    for (parameters, rows) in [
        ("sysparm_limit=2", 2),
        ("sysparm_limit=-1", 3),
        ("sysparm_limit=many", 3),
        ("sysparm_limit=", 3),
        ("sysparm_limit=99999999999999999999999", 3),
        ("sysparm_limit=0", 0),
        ("sysparm_offset=-5", 3),
        ("sysparm_offset=x", 3),
        ("sysparm_offset=2", 1),
        ("sysparm_offset=3", 0),
        ("sysparm_offset=18446744073709551615", 0),
    ] {
        let query = "sysparm_query=short_description=limits&sysparm_fields=sys_id";
        let reply = instance.get(&format!("/api/now/table/incident?{query}&{parameters}")).await;
        assert_eq!(reply.header("x-total-count"), Some("3"), "{parameters}");
        assert_eq!(reply.result().as_array().unwrap().len(), rows, "{parameters}");
    }
}
