//! The error envelope with the platform's exact words (section 1.3).

use reqwest::Method;

use crate::harness::{Harness, INCIDENT, Reply};

const MISSING: &str = "Record doesn't exist or ACL restricts the record retrieval";
const NOTHING: &str = "Records matching query not found. Check query parameter or offset parameter";
const READING: &str = "Exception while reading request";

#[tokio::test]
async fn every_refusal() {
    let instance = Harness::start().await;
    let nowhere = "/api/now/table/incident/00000000000000000000000000000000";
    let record = format!("/api/now/table/incident/{INCIDENT}");
    let incident = "/api/now/table/incident";
    let unknown = "Requested URI does not represent any resource";
    for (method, path, body, status, message, detail) in [
        ("GET", "/api/now/table/no_such_table", "", 400, "Invalid table no_such_table", None),
        ("GET", "/api/now/table/no_such_table/1", "", 400, "Invalid table no_such_table", None),
        ("POST", "/api/now/table/no_such_table", "{}", 400, "Invalid table no_such_table", None),
        ("DELETE", "/api/now/table/no_such_table/1", "", 400, "Invalid table no_such_table", None),
        (
            "GET",
            "/api/now/stats/no_such_table?sysparm_count=true",
            "",
            400,
            "Invalid table no_such_table",
            None,
        ),
        ("GET", "/api/now/nothing", "", 400, unknown, None),
        ("GET", "/api/other/thing", "", 400, unknown, None),
        ("GET", "/api/now/table/incident/1/2", "", 400, unknown, None),
        ("GET", "/api/now/v3/table/incident", "", 400, unknown, None),
        ("GET", "/api/now/table/%ff", "", 400, unknown, None),
        ("GET", nowhere, "", 404, "No Record found", Some(MISSING)),
        ("PUT", nowhere, "{}", 404, "No Record found", Some(MISSING)),
        ("PATCH", nowhere, "{}", 404, "No Record found", Some(MISSING)),
        ("DELETE", nowhere, "", 404, "No Record found", Some(MISSING)),
        (
            "GET",
            "/api/now/v1/table/incident?sysparm_query=number=none",
            "",
            404,
            "No Record found",
            Some(NOTHING),
        ),
        ("POST", incident, "{\"a\":", 400, READING, Some("Unexpected end of input")),
        ("POST", incident, "nonsense", 400, READING, Some("Unexpected character ('n') at position 0")),
        (
            "PATCH",
            record.as_str(),
            "{\"a\" 1}",
            400,
            READING,
            Some("Unexpected character ('1') at position 5"),
        ),
    ] {
        let reply = instance.send(method.parse().unwrap(), path, body).await;
        assert_eq!(
            reply.error(),
            (status, message.to_owned(), detail.map(str::to_owned)),
            "{method} {path} {body}"
        );
    }
}

#[tokio::test]
async fn an_empty_list_is_only_missing_in_v1() {
    let instance = Harness::start().await;
    for (version, status) in [("", 200), ("v2/", 200), ("v1/", 404)] {
        let reply =
            instance.get(&format!("/api/now/{version}table/incident?sysparm_query=number=none")).await;
        assert_eq!(reply.status, status, "{version}");
        if status == 200 {
            assert_eq!(reply.text, r#"{"result":[]}"#);
            assert_eq!(reply.header("x-total-count"), Some("0"));
        }
    }
}

#[tokio::test]
async fn methods_that_a_resource_does_not_have() {
    let instance = Harness::start().await;
    for (method, path) in [
        ("PUT", "/api/now/table/incident"),
        ("PATCH", "/api/now/table/incident"),
        ("DELETE", "/api/now/table/incident/"),
        ("POST", "/api/now/table/incident/1"),
        ("DELETE", "/api/now/stats/incident"),
        ("GET", "/oauth_token.do"),
    ] {
        let reply = instance.send(method.parse().unwrap(), path, "").await;
        let (status, message, _) = reply.error();
        assert_eq!((status, message.as_str()), (405, "Method not supported"), "{method} {path}");
        assert!(reply.header("allow").is_some(), "{method} {path}");
    }
}

#[tokio::test]
async fn paths_outside_the_api_are_pages() {
    let instance = Harness::start().await;
    let reply = Reply::of(instance.anonymous(Method::GET, "/incident.do")).await;
    assert_eq!(reply.status, 404);
    assert!(reply.header("content-type").unwrap().starts_with("text/html"));
}

#[tokio::test]
async fn a_data_policy_names_the_missing_fields() {
    let instance = Harness::start().await;
    let id = "0123456789abcdef0123456789abcdef";
    instance.incident(id, "to be resolved").await;
    let reply =
        instance.send(Method::PATCH, &format!("/api/now/table/incident/{id}"), r#"{"state":"6"}"#).await;
    let (status, message, detail) = reply.error();
    assert_eq!((status, message.as_str()), (403, "Operation Failed"));
    let detail = detail.unwrap();
    assert!(detail.starts_with("Data Policy Exception: The following fields are mandatory: "), "{detail}");
    assert!(detail.contains("Resolution code") && detail.contains("Resolution notes"), "{detail}");
}
