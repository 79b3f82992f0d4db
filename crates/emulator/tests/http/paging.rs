//! `X-Total-Count` and `Link` (section 2.4), and long lists.

use reqwest::Method;
use servicenow_emulator::settings::Settings;

use crate::harness::{Harness, Reply};

async fn with_incidents(settings: Settings, count: usize) -> Harness {
    let instance = Harness::with(|builder| builder.settings(settings)).await;
    for number in 0..count {
        instance.incident(&format!("{number:032x}"), "paging").await;
    }
    instance
}

const QUERY: &str =
    "sysparm_query=short_description%3Dpaging%5EORDERBYsys_id&sysparm_fields=sys_id&unknown=a+b%2f";

#[tokio::test]
async fn the_header_word_for_word() {
    let instance = with_incidents(Settings::default(), 3).await;
    let base = instance.running.http_url();
    let reply = instance
        .get(&format!("/api/now/v2/table/incident?sysparm_limit=1&{QUERY}&sysparm_offset=1&flag"))
        .await;
    let url = format!("{base}/api/now/v2/table/incident?{QUERY}&flag&sysparm_limit=1&sysparm_offset=");
    assert_eq!(
        reply.header("link").unwrap(),
        format!(r#"<{url}0>;rel="first",<{url}0>;rel="prev",<{url}2>;rel="next",<{url}2>;rel="last""#)
    );
    assert_eq!(reply.header("x-total-count"), Some("3"));
}

#[tokio::test]
async fn following_next_reaches_every_row_once() {
    let instance = with_incidents(Settings::default(), 7).await;
    for limit in [1, 2, 3, 7, 100] {
        let mut url = Some(format!(
            "{}/api/now/table/incident?{QUERY}&sysparm_limit={limit}",
            instance.running.http_url()
        ));
        let mut seen = Vec::new();
        while let Some(next) = url {
            let path = next.strip_prefix(&instance.running.http_url()).unwrap().to_owned();
            let reply = instance.get(&path).await;
            assert_eq!(reply.header("x-total-count"), Some("7"));
            url = target(reply.header("link").unwrap(), "next");
            let rows = reply.result();
            seen.extend(
                rows.as_array().unwrap().iter().map(|row| row["sys_id"].as_str().unwrap().to_owned()),
            );
        }
        let expected: Vec<_> = (0..7).map(|number| format!("{number:032x}")).collect();
        assert_eq!(seen, expected, "pages of {limit}");
    }
}

fn target(links: &str, relation: &str) -> Option<String> {
    let link = links.split(",<").find(|link| link.ends_with(&format!(r#"rel="{relation}""#)))?;
    Some(link.trim_start_matches('<').split_once('>').unwrap().0.to_owned())
}

#[tokio::test]
async fn switches_of_the_headers() {
    let counting = Settings { no_count_reports_returned: true, ..Settings::default() };
    let recorded =
        Settings { prev_link_on_first_page: true, link_on_single_page: false, ..Settings::default() };
    for (settings, parameters, total, relations) in [
        (Settings::default(), "sysparm_limit=2", Some("3"), Some("first next last")),
        (Settings::default(), "sysparm_limit=3", Some("3"), Some("first last")),
        (Settings::default(), "sysparm_limit=2&sysparm_suppress_pagination_header=true", Some("3"), None),
        (Settings::default(), "sysparm_limit=2&sysparm_no_count=true", None, None),
        (counting, "sysparm_limit=2&sysparm_no_count=true", Some("2"), Some("first next last")),
        (recorded.clone(), "sysparm_limit=2", Some("3"), Some("first prev next last")),
        (recorded, "sysparm_limit=3", Some("3"), None),
    ] {
        let instance = with_incidents(settings, 3).await;
        let reply = instance.get(&format!("/api/now/table/incident?{QUERY}&{parameters}")).await;
        assert_eq!(reply.header("x-total-count"), total, "{parameters}");
        let found = reply.header("link").map(|links| {
            let names = links.split(r#"rel=""#).skip(1).map(|rest| rest.split('"').next().unwrap());
            names.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(found.as_deref(), relations, "{parameters}");
    }
}

#[tokio::test]
async fn a_single_record_has_no_list_headers() {
    let instance = with_incidents(Settings::default(), 1).await;
    let reply = instance.get(&format!("/api/now/table/incident/{:032x}?sysparm_limit=1", 0)).await;
    assert_eq!((reply.header("link"), reply.header("x-total-count")), (None, None));
}

#[tokio::test]
async fn a_long_list_arrives_in_chunks_and_whole() {
    let instance = Harness::start().await;
    let reply = instance.get("/api/now/table/sys_dictionary?sysparm_limit=100000").await;
    assert!(reply.text.len() > 1_000_000, "{} bytes", reply.text.len());
    assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
    let total: usize = reply.header("x-total-count").unwrap().parse().unwrap();
    assert_eq!(reply.result().as_array().unwrap().len(), total);
}

#[tokio::test]
async fn callers_that_go_away_leave_room_for_others() {
    let instance = Harness::start().await;
    let path = "/api/now/table/sys_dictionary?sysparm_limit=100000";
    for _ in 0..40 {
        let response = instance.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200);
        // Dropped unread.
    }
    let reply = Reply::of(instance.request(Method::GET, path)).await;
    assert_eq!(reply.status, 200);
}
