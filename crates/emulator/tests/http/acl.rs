//! Access rules that people write as rows of `sys_security_acl` (sections 1.3, 2.1 and 3.5).

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Harness, Reply};

const AGENT: &str = "681b365ec0a80164000fb0b05854a0cd";

/// An instance with four incidents, two of which are the agent's.
async fn instance() -> Harness {
    let instance = Harness::start().await;
    for (number, (owner, urgency)) in [(AGENT, 1), ("", 1), (AGENT, 3), ("", 3)].into_iter().enumerate() {
        let body = json!({
            "sys_id": format!("{number:032}"), "short_description": "ours", "assigned_to": owner, "urgency": urgency,
        });
        let made = instance.send(Method::POST, "/api/now/table/incident", &body.to_string()).await;
        assert_eq!(made.status, 201);
    }
    instance
}

/// Writes a rule, which asks for these roles.
async fn rule(instance: &Harness, body: Value, roles: &[&str]) -> String {
    let made = instance.send(Method::POST, "/api/now/table/sys_security_acl", &body.to_string()).await;
    let rule = made.result()["sys_id"].as_str().unwrap().to_owned();
    for role in roles {
        let link = json!({"sys_security_acl": rule, "sys_user_role": role}).to_string();
        let path = "/api/now/table/sys_security_acl_role?sysparm_input_display_value=true";
        assert_eq!(instance.send(Method::POST, path, &link).await.status, 201, "{role}");
    }
    rule
}

async fn ask(instance: &Harness, user: &str, method: &str, path: &str, body: &str) -> Reply {
    let request = instance.anonymous(method.parse().unwrap(), &format!("/api/now/table/{path}"));
    let request = request.basic_auth(user, Some(user)).header("Content-Type", "application/json");
    Reply::of(request.body(body.to_owned())).await
}

const OURS: &str = "sysparm_query=short_description=ours^ORDERBYsys_id&sysparm_fields=sys_id";

async fn seen(instance: &Harness, user: &str, path: &str) -> (String, Vec<usize>) {
    let reply = ask(instance, user, "GET", path, "").await;
    let rows = reply.result();
    let numbers = rows.as_array().unwrap().iter().map(|row| row["sys_id"].as_str().unwrap().parse().unwrap());
    (reply.header("x-total-count").unwrap_or_default().to_owned(), numbers.collect())
}

#[tokio::test]
async fn a_condition_hides_rows_and_not_their_count() {
    let instance = instance().await;
    let body = json!({"name": "incident", "operation": "read", "condition": format!("assigned_to={AGENT}")});
    let rule = rule(&instance, body, &["itil"]).await;
    for (user, table, expected) in [
        ("itil", "incident", vec![0, 2]),
        // The rule is the row's class's, whatever table it is read through.
        ("itil", "task", vec![0, 2]),
        ("admin", "incident", vec![0, 1, 2, 3]),
        ("employee", "incident", vec![]),
    ] {
        let (count, rows) = seen(&instance, user, &format!("{table}?{OURS}")).await;
        assert_eq!((count.as_str(), rows), ("4", expected), "{user} {table}");
    }
    // A limit counts what is hidden: pages are short, or empty.
    for (page, expected) in [("sysparm_limit=2", vec![0]), ("sysparm_limit=1&sysparm_offset=1", vec![])] {
        let (count, rows) = seen(&instance, "itil", &format!("incident?{OURS}&{page}")).await;
        assert_eq!((count.as_str(), rows), ("4", expected), "{page}");
    }
    let hidden = ask(&instance, "itil", "GET", &format!("incident/{:032}", 1), "").await;
    let detail = Some("Record doesn't exist or ACL restricts the record retrieval".to_owned());
    assert_eq!(hidden.error(), (404, "No Record found".to_owned(), detail));
    assert_eq!(ask(&instance, "itil", "GET", &format!("incident/{:032}", 2), "").await.status, 200);

    let path = format!("/api/now/table/sys_security_acl/{rule}");
    assert_eq!(instance.send(Method::PATCH, &path, r#"{"active":"false"}"#).await.status, 200);
    let (_, rows) = seen(&instance, "itil", &format!("incident?{OURS}")).await;
    assert_eq!(rows, [0, 1, 2, 3], "without a rule in force the shipped ones hold");
}

#[tokio::test]
async fn files_hide_with_their_records() {
    let instance = instance().await;
    let mut files = Vec::new();
    for row in [0, 1] {
        let path =
            format!("/api/now/attachment/file?table_name=incident&table_sys_id={row:032}&file_name=a.txt");
        let request = instance.request(Method::POST, &path).header("Content-Type", "text/plain").body("x");
        files.push(Reply::of(request).await.result()["sys_id"].as_str().unwrap().to_owned());
    }
    for operation in ["read", "write"] {
        let condition = format!("assigned_to={AGENT}");
        rule(&instance, json!({"name": "incident", "operation": operation, "condition": condition}), &[])
            .await;
    }
    for (row, status) in [(0, 200), (1, 404)] {
        let request = instance.anonymous(Method::GET, &format!("/api/now/attachment/{}", files[row]));
        assert_eq!(Reply::of(request.basic_auth("itil", Some("itil"))).await.status, status, "{row}");
    }
    for (row, status) in [(0, 201), (1, 403)] {
        let path =
            format!("/api/now/attachment/file?table_name=incident&table_sys_id={row:032}&file_name=b.txt");
        let request = instance.anonymous(Method::POST, &path).header("Content-Type", "text/plain").body("x");
        assert_eq!(Reply::of(request.basic_auth("itil", Some("itil"))).await.status, status, "{row}");
    }
}

#[tokio::test]
async fn a_hidden_field_is_a_missing_key_and_cannot_be_asked_for() {
    let instance = instance().await;
    rule(&instance, json!({"name": "incident.description", "operation": "read"}), &["admin"]).await;
    rule(&instance, json!({"name": "incident.urgency", "condition": "urgency=1"}), &[]).await;
    rule(&instance, json!({"name": "incident.impact", "operation": "query_range"}), &["admin"]).await;
    for (number, expected) in [(0, json!({"urgency": "1", "state": "1"})), (2, json!({"state": "1"}))] {
        let path = format!("incident/{number:032}?sysparm_fields=description,urgency,state");
        assert_eq!(ask(&instance, "itil", "GET", &path, "").await.result(), expected);
        let listed =
            format!("incident?sysparm_query=sys_id={number:032}&sysparm_fields=description,urgency,state");
        assert_eq!(ask(&instance, "itil", "GET", &listed, "").await.result(), json!([expected]));
    }
    let whole = ask(&instance, "itil", "GET", &format!("incident/{:032}", 0), "").await.result();
    assert_eq!((whole.get("description"), whole["short_description"].as_str()), (None, Some("ours")));
    let admin = ask(&instance, "admin", "GET", &format!("incident/{:032}", 0), "").await.result();
    assert!(admin.get("description").is_some());

    for (query, status) in [
        ("description=x", 403),
        ("ORDERBYdescription", 403),
        ("state=1^ORdescriptionISEMPTY", 403),
        ("urgency=1", 200),
        ("impact=3", 200),
        ("impact>3", 403),
        ("ORDERBYimpact", 403),
        ("ORDERBYnumber", 200),
    ] {
        let reply =
            ask(&instance, "itil", "GET", &format!("incident?sysparm_limit=1&sysparm_query={query}"), "")
                .await;
        assert_eq!(reply.status, status, "{query}");
        if status == 403 {
            let detail = Some("Field(s) present in the query do not have permission to be read".to_owned());
            assert_eq!(reply.error(), (403, "Insufficient rights to query records".to_owned(), detail));
        }
        let admin =
            instance.get(&format!("/api/now/table/incident?sysparm_limit=1&sysparm_query={query}")).await;
        assert_eq!(admin.status, 200, "{query}");
    }
}

#[tokio::test]
async fn writes_are_refused_by_row_and_ignored_by_field() {
    let instance = instance().await;
    let mine = format!("assigned_to={AGENT}");
    rule(&instance, json!({"name": "incident", "operation": "write", "condition": mine}), &["itil"]).await;
    rule(&instance, json!({"name": "incident", "operation": "create", "condition": "urgency=3"}), &["itil"])
        .await;
    rule(&instance, json!({"name": "incident", "operation": "delete"}), &["admin"]).await;
    rule(&instance, json!({"name": "incident.category", "operation": "write"}), &["admin"]).await;
    rule(&instance, json!({"name": "incident.impact", "operation": "write", "condition": "urgency=1"}), &[])
        .await;
    rule(&instance, json!({"name": "incident.contact_type", "operation": "create"}), &["admin"]).await;

    let acl = |operation: &str| {
        let detail = format!("ACL Exception {operation} Failed due to security constraints");
        (403, "Operation Failed".to_owned(), Some(detail))
    };
    let path = |number: usize| format!("incident/{number:032}");
    for (method, path, body, operation) in [
        ("PATCH", path(1), r#"{"short_description":"x"}"#, "Update"),
        ("DELETE", path(0), "", "Delete"),
        ("POST", "incident".to_owned(), r#"{"urgency":"1","number":"INC9"}"#, "Insert"),
    ] {
        assert_eq!(ask(&instance, "itil", method, &path, body).await.error(), acl(operation), "{method}");
    }
    let (count, _) =
        seen(&instance, "admin", "incident?sysparm_query=number=INC9&sysparm_fields=sys_id").await;
    assert_eq!(count, "0", "a refused insert leaves nothing");

    let body = r#"{"category":"network","impact":"1","work_notes":"n","short_description":"changed"}"#;
    for (number, impact) in [(0, "1"), (2, "3")] {
        let row = ask(&instance, "itil", "PATCH", &path(number), body).await.result();
        let kept = (row["category"].as_str(), row["impact"].as_str(), row["short_description"].as_str());
        assert_eq!(kept, (Some("inquiry"), Some(impact), Some("changed")), "{number}");
    }
    let body = r#"{"urgency":"3","contact_type":"email","category":"network"}"#;
    let row = ask(&instance, "itil", "POST", "incident", body).await.result();
    assert_eq!((row["contact_type"].as_str(), row["category"].as_str()), (Some("phone"), Some("network")));
    let row = ask(&instance, "admin", "PATCH", &path(1), r#"{"category":"network"}"#).await.result();
    assert_eq!(row["category"], "network");
    assert_eq!(ask(&instance, "admin", "DELETE", &path(1), "").await.status, 204);
    assert_eq!(ask(&instance, "itil", "PATCH", "incident/none", "{}").await.status, 404);
}

#[tokio::test]
async fn the_most_particular_rules_decide() {
    let instance = instance().await;
    let at = format!("incident?{OURS}");
    // Each is added to those before it: who then sees the rows.
    for (body, roles, agent, admin) in [
        (json!({"name": "*"}), &["admin"][..], false, true),
        (json!({"name": "task"}), &["itil"], true, true),
        (json!({"name": "incident"}), &["no_such_role"], false, true),
        (json!({"name": "incident", "admin_overrides": "false", "condition": "state=99"}), &[], false, true),
    ] {
        rule(&instance, body.clone(), roles).await;
        for (user, sees) in [("itil", agent), ("admin", admin)] {
            assert_eq!(!seen(&instance, user, &at).await.1.is_empty(), sees, "{user} after {body}");
        }
    }
    rule(&instance, json!({"name": "problem", "admin_overrides": "false"}), &["no_such_role"]).await;
    let problem = ask(&instance, "admin", "POST", "problem", r#"{"short_description":"ours"}"#).await;
    assert_eq!(problem.status, 201, "an admin holds every role, also one that nobody made");
    rule(
        &instance,
        json!({"name": "change_request", "admin_overrides": "false", "condition": "state=99"}),
        &[],
    )
    .await;
    ask(&instance, "admin", "POST", "change_request", r#"{"short_description":"ours"}"#).await;
    assert!(seen(&instance, "admin", &format!("change_request?{OURS}")).await.1.is_empty());
}
