//! Short names for long URLs.

use reqwest::Method;
use serde_json::json;

use crate::harness::Harness;

#[tokio::test]
async fn a_tiny_url_stands_for_its_parameters() {
    let instance = Harness::start().await;
    let long = format!(
        "{}/api/now/table/incident?sysparm_query=number%3DINC0000060%5EnumberIN{}&sysparm_fields=number",
        instance.running.http_url(),
        "INC0000060,".repeat(3_000)
    );
    let body = json!({ "url": long }).to_string();
    let reply = instance.send(Method::POST, "/api/now/tinyurl", &body).await;
    let result = reply.result();
    let name = result.as_str().unwrap().strip_prefix("incident_list.do?sysparm_tiny=").unwrap();

    let rows = instance.get(&format!("/api/now/table/incident?sysparm_tiny={name}")).await;
    assert_eq!(rows.result(), json!([{"number": "INC0000060"}]));
    let counted =
        instance.get(&format!("/api/now/stats/incident?sysparm_count=true&sysparm_tiny={name}")).await;
    assert_eq!(counted.result()["stats"]["count"], "1");

    let unknown = instance.get("/api/now/table/incident?sysparm_tiny=0000").await;
    assert_eq!(unknown.status, 400);
    assert_eq!(instance.send(Method::POST, "/api/now/tinyurl", "{}").await.status, 400);
}
