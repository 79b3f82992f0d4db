//! Misbehavior on demand.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use servicenow_emulator::faults::{Fault, Mode, Place, Rule};

use crate::harness::{Harness, INCIDENT, Reply};

const LIST: &str = "/api/now/table/sys_user?sysparm_fields=user_name&sysparm_limit=5";

async fn with(rule: Rule) -> Harness {
    let instance = Harness::start().await;
    instance.running.faults().add(rule).unwrap();
    instance
}

#[tokio::test]
async fn replies_in_place_of_the_real_one() {
    for (fault, status, content_type, says) in [
        (
            Fault::RateLimited { retry_after: Some(3) },
            429,
            "application/json;charset=UTF-8",
            "Rate limit exceeded",
        ),
        (
            Fault::RateLimited { retry_after: None },
            429,
            "application/json;charset=UTF-8",
            "Rate limit exceeded",
        ),
        (Fault::Unauthorized, 401, "application/json;charset=UTF-8", "User Not Authenticated"),
        (Fault::ServerError { status: 500 }, 500, "application/json;charset=UTF-8", r#""status":"failure""#),
        (Fault::ServerError { status: 502 }, 502, "text/html; charset=utf-8", "502 Bad Gateway"),
        (Fault::Hibernating, 200, "text/html; charset=utf-8", "<title>Instance Hibernating page</title>"),
        (Fault::Maintenance, 503, "text/html; charset=utf-8", "maintenance"),
        (Fault::LoginPage, 200, "text/html; charset=utf-8", "<title>Log in | ServiceNow</title>"),
        (Fault::CommittedThenError, 500, "application/json;charset=UTF-8", r#""status":"failure""#),
        (
            Fault::Quota,
            200,
            "application/json;charset=UTF-8",
            r#"],"error":{"message":"Transaction cancelled"#,
        ),
    ] {
        let instance = with(Rule::new(fault.clone()).times(1)).await;
        let reply = instance.get(LIST).await;
        assert_eq!(reply.status, status, "{fault:?}");
        assert_eq!(reply.header("content-type"), Some(content_type), "{fault:?}");
        assert!(reply.text.contains(says), "{fault:?}: {}", reply.text);
        let limited = fault == Fault::RateLimited { retry_after: Some(3) };
        assert_eq!(reply.header("retry-after"), limited.then_some("3"), "{fault:?}");
        assert_eq!(reply.header("x-ratelimit-rule").is_some(), limited, "{fault:?}");
        assert_eq!(instance.get(LIST).await.result().as_array().unwrap().len(), 5, "{fault:?}");
    }
}

#[tokio::test]
async fn what_has_been_done_when_a_write_fails() {
    for (fault, done) in [
        (Fault::CommittedThenError, true),
        (Fault::ServerError { status: 500 }, false),
        (Fault::Accepted, false),
        (Fault::Reset { committed: true }, true),
        (Fault::Reset { committed: false }, false),
        (Fault::Truncated { keep: None }, true),
    ] {
        let rule = Rule { kind: Some("table.create".into()), ..Rule::new(fault.clone()) };
        let instance = with(rule).await;
        let id = "0123456789abcdef0123456789abcdef";
        let request = instance.request(Method::POST, "/api/now/table/incident");
        let sent = request.header("Content-Type", "application/json").body(format!(r#"{{"sys_id":"{id}"}}"#));
        let reply = sent.send().await;
        assert_eq!(reply.is_err(), matches!(fault, Fault::Reset { .. }), "{fault:?}");
        let status = instance.get(&format!("/api/now/table/incident/{id}")).await.status;
        assert_eq!(status, if done { 200 } else { 404 }, "{fault:?}");
    }
}

#[tokio::test]
async fn replies_that_arrive_damaged() {
    for gzip in [false, true] {
        let instance = with(Rule::new(Fault::Truncated { keep: None })).await;
        let encoding = if gzip { "gzip" } else { "identity" };
        let reply =
            instance.request(Method::GET, LIST).header("Accept-Encoding", encoding).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        let bytes = reply.bytes().await.unwrap();
        assert!(gzip || serde_json::from_slice::<Value>(&bytes).is_err());
    }
    let instance = with(Rule::new(Fault::Broken { after: 20 })).await;
    let reply = instance.request(Method::GET, LIST).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.bytes().await.is_err());

    let instance = with(Rule::new(Fault::Drip { bytes: 50, millis: 1 })).await;
    assert_eq!(instance.get(LIST).await.result().as_array().unwrap().len(), 5);

    let instance = with(Rule::new(Fault::Latency { millis: 30 })).await;
    let started = Instant::now();
    assert_eq!(instance.get(LIST).await.status, 200);
    assert!(started.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn within_a_batch() {
    let rule = Rule { applies_to: Place::Sub, skip: 1, ..Rule::new(Fault::CommittedThenError).times(1) };
    let instance = with(rule).await;
    let write = |text: &str| {
        use base64::Engine as _;
        let body = base64::prelude::BASE64_STANDARD.encode(format!(r#"{{"short_description":"{text}"}}"#));
        json!({"id": text, "method": "PATCH", "url": format!("/api/now/table/incident/{INCIDENT}"), "body": body})
    };
    let body = json!({"rest_requests": [write("a"), write("b"), write("c")]}).to_string();
    let reply = instance.send(Method::POST, "/api/now/v1/batch", &body).await.json();
    let served = reply["serviced_requests"].as_array().unwrap();
    let statuses: Vec<_> = served.iter().map(|served| served["status_code"].clone()).collect();
    assert_eq!(statuses, [200, 500, 200]);
    let path = format!("/api/now/table/incident/{INCIDENT}?sysparm_fields=sys_mod_count,short_description");
    assert_eq!(instance.get(&path).await.result()["short_description"], "c");
    let state = &instance.running.faults().read()[0];
    assert_eq!((state.seen, state.fired), (2, 1));
}

#[tokio::test]
async fn rules_over_http() {
    let instance = Harness::start().await;
    let send = async |method: Method, path: &str, body: &str| {
        Reply::of(instance.anonymous(method, &format!("/emulator/faults{path}")).body(body.to_owned())).await
    };
    let rule = r#"{"fault":{"type":"unauthorized"},"kind":"table","table":"sys_user","times":1}"#;
    let added = send(Method::POST, "", rule).await;
    assert_eq!((added.status, added.json()), (201, json!({"ids": [1]})));
    let added = send(Method::POST, "", &format!("[{rule},{rule}]")).await;
    assert_eq!(added.json(), json!({"ids": [2, 3]}));
    for bad in ["", "{}", "7", r#"[{"fault":{"type":"accepted"}},{"fault":{"type":"accepted"},"share":2}]"#] {
        assert_eq!(send(Method::POST, "", bad).await.error().0, 400, "{bad}");
    }
    assert_eq!(instance.get("/api/now/table/incident?sysparm_limit=1").await.status, 200);
    assert_eq!(instance.get(LIST).await.status, 401);
    let state = send(Method::GET, "", "").await.json();
    let fired: Vec<_> = state.as_array().unwrap().iter().map(|rule| rule["fired"].clone()).collect();
    assert_eq!(fired, [1, 0, 0]);
    assert_eq!(state[0]["rule"]["fault"], json!({"type": "unauthorized"}));
    for (path, status) in [("/2", 204), ("/2", 404), ("", 204)] {
        assert_eq!(send(Method::DELETE, path, "").await.status, status, "{path}");
    }
    assert_eq!(send(Method::GET, "", "").await.json(), json!([]));
    assert_eq!(instance.get(LIST).await.status, 200);
}

#[tokio::test]
async fn the_whole_instance_may_sleep_or_be_upgraded() {
    let instance = Harness::with(|builder| builder.mode(Mode::Hibernating)).await;
    let set = async |mode: &str| {
        let request =
            instance.anonymous(Method::PUT, "/emulator/mode").body(format!(r#"{{"mode":"{mode}"}}"#));
        Reply::of(request).await.status
    };
    for (mode, status, title) in
        [("hibernating", 200, "Instance Hibernating page"), ("maintenance", 503, "Scheduled maintenance")]
    {
        assert_eq!(set(mode).await, 200);
        for (method, path) in
            [(Method::GET, LIST), (Method::POST, "/oauth_token.do"), (Method::GET, "/nothing")]
        {
            let reply = Reply::of(instance.anonymous(method, path)).await;
            assert_eq!(reply.status, status, "{path}");
            assert!(reply.text.contains(title), "{path}: {}", reply.text);
        }
    }
    assert_eq!(set("asleep").await, 400);
    assert_eq!(instance.get("/emulator/mode").await.json(), json!({"mode": "maintenance"}));
    assert_eq!(set("awake").await, 200);
    assert_eq!(instance.get(LIST).await.result().as_array().unwrap().len(), 5);
}
