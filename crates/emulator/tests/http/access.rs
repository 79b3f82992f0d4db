//! What callers without the admin role get (sections 1.3 and 2.1).

use serde_json::json;

use crate::harness::{ADMIN, Harness, INCIDENT, Reply};

const SECURITY: &str = "Failed due to security constraints";

async fn ask(instance: &Harness, user: &str, method: &str, path: &str, body: &str) -> Reply {
    let request = instance.anonymous(method.parse().unwrap(), path).basic_auth(user, Some(user));
    Reply::of(request.header("Content-Type", "application/json").body(body.to_owned())).await
}

#[tokio::test]
async fn every_refusal() {
    let instance = Harness::start().await;
    let incident = format!("/api/now/table/incident/{INCIDENT}");
    let user = format!("/api/now/table/sys_user/{ADMIN}");
    let acl = |operation: &str| format!("ACL Exception {operation} {SECURITY}");
    let api = "Failed API level ACL Validation".to_owned();
    let hidden = "Record doesn't exist or ACL restricts the record retrieval".to_owned();
    let query = "Field(s) present in the query do not have permission to be read".to_owned();
    for (caller, method, path, body, status, message, detail) in [
        ("employee", "GET", incident.as_str(), "", 404, "No Record found", &hidden),
        ("employee", "GET", "/api/now/table/metric_definition", "", 403, "User Not Authorized", &api),
        ("itil", "GET", "/api/now/table/sys_plugins", "", 403, "User Not Authorized", &api),
        (
            "itil",
            "GET",
            "/api/now/table/sys_choice?sysparm_query=element=state",
            "",
            403,
            "Insufficient rights to query records",
            &query,
        ),
        ("employee", "POST", "/api/now/table/incident", "{}", 403, "Operation Failed", &acl("Insert")),
        ("employee", "PATCH", incident.as_str(), "{}", 403, "Operation Failed", &acl("Update")),
        ("itil", "PUT", user.as_str(), "{}", 403, "Operation Failed", &acl("Update")),
        ("itil", "DELETE", user.as_str(), "", 403, "Operation Failed", &acl("Delete")),
    ] {
        let reply = ask(&instance, caller, method, path, body).await;
        let expected = (status, message.to_owned(), Some(detail.clone()));
        assert_eq!(reply.error(), expected, "{caller} {method} {path}");
    }
}

#[tokio::test]
async fn counts_look_at_no_rule() {
    let instance = Harness::start().await;
    let reply = ask(&instance, "employee", "GET", "/api/now/table/incident", "").await;
    assert_eq!((reply.header("x-total-count"), reply.result()), (Some("1"), json!([])));
    let counted = ask(&instance, "employee", "GET", "/api/now/stats/incident?sysparm_count=true", "").await;
    assert_eq!(counted.result(), json!({"stats": {"count": "1"}}));
}

#[tokio::test]
async fn hidden_fields_are_missing_from_the_row() {
    let instance = Harness::start().await;
    let reply = ask(&instance, "itil", "GET", "/api/now/table/sys_choice?sysparm_limit=1", "").await;
    let rows = reply.result();
    assert_eq!(rows[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["label"]);
}

#[tokio::test]
async fn agents_write_tickets() {
    let instance = Harness::start().await;
    let path = "/api/now/table/incident?sysparm_fields=opened_by.user_name";
    let created = ask(&instance, "itil", "POST", path, "{}").await;
    assert_eq!((created.status, created.result()), (201, json!({"opened_by.user_name": "itil"})));
    let read = ask(&instance, "itil", "GET", &format!("/api/now/table/incident/{INCIDENT}"), "").await;
    assert_eq!(read.status, 200);
}
