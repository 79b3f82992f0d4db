//! Business rules that people write as rows of `sys_script` (sections 1.3 and 11.3).

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Harness, Reply};

const ID: &str = "0123456789abcdef0123456789abcdef";
const PATH: &str = "/api/now/table/incident/0123456789abcdef0123456789abcdef";

async fn rule(instance: &Harness, body: Value) -> String {
    let made = instance.send(Method::POST, "/api/now/table/sys_script", &body.to_string()).await;
    made.result()["sys_id"].as_str().unwrap().to_owned()
}

async fn write(instance: &Harness, user: &str, method: Method, path: &str, body: Value) -> Reply {
    let request = instance.anonymous(method, path).basic_auth(user, Some(user));
    Reply::of(request.header("Content-Type", "application/json").body(body.to_string())).await
}

#[tokio::test]
async fn a_rule_stops_what_its_condition_meets() {
    // The rule; and which of a few writes it stops.
    let create = json!({"sys_id": ID, "short_description": "stop me", "urgency": 2});
    for (what, body, stopped) in [
        (
            "insert",
            json!({"action_insert": "true", "filter_condition": "short_descriptionLIKEstop"}),
            "insert",
        ),
        ("another text", json!({"action_insert": "true", "filter_condition": "short_descriptionLIKEgo"}), ""),
        ("inactive", json!({"action_insert": "true", "active": "false"}), ""),
        ("of all tasks", json!({"action_insert": "true", "collection": "task"}), "insert"),
        ("of another table", json!({"action_insert": "true", "collection": "problem"}), ""),
        ("update", json!({"action_update": "true", "filter_condition": "urgency=1^EQ"}), "update"),
        ("changes", json!({"action_update": "true", "filter_condition": "urgencyVALCHANGES"}), "update"),
        ("no change", json!({"action_update": "true", "filter_condition": "impactVALCHANGES"}), ""),
        ("changes to", json!({"action_update": "true", "filter_condition": "urgencyCHANGESTO1"}), "update"),
        ("not to", json!({"action_update": "true", "filter_condition": "urgencyCHANGESTO3"}), ""),
        (
            "from",
            json!({"action_update": "true", "filter_condition": "urgencyCHANGESFROM2^state=1"}),
            "update",
        ),
        ("not from", json!({"action_update": "true", "filter_condition": "urgencyCHANGESFROM1"}), ""),
        ("delete", json!({"action_delete": "true"}), "delete"),
        ("too late", json!({"action_update": "true", "when": "after"}), ""),
        ("for a role", json!({"action_update": "true", "role_conditions": "itil"}), "update"),
        ("for another role", json!({"action_update": "true", "role_conditions": "catalog_admin"}), ""),
    ] {
        let instance = Harness::start().await;
        let mut script =
            json!({"name": "Stop", "collection": "incident", "abort_action": "true", "when": "before"});
        script.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let table = "/api/now/table/incident";
        let rule = rule(&instance, script).await;
        let mut refused = Vec::new();
        let mut check = |action: &'static str, reply: &Reply| {
            if reply.status == 403 {
                let detail = format!(
                    "Operation against file 'incident' was aborted by Business Rule 'Stop^{rule}'. Business Rule Stack:Stop"
                );
                assert_eq!(reply.error(), (403, "Operation Failed".to_owned(), Some(detail)), "{what}");
                refused.push(action);
            } else {
                assert!(reply.status < 300, "{what} {action} {}", reply.text);
            }
        };
        check("insert", &write(&instance, "itil", Method::POST, table, create.clone()).await);
        if stopped != "insert" {
            check("update", &write(&instance, "itil", Method::PATCH, PATH, json!({"urgency": 1})).await);
            let urgency = instance.get(&format!("{PATH}?sysparm_fields=urgency")).await.result();
            let expected = if stopped == "update" { "2" } else { "1" };
            assert_eq!(urgency["urgency"], expected, "{what}: what is stopped is undone");
            check("delete", &write(&instance, "itil", Method::DELETE, PATH, json!({})).await);
        }
        let expected: Vec<_> = Some(stopped).filter(|stopped| !stopped.is_empty()).into_iter().collect();
        assert_eq!(refused, expected, "{what}");
    }
}

#[tokio::test]
async fn a_rule_sets_fields_before_and_after_a_write() {
    let instance = Harness::start().await;
    let before = json!({
        "name": "Before", "collection": "incident", "when": "before", "action_insert": "true", "order": "10",
        "filter_condition": "short_descriptionSTARTSWITHset",
        "template": "category=network^urgency=1^impact=1^opened_by=javascript:gs.getUserID()^work_notes=a^^b^no_such=1^EQ",
    });
    let then = json!({
        "name": "Then", "collection": "task", "when": "before", "action_insert": "true", "order": "20",
        "filter_condition": "priority=1", "template": "priority=2^description=seen",
    });
    let after = json!({
        "name": "After", "collection": "incident", "when": "after", "action_update": "true",
        "filter_condition": "stateCHANGESTO2", "template": "contact_type=email^comments=taken",
    });
    for body in [before, then, after] {
        rule(&instance, body).await;
    }
    let fields = "sysparm_fields=category,priority,description,contact_type,sys_mod_count";
    let table = format!("/api/now/table/incident?{fields}");
    let body = json!({"sys_id": ID, "short_description": "set me"}).to_string();
    let made = instance.send(Method::POST, &table, &body).await.result();
    let expected = json!({
        "category": "network", "priority": "2", "description": "seen", "contact_type": "phone", "sys_mod_count": "0",
    });
    assert_eq!(made, expected, "a later rule sees what an earlier one has set");
    let notes =
        instance.get(&format!("{PATH}?sysparm_fields=work_notes&sysparm_display_value=true")).await.result();
    assert!(notes["work_notes"].as_str().unwrap().contains("(Work notes)\na^b\n"), "{notes}");

    let changed =
        instance.send(Method::PATCH, &format!("{PATH}?{fields}"), r#"{"state":"2"}"#).await.result();
    assert_eq!(
        (changed["contact_type"].as_str(), changed["sys_mod_count"].as_str()),
        (Some("email"), Some("2"))
    );
    let comments =
        instance.get(&format!("{PATH}?sysparm_fields=comments&sysparm_display_value=true")).await.result();
    assert!(
        comments["comments"].as_str().unwrap().ends_with("(Additional comments)\ntaken\n\n"),
        "{comments}"
    );
    let again =
        instance.send(Method::PATCH, &format!("{PATH}?{fields}"), r#"{"state":"2","urgency":"2"}"#).await;
    assert_eq!(again.result()["sys_mod_count"], "3", "the state did not change");

    let closing = json!({
        "name": "Close", "collection": "incident", "when": "before", "action_update": "true",
        "filter_condition": "urgencyCHANGESTO3", "template": "state=8",
    });
    rule(&instance, closing).await;
    let path = format!("{PATH}?sysparm_fields=state,incident_state,active");
    let closed = instance.send(Method::PATCH, &path, r#"{"urgency":"3"}"#).await.result();
    assert_eq!(
        closed,
        json!({"state": "8", "incident_state": "8", "active": "false"}),
        "the life of a task follows"
    );
}

#[tokio::test]
async fn a_rule_that_is_gone_does_nothing() {
    let instance = Harness::start().await;
    let body = json!({
        "name": "Stop", "collection": "incident", "when": "before", "action_insert": "true", "abort_action": "true",
    });
    let rule = rule(&instance, body).await;
    let create = || instance.send(Method::POST, "/api/now/table/incident", "{}");
    assert_eq!(create().await.status, 403);
    let path = format!("/api/now/table/sys_script/{rule}");
    assert_eq!(Reply::of(instance.request(Method::DELETE, &path)).await.status, 204);
    assert_eq!(create().await.status, 201);
}
