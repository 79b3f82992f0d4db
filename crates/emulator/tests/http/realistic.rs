//! An instance under load, on a clock that stands still until everybody waits: what is measured is the model's time.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, TimeDelta};
use futures::future::join_all;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use servicenow_emulator::clock::Clock;
use servicenow_emulator::realistic::{Price, Realistic};
use servicenow_emulator::{Builder, Emulator};
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::harness::{INCIDENT, template};

const ONE: &str = "/api/now/table/incident/1c741bd70b2322007518478d83673af3?sysparm_fields=number";

/// An instance without listeners, with prices that do not vary.
struct Loaded {
    router: Router,
    started: Instant,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
    /// From the start of the instance, in milliseconds.
    at: u128,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

impl Loaded {
    fn new(realistic: Realistic) -> Self {
        Loaded::with(realistic, |builder| builder)
    }

    fn with(realistic: Realistic, options: impl FnOnce(Builder) -> Builder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("instance.db");
        std::fs::write(&file, template()).unwrap();
        let builder = Emulator::builder().database(file).realistic(Realistic { jitter: 0.0, ..realistic });
        let emulator = options(builder).open().unwrap();
        Loaded { router: emulator.router("http://i"), started: Instant::now(), _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let (status, at) = (parts.status.as_u16(), self.started.elapsed().as_millis());
        Answer { status, headers: parts.headers, text, at }
    }

    async fn get(&self, path: &str) -> Answer {
        self.get_as("admin", path).await
    }

    async fn get_as(&self, user: &str, path: &str) -> Answer {
        self.send(by(user, "GET", path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(by("admin", "POST", path).body(Body::from(body.to_string())).unwrap()).await
    }

    async fn pressure(&self) -> Value {
        self.get("/emulator/counters").await.json()["pressure"].take()
    }
}

fn by(user: &str, method: &str, path: &str) -> http::request::Builder {
    let credentials = BASE64_STANDARD.encode(format!("{user}:{user}"));
    Request::builder()
        .method(method)
        .uri(path)
        .header("Authorization", format!("Basic {credentials}"))
        .header("Content-Type", "application/json")
}

/// Prices of which each shows in its own digit of the milliseconds.
fn prices() -> Price {
    let millis = Duration::from_millis;
    Price {
        request: millis(1_000_000),
        sub_request: millis(2_000_000),
        write: millis(3_000_000),
        aggregate: millis(4_000_000),
        row: millis(100),
        shown_row: millis(1_000),
        walked_field: millis(10_000),
        skipped_row: millis(1),
        count: millis(500_000),
        counted_row: Duration::ZERO,
        kibibyte: Duration::ZERO,
    }
}

#[tokio::test(start_paused = true)]
async fn what_requests_cost() {
    let quota = Duration::from_secs(1_000_000);
    let instance = Loaded::new(Realistic { price: prices(), quota, ..Realistic::default() });
    let users = "/api/now/table/sys_user?sysparm_fields=sys_id&sysparm_limit=2&sysparm_no_count=true";
    for (path, expected) in [
        (ONE.to_owned(), 1_000_000),
        (users.to_owned(), 1_000_200),
        (users.replace("&sysparm_no_count=true", ""), 1_500_200),
        (format!("{users}&sysparm_display_value=all"), 1_002_200),
        (users.replace("sys_id", "sys_id,manager.name,company.name"), 1_040_200),
        (format!("{users}&sysparm_offset=3"), 1_000_203),
        ("/api/now/stats/sys_user?sysparm_count=true".to_owned(), 5_000_000),
    ] {
        let before = instance.started.elapsed();
        let answer = instance.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!((instance.started.elapsed() - before).as_millis(), expected, "{path}");
    }
    let before = instance.started.elapsed();
    let part = |id: &str| json!({"id": id, "method": "GET", "url": users});
    let batch = json!({"rest_requests": [part("1"), part("2")]});
    let answer = instance.post("/api/now/v1/batch", &batch).await.json();
    // The second would begin after the quota of batches.
    assert_eq!(answer["serviced_requests"].as_array().unwrap().len(), 1);
    assert_eq!(answer["unserviced_requests"], json!(["2"]));
    assert_eq!((instance.started.elapsed() - before).as_millis(), 3_000_200);
}

#[tokio::test(start_paused = true)]
async fn four_run_fifty_wait_and_the_others_are_refused() {
    let instance = Loaded::new(Realistic::default());
    let answers = join_all((0..60).map(|_| instance.get(ONE))).await;
    let served: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert_eq!((served.len(), refused.len()), (54, 6));
    for answer in refused {
        assert_eq!(answer.json()["error"]["message"], "Rate limit exceeded");
        assert_eq!((answer.header("retry-after"), answer.header("x-ratelimit-limit")), (None, None));
    }
    // Fourteen rounds of four, one after the other.
    let last = served.iter().map(|answer| answer.at).max().unwrap();
    assert!((14 * 40..14 * 42).contains(&last), "{last}");
    let waits: Vec<_> = served.iter().filter_map(|answer| answer.header("server-timing")).collect();
    assert_eq!(waits.iter().filter(|wait| **wait == "sem_wait;dur=0, sesh_wait;dur=0").count(), 4);
    let pressure = instance.pressure().await;
    for (key, expected) in [("running", 0), ("waiting", 0), ("most_running", 4), ("most_waiting", 50)] {
        assert_eq!(pressure[key], expected, "{key}: {pressure}");
    }
    assert_eq!((&pressure["refused"], &pressure["accepted"]), (&json!(6), &json!(0)));
    instance.post("/emulator/counters/reset", &Value::Null).await;
    assert_eq!(instance.pressure().await["refused"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_cookie_session_does_one_thing_at_a_time() {
    let instance = Loaded::new(Realistic::default());
    let first = instance.get(ONE).await;
    let cookie = first.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let ask = || {
        let request = by("admin", "GET", ONE).header("Cookie", &cookie).body(Body::empty()).unwrap();
        instance.send(request)
    };
    let answers = join_all((0..13).map(|_| ask())).await;
    let (served, silent): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((served.len(), silent.len()), (11, 2));
    for answer in silent {
        assert_eq!((answer.status, answer.text.as_str()), (202, ""));
    }
    let mut ends: Vec<_> = served.iter().map(|answer| answer.at).collect();
    ends.sort_unstable();
    assert!(ends.windows(2).all(|pair| pair[1] - pair[0] >= 40), "{ends:?}");
    let longest = served.iter().max_by_key(|answer| answer.at).unwrap().header("server-timing").unwrap();
    assert!(longest.starts_with("sem_wait;dur=0, sesh_wait;dur=4"), "{longest}");
    assert_eq!(instance.pressure().await["accepted"], 2);
}

#[tokio::test(start_paused = true)]
async fn what_runs_too_long_breaks_off() {
    let row = Duration::from_secs(7);
    let price = Price { row, ..Price::default() };
    let instance = Loaded::new(Realistic { price: price.clone(), ..Realistic::default() });
    let users = "/api/now/table/sys_user?sysparm_fields=user_name&sysparm_no_count=true&sysparm_limit=";
    let answer = instance.get(&format!("{users}8")).await;
    assert_eq!(answer.json()["result"].as_array().unwrap().len(), 8, "eight rows of seven seconds fit");

    let before = instance.started.elapsed();
    let answer = instance.get(&format!("{users}20")).await;
    assert_eq!((instance.started.elapsed() - before).as_secs(), 60);
    let json = answer.json();
    let rows = json["result"].as_array().unwrap().len();
    assert!((5..=9).contains(&rows), "{rows} of twenty");
    assert_eq!(answer.status, 200);
    assert_eq!(json["status"], "failure");
    assert_eq!(json["error"]["message"], "Transaction cancelled: maximum execution time exceeded");

    // Where nothing of it can be shown it is a failure.
    let price = Price { row: Duration::from_secs(61), ..price };
    let instance = Loaded::new(Realistic { price, ..Realistic::default() });
    let answer = instance.get(&format!("{users}2")).await;
    assert_eq!((answer.status, &answer.json()["status"]), (500, &json!("failure")));
    let pressure = instance.pressure().await;
    assert_eq!((&pressure["over_quota"], &pressure["running"]), (&json!(1), &json!(0)));
}

/// A long list goes out in pieces, and breaks off between two rows of a later one.
#[tokio::test(start_paused = true)]
async fn a_long_list_breaks_off_in_the_middle() {
    let price = Price { row: Duration::from_millis(100), ..Price::default() };
    let instance = Loaded::new(Realistic { price, ..Realistic::default() });
    let answer = instance.get("/api/now/table/sys_dictionary?sysparm_no_count=true").await;
    let json = answer.json();
    assert_eq!((answer.status, &json["status"]), (200, &json!("failure")));
    assert!(json["result"].as_array().unwrap().len() > 100, "{}", json["result"].as_array().unwrap().len());
    assert!(answer.text.len() > 64 * 1024);
    assert_eq!(instance.pressure().await["over_quota"], 1);
}

#[tokio::test(start_paused = true)]
async fn rate_limit_rules() {
    let clock = Clock::manual(DateTime::from_timestamp(1_700_002_800, 0).unwrap());
    let instance = Loaded::with(Realistic::default(), |builder| builder.clock(clock.clone()));
    let rule = |limit: u32, more: Value| {
        let mut rule = json!({"name": "a rule", "request_limit_per_hour": limit.to_string()});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    let david = "/api/now/table/sys_user?sysparm_query=user_name=david.loo&sysparm_fields=sys_id";
    let david = instance.get(david).await.json()["result"][0]["sys_id"].clone();
    let mut ids = Vec::new();
    for rule in [
        rule(4, json!({"rest_resource_name": "Table API"})),
        rule(1, json!({"apply_to": "user", "user": david})),
        rule(1, json!({"active": "false"})),
    ] {
        let answer = instance.post("/api/now/table/sys_rate_limit_rules", &rule).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(answer.header("x-ratelimit-limit"), None, "no rule is known yet");
        ids.push(answer.json()["result"]["sys_id"].as_str().unwrap().to_owned());
    }
    clock.set(clock.now() + TimeDelta::seconds(30));
    let statuses = async |user: &str, requests: usize| {
        let mut statuses = Vec::new();
        for _ in 0..requests {
            statuses.push(instance.get_as(user, ONE).await.status);
        }
        statuses
    };
    assert_eq!(statuses("admin", 4).await, [200; 4]);
    let over = instance.get(ONE).await;
    assert_eq!(over.status, 429);
    let text = over.json();
    assert_eq!(text["error"]["detail"], "Rate limit of 4 requests per hour for Table API exceeded");
    for (name, expected) in [
        ("x-ratelimit-limit", "4"),
        ("x-ratelimit-rule", ids[0].as_str()),
        ("x-ratelimit-reset", "1700006400"),
        ("retry-after", "3570"),
    ] {
        assert_eq!(over.header(name), Some(expected), "{name}");
    }
    let other = instance.get("/api/now/stats/incident?sysparm_count=true").await;
    assert_eq!((other.status, other.header("x-ratelimit-limit")), (200, None), "another API has no rule");
    // His own rule goes before the one for all, although that allows more.
    let his = instance.get_as("david.loo", ONE).await;
    assert_eq!((his.status, his.header("x-ratelimit-rule")), (200, Some(ids[1].as_str())));
    assert_eq!(statuses("david.loo", 1).await, [429]);
    assert_eq!(statuses("itil", 4).await, [200; 4], "each user has a count of their own");
    clock.set(DateTime::from_timestamp(1_700_006_400, 0).unwrap());
    let again = instance.get(ONE).await;
    assert_eq!((again.status, again.header("x-ratelimit-reset")), (200, Some("1700010000")));
    assert_eq!(instance.pressure().await["limited"], 2);
}

/// A caller who goes away while it waits takes nobody's place.
#[tokio::test(start_paused = true)]
async fn who_goes_away_leaves_no_trace() {
    let instance = Loaded::new(Realistic { running: 1, queued: 1, ..Realistic::default() });
    let impatient = tokio::time::timeout(Duration::from_millis(10), instance.get(ONE));
    let (first, gone) = tokio::join!(instance.get(ONE), impatient);
    assert_eq!(first.status, 200);
    assert!(gone.is_err());
    assert_eq!(instance.get(ONE).await.status, 200);
    let pressure = instance.pressure().await;
    assert_eq!((&pressure["running"], &pressure["waiting"]), (&json!(0), &json!(0)));
}

#[tokio::test(start_paused = true)]
async fn without_the_model_nothing_waits() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("instance.db");
    std::fs::write(&file, template()).unwrap();
    let emulator = Emulator::builder().database(file).open().unwrap();
    let instance = Loaded { router: emulator.router("http://i"), started: Instant::now(), _folder: folder };
    let answers = join_all((0..80).map(|_| instance.get(ONE))).await;
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.at == 0));
    assert_eq!(instance.get("/emulator/counters").await.json().get("pressure"), None);
    assert!(ONE.contains(INCIDENT));
}
