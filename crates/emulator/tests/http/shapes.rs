//! The shapes of values, in every display mode (reference: section 2.3 of the platform's observed behavior).

use serde_json::json;

use crate::harness::{Harness, INCIDENT};

/// The fields that show every shape: a choice, a reference that is set and one that is empty.
const FIELDS: &str = "sysparm_fields=state,resolved_by,parent_incident";

#[tokio::test]
async fn every_display_mode() {
    let instance = Harness::start().await;
    let link =
        format!("{}/api/now/table/sys_user/5137153cc611227c000bbd1bd8cd2007", instance.running.http_url());
    let david = "5137153cc611227c000bbd1bd8cd2007";
    for (parameters, expected) in [
        ("", json!({"state": "7", "resolved_by": {"link": link, "value": david}, "parent_incident": ""})),
        (
            "&sysparm_display_value=true",
            json!({"state": "Closed", "resolved_by": {"display_value": "David Loo", "link": link}, "parent_incident": ""}),
        ),
        (
            "&sysparm_display_value=ALL",
            json!({
                "state": {"display_value": "Closed", "value": "7"},
                "resolved_by": {"display_value": "David Loo", "link": link, "value": david},
                "parent_incident": {"display_value": "", "value": ""},
            }),
        ),
        (
            "&sysparm_exclude_reference_link=true",
            json!({"state": "7", "resolved_by": david, "parent_incident": ""}),
        ),
        (
            "&sysparm_exclude_reference_link=True&sysparm_display_value=True",
            json!({"state": "Closed", "resolved_by": "David Loo", "parent_incident": ""}),
        ),
        (
            "&sysparm_exclude_reference_link=true&sysparm_display_value=all",
            json!({
                "state": {"display_value": "Closed", "value": "7"},
                "resolved_by": {"display_value": "David Loo", "value": david},
                "parent_incident": {"display_value": "", "value": ""},
            }),
        ),
    ] {
        let single = instance.get(&format!("/api/now/table/incident/{INCIDENT}?{FIELDS}{parameters}")).await;
        assert_eq!(single.result(), expected, "{parameters}");
        let listed = instance
            .get(&format!("/api/now/table/incident?sysparm_query=sys_id={INCIDENT}&{FIELDS}{parameters}"))
            .await;
        assert_eq!(listed.result(), json!([expected]), "{parameters}");
    }
}

#[tokio::test]
async fn text_is_compact_and_in_the_order_of_the_fields() {
    let instance = Harness::start().await;
    let reply = instance
        .get(&format!(
            "/api/now/v2/table/incident/{INCIDENT}?sysparm_fields=sys_id,opened_by,number,opened_by.user_name,nonsense"
        ))
        .await;
    let base = instance.running.http_url();
    assert_eq!(
        reply.text,
        format!(
            r#"{{"result":{{"sys_id":"{INCIDENT}","opened_by":{{"link":"{base}/api/now/v2/table/sys_user/681ccaf9c0a8016400b98a06818d57c7","value":"681ccaf9c0a8016400b98a06818d57c7"}},"number":"INC0000060","opened_by.user_name":"employee"}}}}"#
        )
    );
}

#[tokio::test]
async fn every_value_is_a_string() {
    let instance = Harness::start().await;
    let record = instance.get(&format!("/api/now/table/incident/{INCIDENT}")).await.result();
    let record = record.as_object().unwrap();
    assert!(record.len() > 60, "{} fields", record.len());
    for (name, value) in record {
        let strings = match value {
            serde_json::Value::String(_) => true,
            serde_json::Value::Object(members) => members.values().all(serde_json::Value::is_string),
            _ => false,
        };
        assert!(strings, "{name}: {value}");
    }
    assert_eq!((&record["active"], &record["number"]), (&json!("false"), &json!("INC0000060")));
}

#[tokio::test]
async fn plain_parameters_filter_unless_there_is_a_query() {
    let instance = Harness::start().await;
    for (parameters, expected) in [
        ("number=INC0000060", 1),
        ("number=INC0000060&state=1", 0),
        ("number=INC0000060&no_such_field=x", 1),
        ("number=INC9999999&sysparm_query=number%3DINC0000060", 1),
        ("number=INC0000060&sysparm_query=", 1),
        ("sysparm_query=number=INC0000060^stateIN6,7", 1),
        ("sysparm_query=number%3DINC0000060%5Estate%3D1", 0),
    ] {
        let rows = instance
            .get(&format!("/api/now/table/incident?sysparm_fields=sys_id&{parameters}"))
            .await
            .result();
        assert_eq!(rows.as_array().unwrap().len(), expected, "{parameters}");
    }
}
