//! What is kept of changes: audits, tombstones, journals; and the clock they are shown by (sections 10.3 and 11.1).

use chrono::{DateTime, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};
use servicenow_emulator::clock::Clock;

use crate::harness::{Harness, Reply};

const ID: &str = "0123456789abcdef0123456789abcdef";
const PATH: &str = "/api/now/table/incident/0123456789abcdef0123456789abcdef";
const AGENT: &str = "681b365ec0a80164000fb0b05854a0cd";

async fn instance() -> (Clock, Harness) {
    // 2023-11-14 22:13:20 UTC
    let clock = Clock::manual(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    let instance = Harness::with(|builder| builder.clock(clock.clone())).await;
    instance.incident(ID, "first").await;
    (clock, instance)
}

async fn rows(instance: &Harness, table: &str, query: &str, fields: &str) -> Value {
    let path = format!(
        "/api/now/table/{table}?sysparm_query={query}&sysparm_fields={fields}&sysparm_exclude_reference_link=true"
    );
    instance.get(&path).await.result()
}

#[tokio::test]
async fn every_changed_field_leaves_a_row() {
    let (clock, instance) = instance().await;
    let asked = &instance;
    let audits = |fields: &'static str| async move {
        let query = format!("documentkey={ID}^ORDERBYrecord_checkpoint^ORDERBYfieldname");
        rows(asked, "sys_audit", &query, fields).await
    };
    assert_eq!(audits("fieldname").await, json!([]), "an insert is not audited");
    let body =
        json!({"short_description": "second", "assigned_to": AGENT, "comments": "hello", "urgency": "3"});
    let request = instance.anonymous(Method::PATCH, PATH).basic_auth("itil", Some("itil"));
    assert_eq!(Reply::of(request.body(body.to_string())).await.status, 200);
    clock.set(clock.now() + TimeDelta::seconds(5));
    assert_eq!(instance.send(Method::PATCH, PATH, r#"{"assigned_to":""}"#).await.status, 200);
    assert_eq!(
        instance.send(Method::PATCH, PATH, r#"{"assigned_to":""}"#).await.status,
        200,
        "changes nothing"
    );
    let row = |field: &str, old: &str, new: &str, user: &str, checkpoint: &str, at: &str| {
        json!({
            "tablename": "incident", "fieldname": field, "oldvalue": old, "newvalue": new, "user": user,
            "record_checkpoint": checkpoint, "sys_created_on": at, "reason": "",
        })
    };
    let (first, second) = ("2023-11-14 22:13:20", "2023-11-14 22:13:25");
    let expected = json!([
        row("assigned_to", "", AGENT, "itil", "1", first),
        row("comments", "", "hello", "itil", "1", first),
        row("short_description", "first", "second", "itil", "1", first),
        row("assigned_to", AGENT, "", "admin", "2", second),
    ]);
    let fields = "tablename,fieldname,oldvalue,newvalue,user,record_checkpoint,sys_created_on,reason";
    assert_eq!(audits(fields).await, expected);

    let path = "/api/now/table/sys_user_preference";
    let made = instance.send(Method::POST, path, r#"{"name":"a","value":"b"}"#).await.result();
    let path = format!("{path}/{}", made["sys_id"].as_str().unwrap());
    assert_eq!(instance.send(Method::PATCH, &path, r#"{"value":"c"}"#).await.status, 200);
    let other = rows(&instance, "sys_audit", "tablename=sys_user_preference", "sys_id").await;
    assert_eq!(other, json!([]), "the table is not audited");
}

#[tokio::test]
async fn a_refused_write_leaves_no_trace() {
    let (_, instance) = instance().await;
    let body = r#"{"state":"6","short_description":"x","comments":"y"}"#;
    assert_eq!(instance.send(Method::PATCH, PATH, body).await.status, 403, "the data policy");
    for (table, key) in [("sys_audit", "documentkey"), ("sys_journal_field", "element_id")] {
        assert_eq!(rows(&instance, table, &format!("{key}={ID}"), "sys_id").await, json!([]), "{table}");
    }
}

#[tokio::test]
async fn a_deleted_row_leaves_all_it_held() {
    let (_, instance) = instance().await;
    let number = instance.get(&format!("{PATH}?sysparm_fields=number")).await.result()["number"].clone();
    assert_eq!(instance.send(Method::PATCH, PATH, r#"{"description":"<a> & b"}"#).await.status, 200);
    assert_eq!(Reply::of(instance.request(Method::DELETE, PATH)).await.status, 204);
    let query = format!("documentkey={ID}");
    let left = rows(&instance, "sys_audit_delete", &query, "tablename,display_value,user,payload").await;
    let left = &left[0];
    assert_eq!(
        (&left["tablename"], &left["display_value"], &left["user"]),
        (&json!("incident"), &number, &json!("admin"))
    );
    let payload = left["payload"].as_str().unwrap();
    for part in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><record_update table=\"incident\"><incident action=\"DELETE\">",
        "<short_description>first</short_description>",
        "<description>&lt;a&gt; &amp; b</description>",
        "<active>true</active>",
        "<close_notes/>",
        "</incident></record_update>",
    ] {
        assert!(payload.contains(part), "{part} is not in {payload}");
    }
}

#[tokio::test]
async fn journals_are_shown_newest_first() {
    let (clock, instance) = instance().await;
    let mut all = Vec::new();
    for (number, seconds) in [0, 0, 0, 1, 1, 0, 0].into_iter().enumerate() {
        clock.set(clock.now() + TimeDelta::seconds(seconds));
        let body = json!({"work_notes": format!("note {number}"), "comments": format!("comment {number}")});
        let user = if number % 2 == 0 { "itil" } else { "admin" };
        let request = instance.anonymous(Method::PATCH, PATH).basic_auth(user, Some(user));
        assert_eq!(Reply::of(request.body(body.to_string())).await.status, 200);
        let name = if number % 2 == 0 { "ITIL User" } else { "System Administrator" };
        let at = (clock.now() - TimeDelta::hours(8)).format("%Y-%m-%d %H:%M:%S");
        all.push(format!("{at} - {name} (Work notes)\nnote {number}\n\n"));
    }
    all.reverse();
    let fields = "sysparm_fields=work_notes,comments_and_work_notes&sysparm_display_value=all";
    let shown = instance.get(&format!("{PATH}?{fields}")).await.result();
    assert_eq!(shown["work_notes"]["display_value"], all.concat());
    assert_eq!(shown["work_notes"]["value"], "");
    assert_eq!(
        shown["comments_and_work_notes"]["display_value"].as_str().unwrap().matches(" - ").count(),
        14
    );
    let entries = rows(
        &instance,
        "sys_journal_field",
        &format!("element_id={ID}^element=work_notes^valueENDSWITHnote 3"),
        "name,element,element_id,value,sys_created_by",
    )
    .await;
    let expected = json!([{
        "name": "incident", "element": "work_notes", "element_id": ID, "value": "note 3", "sys_created_by": "admin",
    }]);
    assert_eq!(entries, expected);
}

#[tokio::test]
async fn the_clock_is_the_users() {
    let (_, instance) = instance().await;
    let shown = || async {
        let path = format!("{PATH}?sysparm_fields=opened_at&sysparm_display_value=true");
        let reply = Reply::of(instance.anonymous(Method::GET, &path).basic_auth("itil", Some("itil"))).await;
        reply.result()["opened_at"].as_str().unwrap().to_owned()
    };
    let user = format!("/api/now/table/sys_user/{AGENT}");
    let preference = |value: &str| json!({"name": "timezone", "user": AGENT, "value": value}).to_string();
    assert_eq!(instance.send(Method::PATCH, &user, r#"{"time_zone":""}"#).await.status, 200);
    assert_eq!(shown().await, "2023-11-14 14:13:20", "the instance's");
    let path = "/api/now/table/sys_user_preference";
    let made = instance.send(Method::POST, path, &preference("Asia/Tokyo")).await.result();
    assert_eq!(shown().await, "2023-11-15 07:13:20", "the preference");
    assert_eq!(instance.send(Method::PATCH, &user, r#"{"time_zone":"Europe/Paris"}"#).await.status, 200);
    assert_eq!(shown().await, "2023-11-14 23:13:20", "the user's own");
    assert_eq!(instance.send(Method::PATCH, &user, r#"{"time_zone":""}"#).await.status, 200);
    let path = format!("{path}/{}", made["sys_id"].as_str().unwrap());
    assert_eq!(instance.send(Method::PATCH, &path, &preference("No/Where")).await.status, 200);
    assert_eq!(shown().await, "2023-11-14 14:13:20", "a zone that is none");
}
