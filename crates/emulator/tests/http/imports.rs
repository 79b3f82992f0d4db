//! The Import Set API (section 7).

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Harness, Reply};

async fn import(instance: &Harness, table: &str, body: &str) -> Reply {
    let reply = instance.send(Method::POST, &format!("/api/now/import/{table}"), body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply
}

#[tokio::test]
async fn what_becomes_of_a_row() {
    let instance = Harness::start().await;
    let base = instance.running.http_url();
    for (what, body, status) in [
        (
            "a new one",
            r#"{"u_number":"INC7","short_description":"imported","u_caller":"David Loo"}"#,
            "inserted",
        ),
        ("the same", r#"{"u_number":"INC7","short_description":"imported"}"#, "ignored"),
        ("other values", r#"{"u_number":"INC7","u_urgency":"1 - High"}"#, "updated"),
        ("without a key", r#"{"short_description":"imported"}"#, "inserted"),
        ("a policy", r#"{"u_number":"INC7","u_state":"Resolved"}"#, "error"),
        ("nothing", "{}", "ignored"),
    ] {
        let reply = import(&instance, "u_imp_incident", body).await;
        let json = reply.json();
        assert!(json["import_set"].as_str().unwrap().starts_with("ISET00"), "{json}");
        assert_eq!(json["staging_table"], "u_imp_incident");
        let result = &json["result"][0];
        assert_eq!(result["status"], status, "{what}: {json}");
        assert_eq!((&result["transform_map"], &result["table"]), (&json!("Incident"), &json!("incident")));
        if let Some(sys_id) = result["sys_id"].as_str() {
            assert_eq!(result["display_name"], "number");
            let link = format!("{base}/api/now/table/incident/{sys_id}");
            assert_eq!(result["record_link"], link.as_str());
        }
        let path = reply.header("location").unwrap().strip_prefix(&base).unwrap().to_owned();
        assert_eq!(instance.get(&path).await.json(), json, "{what}");
    }
    let refused = import(&instance, "u_imp_incident", r#"{"u_number":"INC7","u_state":"6"}"#).await.json();
    let policy = "Data Policy Exception: The following fields are mandatory: ";
    assert!(refused["result"][0]["error_message"].as_str().unwrap().starts_with(policy), "{refused}");

    let fields = "short_description,urgency,caller_id,state&sysparm_exclude_reference_link=true";
    let path = format!("/api/now/table/incident?number=INC7&sysparm_fields={fields}");
    let expected = json!([{"short_description": "imported", "urgency": "1",
        "caller_id": "5137153cc611227c000bbd1bd8cd2007", "state": "1"}]);
    assert_eq!(instance.get(&path).await.result(), expected);
}

#[tokio::test]
async fn users() {
    let instance = Harness::start().await;
    let body =
        "{'first_name':'John','last_name':'Public','email':'john@example.com','user_id':'john.public'}";
    let result = import(&instance, "imp_user", body).await.json()["result"][0].take();
    for (key, expected) in [
        ("transform_map", "User"),
        ("table", "sys_user"),
        ("display_name", "name"),
        ("display_value", "John Public"),
        ("status", "inserted"),
    ] {
        assert_eq!(result[key], expected, "{key}");
    }
    let again = import(&instance, "imp_user", r#"{"email":"john@example.com","title":"Boss"}"#).await.json();
    assert_eq!(
        (&again["result"][0]["status"], &again["result"][0]["sys_id"]),
        (&json!("updated"), &result["sys_id"])
    );
}

#[tokio::test]
async fn what_is_no_import() {
    let instance = Harness::start().await;
    for (table, status, says) in [
        ("no_such_table", 400, "Invalid table no_such_table"),
        ("incident", 400, "not an import set table"),
        ("sys_import_set_row", 400, "not an import set table"),
    ] {
        let reply = instance.send(Method::POST, &format!("/api/now/import/{table}"), "{}").await;
        assert_eq!(reply.error().0, status, "{table}");
        assert!(reply.text.contains(says), "{table}: {}", reply.text);
    }
    let employee = instance.anonymous(Method::POST, "/api/now/import/imp_user");
    let employee =
        employee.basic_auth("employee", Some("employee")).header("Content-Type", "application/json");
    assert_eq!(Reply::of(employee.body("{}")).await.error().0, 403);
    let gone = "/api/now/import/imp_user/0123456789abcdef0123456789abcdef";
    assert_eq!(instance.get(gone).await.error().0, 404);
}

#[tokio::test]
async fn many_rows() {
    let instance = Harness::start().await;
    let records: Vec<Value> = (0..20)
        .map(|at| json!({"Short description": format!("many {at}"), "Correlation ID": "many"}))
        .collect();
    let path = "/api/now/v1/import/u_imp_incident/insertMultiple?multi_import_set_id=m";
    let reply = instance.send(Method::POST, path, &json!({"records": records}).to_string()).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let json = reply.json();
    assert_eq!(json["multi_import_set_id"], "m");
    let set = json["import_set_id"].as_str().unwrap();
    let path = format!("/api/now/table/sys_import_set/{set}?sysparm_fields=state,mode");
    // It is transformed behind the reply's back; every look at it is a request.
    let mut state = Value::Null;
    for _ in 0..1_000 {
        state = instance.get(&path).await.result();
        if state["state"] == "processed" {
            break;
        }
    }
    assert_eq!(state, json!({"state": "processed", "mode": "asynchronous"}));
    for (table, count) in [
        ("incident?sysparm_query=correlation_id=many^short_descriptionSTARTSWITHmany", "20"),
        (&*format!("u_imp_incident?sys_import_set={set}&sys_import_state=inserted"), "20"),
    ] {
        let reply = instance.get(&format!("/api/now/table/{table}&sysparm_limit=1")).await;
        assert_eq!(reply.header("x-total-count"), Some(count), "{table}");
    }
    for body in ["{}", "[]", r#"{"records":{}}"#, r#"{"records":["x"]}"#] {
        assert_eq!(
            instance.send(Method::POST, "/api/now/import/imp_user/insertMultiple", body).await.error().0,
            400
        );
    }
}
