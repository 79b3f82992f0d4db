//! The metadata endpoints (section 10.2).

use serde_json::json;

use crate::harness::Harness;

#[tokio::test]
async fn tables_and_columns() {
    let instance = Harness::start().await;
    let tables = instance.get("/api/now/doc/table/schema").await.result();
    let incident = json!({"label": "Incident", "value": "incident", "reference": false});
    assert!(tables.as_array().unwrap().contains(&incident), "{tables}");
    let columns = instance.get("/api/now/doc/table/schema/incident").await.result();
    for expected in [
        json!({"label": "Caller", "value": "caller_id", "reference": true}),
        json!({"label": "Number", "value": "number", "reference": false}),
    ] {
        assert!(columns.as_array().unwrap().contains(&expected), "{expected}");
    }
}

#[tokio::test]
async fn what_a_form_needs_to_know() {
    let instance = Harness::start().await;
    let meta = instance.get("/api/now/ui/meta/incident").await.result();
    let state = &meta["columns"]["state"];
    assert_eq!((&state["name"], &state["type"]), (&json!("state"), &json!("integer")));
    assert!(
        state["choices"].as_array().unwrap().contains(&json!({"label": "Closed", "value": "7"})),
        "{state}"
    );
    let caller = &meta["columns"]["caller_id"];
    assert_eq!((&caller["reference"], &caller["type"]), (&json!("sys_user"), &json!("reference")));
    assert_eq!(caller["reference_display_field"], "name");
    assert_eq!(caller["reference_attributes"]["reference_key"], "sys_id");
}

#[tokio::test]
async fn tables_that_do_not_exist() {
    let instance = Harness::start().await;
    for path in ["/api/now/doc/table/schema/no_such_table", "/api/now/ui/meta/no_such_table"] {
        let (status, message, _) = instance.get(path).await.error();
        assert_eq!((status, message.as_str()), (400, "Invalid table no_such_table"), "{path}");
    }
}
