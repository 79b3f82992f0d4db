//! POST, PUT, PATCH and DELETE (section 2.1).

use reqwest::Method;
use serde_json::json;

use crate::harness::{Harness, Reply};

#[tokio::test]
async fn a_record_from_birth_to_death() {
    let instance = Harness::start().await;
    let base = instance.running.http_url();
    let body = r#"{"short_description":"born","urgency":1,"impact":1,"knowledge":true,"bunk_field":"x","close_notes":null}"#;
    let created = instance.send(Method::POST, "/api/now/v1/table/incident", body).await;
    assert_eq!(created.status, 201);
    let record = created.result();
    let sys_id = record["sys_id"].as_str().unwrap();
    let location = format!("{base}/api/now/v1/table/incident/{sys_id}");
    assert_eq!(created.header("location"), Some(location.as_str()));
    for (field, expected) in [
        ("short_description", "born"),
        ("urgency", "1"),
        ("priority", "1"),
        ("knowledge", "true"),
        ("close_notes", ""),
    ] {
        assert_eq!(record[field], expected, "{field}");
    }
    assert!(record.get("bunk_field").is_none());

    let path = format!("/api/now/table/incident/{sys_id}");
    for (method, body, field, expected) in [
        (Method::PATCH, r#"{"short_description":"patched"}"#, "short_description", "patched"),
        (Method::PUT, "{'urgency':3}", "urgency", "3"),
        (Method::PUT, "{}", "short_description", "patched"),
        (Method::PATCH, "", "short_description", "patched"),
        (
            Method::PATCH,
            r#"[{"short_description":"one"},{"short_description":"two"}]"#,
            "short_description",
            "one",
        ),
        (Method::PATCH, r#"{"short_description":""}"#, "short_description", ""),
    ] {
        let reply = instance.send(method, &path, body).await;
        assert_eq!((reply.status, &reply.result()[field]), (200, &json!(expected)), "{body}");
    }

    let deleted = Reply::of(instance.request(Method::DELETE, &path)).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(deleted.header("content-type"), None);
    assert_eq!(Reply::of(instance.request(Method::DELETE, &path)).await.status, 404);
}

#[tokio::test]
async fn bodies_that_set_nothing_make_a_record_all_the_same() {
    let instance = Harness::start().await;
    for body in [None, Some(""), Some("{}"), Some(" \n")] {
        let mut request = instance.request(Method::POST, "/api/now/table/incident?sysparm_fields=active");
        match body {
            Some(body) => request = request.body(body),
            None => request = request.header("Content-Length", "0"),
        }
        let reply = Reply::of(request).await;
        assert_eq!((reply.status, reply.text.as_str()), (201, r#"{"result":{"active":"true"}}"#), "{body:?}");
    }
}

#[tokio::test]
async fn the_reply_to_a_write_obeys_the_parameters() {
    let instance = Harness::start().await;
    let parameters =
        "sysparm_display_value=all&sysparm_exclude_reference_link=true&sysparm_fields=sys_id,opened_by";
    let id = "AAAABBBBCCCCDDDDEEEEFFFF00001111";
    let body = format!(r#"{{"sys_id":"{id}"}}"#);
    let reply = instance.send(Method::POST, &format!("/api/now/table/incident?{parameters}"), &body).await;
    let admin = json!({"display_value": "System Administrator", "value": crate::harness::ADMIN});
    assert_eq!(reply.result(), json!({"sys_id": {"display_value": id, "value": id}, "opened_by": admin}));
    assert!(reply.header("location").unwrap().ends_with(id));
}

#[tokio::test]
async fn inputs_may_be_display_values() {
    let instance = Harness::start().await;
    let body = r#"{"caller_id":"David Loo","state":"In Progress"}"#;
    let fields = "sysparm_fields=caller_id,state&sysparm_exclude_reference_link=true";
    let path = format!("/api/now/table/incident?sysparm_input_display_value=true&{fields}");
    let reply = instance.send(Method::POST, &path, body).await;
    assert_eq!(reply.result(), json!({"caller_id": "5137153cc611227c000bbd1bd8cd2007", "state": "2"}));
}

#[tokio::test]
async fn stamps_can_be_suppressed() {
    let instance = Harness::start().await;
    let id = "0123456789abcdef0123456789abcdef";
    instance.incident(id, "stamps").await;
    let path = format!("/api/now/table/incident/{id}?sysparm_fields=sys_mod_count");
    for (parameters, expected) in [("", "1"), ("&sysparm_suppress_auto_sys_field=true", "1"), ("", "2")] {
        let body = format!(r#"{{"short_description":"stamps {parameters}{expected}"}}"#);
        let reply = instance.send(Method::PATCH, &format!("{path}{parameters}"), &body).await;
        assert_eq!(reply.result()["sys_mod_count"], expected, "{parameters}");
    }
}
