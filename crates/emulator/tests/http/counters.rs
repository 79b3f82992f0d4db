//! The administrative endpoints.

use reqwest::Method;
use serde_json::json;

use crate::harness::{ADMIN, CLIENT, Harness, Reply};

#[tokio::test]
async fn requests_are_counted_by_kind_and_status() {
    let instance = Harness::start().await;
    let ask = |method: Method, path: &'static str| Reply::of(instance.anonymous(method, path));
    instance.get("/api/now/table/sys_user?sysparm_limit=1").await;
    instance.get("/api/now/v2/table/sys_user?sysparm_limit=1").await;
    instance.get(&format!("/api/now/table/sys_user/{ADMIN}")).await;
    instance.get("/api/now/stats/sys_user?sysparm_count=true").await;
    instance.send(Method::POST, "/api/now/table/incident", "{}").await;
    ask(Method::GET, "/api/now/table/sys_user").await;
    let form = [("grant_type", "client_credentials"), ("client_id", CLIENT.0), ("client_secret", CLIENT.1)];
    Reply::of(instance.anonymous(Method::POST, "/oauth_token.do").form(&form)).await;
    ask(Method::GET, "/nothing").await;

    let expected = json!({
        "total": 8,
        "by_kind": {"oauth": 1, "other": 1, "stats": 1, "table.create": 1, "table.get": 1, "table.list": 3},
        "by_status": {"200": 5, "201": 1, "401": 1, "404": 1},
    });
    assert_eq!(ask(Method::GET, "/emulator/counters").await.json(), expected);
    assert_eq!(serde_json::to_value(instance.running.counters().read()).unwrap(), expected);

    assert_eq!(ask(Method::POST, "/emulator/counters/reset").await.status, 204);
    let empty = json!({"total": 0, "by_kind": {}, "by_status": {}});
    assert_eq!(ask(Method::GET, "/emulator/counters").await.json(), empty);
}

#[tokio::test]
async fn health() {
    let instance = Harness::start().await;
    let reply = Reply::of(instance.anonymous(Method::GET, "/emulator/health")).await;
    assert_eq!(reply.json(), json!({"status": "ok"}));
}
