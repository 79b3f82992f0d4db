//! The Batch API (section 6).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use reqwest::Method;
use serde_json::{Value, json};
use servicenow_emulator::settings::Settings;

use crate::harness::{ADMIN, Harness, INCIDENT, Reply};

async fn batch(instance: &Harness, requests: Value) -> Value {
    let body = json!({"batch_request_id": 7, "rest_requests": requests}).to_string();
    let reply = instance.send(Method::POST, "/api/now/v1/batch", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

/// The sub-replies as (id, status, body).
fn served(reply: &Value) -> Vec<(String, u64, String)> {
    let requests = reply["serviced_requests"].as_array().unwrap().iter();
    let one = |served: &Value| {
        let body = BASE64.decode(served["body"].as_str().unwrap()).unwrap();
        (
            served["id"].as_str().unwrap().to_owned(),
            served["status_code"].as_u64().unwrap(),
            String::from_utf8(body).unwrap(),
        )
    };
    requests.map(one).collect()
}

fn header<'a>(served: &'a Value, name: &str) -> Option<&'a str> {
    let header = served["headers"].as_array().unwrap().iter().find(|header| header["name"] == name)?;
    header["value"].as_str()
}

#[tokio::test]
async fn requests_are_run_in_their_order() {
    let instance = Harness::start().await;
    let id = "0123456789abcdef0123456789abcdef";
    let body = |text: &str| BASE64.encode(text);
    let one = format!("/api/now/table/incident/{id}?sysparm_fields=short_description");
    let json_type = json!([{"name": "Content-Type", "value": "application/json"}]);
    let requests = json!([
        {"id": 140_234_567, "method": "POST", "url": "/api/now/v1/table/incident?sysparm_fields=sys_id",
         "headers": json_type, "body": body(&format!(r#"{{"sys_id":"{id}","short_description":"born"}}"#))},
        {"id": "b", "method": "GET", "url": one, "headers": []},
        {"id": "c", "method": "patch", "url": one, "headers": json_type,
         "body": body(r#"{"short_description":"patched"}"#)},
        {"id": "d", "method": "GET", "url": one,
         "headers": [{"name": "Accept", "value": "application/xml"}], "exclude_response_headers": true},
        {"id": "e", "method": "DELETE", "url": one, "headers": [{"name": "Content-Length", "value": "0"}]},
        {"id": "f", "method": "GET", "url": one},
    ]);
    let reply = batch(&instance, requests).await;
    assert_eq!(reply["batch_request_id"], "7");
    assert_eq!(reply["unserviced_requests"], json!([]));
    let got = served(&reply);
    let expected = [
        ("140234567", 201, format!(r#"{{"result":{{"sys_id":"{id}"}}}}"#)),
        ("b", 200, r#"{"result":{"short_description":"born"}}"#.to_owned()),
        ("c", 200, r#"{"result":{"short_description":"patched"}}"#.to_owned()),
        (
            "d",
            200,
            r#"<?xml version="1.0" encoding="UTF-8"?><response><result><short_description>patched</short_description></result></response>"#.to_owned(),
        ),
        ("e", 204, String::new()),
    ];
    for (got, (id, status, body)) in got.iter().zip(expected) {
        assert_eq!((got.0.as_str(), got.1, got.2.as_str()), (id, status, body.as_str()));
    }
    assert_eq!(got[5].1, 404);
    assert!(got[5].2.contains(r#""message":"No Record found""#));

    let created = &reply["serviced_requests"][0];
    let location = format!("{}/api/now/v1/table/incident/{id}", instance.running.http_url());
    assert_eq!(header(created, "Location"), Some(location.as_str()));
    assert_eq!(created["status_text"], "Created");
    assert!(created["execution_time"].is_u64());
    assert_eq!(reply["serviced_requests"][3]["headers"], json!([]));
}

#[tokio::test]
async fn lists_keep_their_headers_and_their_length() {
    let instance = Harness::start().await;
    let ids = format!("sys_idIN{}{ADMIN}", "x,".repeat(20_000));
    let url = format!("/api/now/table/sys_user?sysparm_query={ids}&sysparm_fields=user_name");
    let reply = batch(&instance, json!([{"id": "1", "method": "GET", "url": url, "headers": []}])).await;
    assert_eq!(served(&reply)[0].2, r#"{"result":[{"user_name":"admin"}]}"#);
    let list = &reply["serviced_requests"][0];
    assert_eq!(header(list, "X-Total-Count"), Some("1"));
    assert_eq!(header(list, "Content-Type"), Some("application/json;charset=UTF-8"));
    assert_eq!(header(list, "Content-Length"), Some("34"));
    assert_eq!(header(list, "Set-Cookie"), None);
    let short = "/api/now/table/sys_user?sysparm_limit=1";
    let reply = batch(&instance, json!([{"id": "1", "method": "GET", "url": short}])).await;
    assert!(header(&reply["serviced_requests"][0], "Link").unwrap().contains(r#"rel="next""#));
}

#[tokio::test]
async fn query_strings_are_taken_literally() {
    let instance = Harness::start().await;
    let base = format!("/api/now/table/incident/{INCIDENT}");
    let literal =
        "b'sysparm_display_value=all&sysparm_fields=sys_id&sysparm_suppress_pagination_header=true'";
    let url = format!("{base}?{literal}");
    let reply = batch(&instance, json!([{"id": "1", "method": "GET", "url": url}])).await;
    assert_eq!(served(&reply)[0].2, format!(r#"{{"result":{{"sys_id":"{INCIDENT}"}}}}"#));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_alone() {
    let instance = Harness::start().await;
    let url = "/api/now/table/incident?sysparm_limit=1";
    let whole = format!("{}{url}", instance.running.http_url());
    let other = json!([{"name": "Authorization", "value": "Basic bm9ib2R5Om5vYm9keQ=="}]);
    let requests = json!([
        {"id": "absolute", "method": "GET", "url": whole},
        {"id": "method", "method": "", "url": url},
        {"id": "odd method", "method": "TRACE", "url": url},
        {"id": "body", "method": "POST", "url": "/api/now/table/incident", "body": "%%%"},
        {"id": "batch", "method": "POST", "url": "/api/now/v1/batch", "body": "e30="},
        {"id": "token", "method": "POST", "url": "/oauth_token.do"},
        {"id": "table", "method": "GET", "url": "/api/now/table/no_such_table"},
        {"id": "someone else", "method": "GET", "url": url, "headers": other},
    ]);
    let reply = batch(&instance, requests).await;
    let statuses: Vec<_> = served(&reply).into_iter().map(|(id, status, _)| (id, status)).collect();
    let expected = [
        ("absolute", 400),
        ("method", 400),
        ("odd method", 405),
        ("body", 400),
        ("batch", 400),
        ("token", 404),
        ("table", 400),
        ("someone else", 200),
    ];
    assert_eq!(statuses, expected.map(|(id, status)| (id.to_owned(), status)));
}

#[tokio::test]
async fn the_caller_is_the_batchs() {
    let instance = Harness::start().await;
    let ask = async |user: Option<&str>| {
        let mut request = instance.anonymous(Method::POST, "/api/now/batch");
        if let Some(user) = user {
            request = request.basic_auth(user, Some(user));
        }
        let requests = json!({"rest_requests": [{"id": "1", "method": "POST", "url": "/api/now/table/incident", "body": "e30="}]});
        Reply::of(request.header("Content-Type", "application/json").body(requests.to_string())).await
    };
    let employee = ask(Some("employee")).await.json();
    assert_eq!((&employee["batch_request_id"], served(&employee)[0].1), (&json!(""), 403));
    assert_eq!(served(&ask(Some("itil")).await.json())[0].1, 201);
    assert_eq!(ask(None).await.error().0, 401);
}

#[tokio::test]
async fn limits_leave_the_rest_unserviced() {
    let read =
        |id: u64| json!({"id": id, "method": "GET", "url": format!("/api/now/table/sys_user/{ADMIN}")});
    let requests = || Value::Array((1..=3).map(read).collect());
    for (what, settings, count) in [
        ("usual", Settings::default(), 3),
        ("requests", Settings { max_batch_requests: 2, ..Settings::default() }, 2),
        ("bytes", Settings { max_batch_output_bytes: 4_096, ..Settings::default() }, 2),
        ("time", Settings { batch_seconds: 0, ..Settings::default() }, 1),
    ] {
        let instance = Harness::with(|builder| builder.settings(settings)).await;
        let reply = batch(&instance, requests()).await;
        let done: Vec<_> = served(&reply).into_iter().map(|(id, _, _)| id).collect();
        let left = reply["unserviced_requests"].as_array().unwrap();
        assert_eq!((done.len(), left.len()), (count, 3 - count), "{what}");
        assert!(left.iter().all(|id| id.is_string() && !done.contains(&id.as_str().unwrap().to_owned())));
    }
}

#[tokio::test]
async fn bodies() {
    let settings = Settings { max_batch_bytes: 1_000, ..Settings::default() };
    let instance = Harness::with(|builder| builder.settings(settings)).await;
    for (body, status, says) in [
        ("{}".to_owned(), 200, r#"{"batch_request_id":"","serviced_requests":[],"unserviced_requests":[]}"#),
        (r#"{"batch_request_id":1,"rest_requests":[]}"#.to_owned(), 200, r#"{"batch_request_id":"1","#),
        ("{'batch_request_id':'1'}".to_owned(), 200, r#"{"batch_request_id":"1","#),
        ("{".to_owned(), 400, "Exception while reading request"),
        ("x".repeat(1_001), 400, "Max allowed: 1000 bytes"),
    ] {
        let reply = instance.send(Method::POST, "/api/now/v1/batch", &body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.text);
        assert!(reply.text.contains(says), "{body}: {}", reply.text);
    }
    let request = instance.request(Method::POST, "/api/now/v1/batch").header("Content-Type", "text/plain");
    assert_eq!(Reply::of(request.body("{}")).await.status, 415);
}

#[tokio::test]
async fn content_comes_through_a_batch() {
    let instance = Harness::start().await;
    let target = format!("table_name=incident&table_sys_id={INCIDENT}&file_name=a.txt");
    let requests = json!([{"id": "1", "method": "POST", "url": format!("/api/now/v1/attachment/file?{target}"), "body": BASE64.encode("abc")}]);
    let created: Value = serde_json::from_str(&served(&batch(&instance, requests).await)[0].2).unwrap();
    let id = created["result"]["sys_id"].as_str().unwrap();
    let requests = json!([{"id": "1", "method": "GET", "url": format!("/api/now/v1/attachment/{id}/file")}]);
    assert_eq!(served(&batch(&instance, requests).await)[0], ("1".to_owned(), 200, "abc".to_owned()));
}
