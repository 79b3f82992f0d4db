//! Writes, journals, approvals, and retries.

use serde_json::json;
use servicenow_rs::prelude::*;

use crate::checks::{Instance, Run, Seen, column, holds, same, text};

pub async fn all(run: &mut Run, instance: &Instance) {
    run.check("create_update_delete", create_update_delete(instance)).await;
    run.check("journals", journals(instance)).await;
    run.check("states", states(instance)).await;
    run.check("approvals", approvals(instance)).await;
    run.check("relationships", relationships(instance)).await;
    run.check("other_apis", other_apis(instance)).await;
    run.check("rate_limits", rate_limits(instance)).await;
}

async fn create_update_delete(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let values =
        json!({"short_description": "By servicenow_rs", "impact": "1", "urgency": "2", "bunk_field": "x"});
    let record = client.table("incident").display_value(DisplayValue::Both).create(values).await?;
    same(
        "priority",
        (record.get_raw("priority"), record.get_display("priority")),
        (Some("2"), Some("2 - High")),
    )?;
    holds("an unknown field is dropped", !record.has_field("bunk_field"))?;
    same("opened_by", record.get_display("opened_by"), Some("System Administrator"))?;
    let changed = client.table("incident").fields(&["sys_id", "urgency", "priority", "sys_mod_count"]);
    let changed = changed.update(&record.sys_id, json!({"urgency": "3"})).await?;
    let mut names: Vec<_> = changed.field_names().collect();
    names.sort_unstable();
    same("fields", names, vec!["priority", "sys_id", "sys_mod_count", "urgency"])?;
    same("priority", (text(&changed, "priority"), text(&changed, "sys_mod_count")), ("3", "1"))?;
    client.table("incident").delete(&record.sys_id).await?;
    let again = client.table("incident").delete(&record.sys_id).await;
    holds("the second delete", matches!(again, Err(Error::Api { status: 404, .. })))?;
    Ok(text(&record, "number").to_owned())
}

async fn journals(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let record = client.table("incident").create(json!({"short_description": "Journals"})).await?;
    let id = record.sys_id.as_str();
    for note in ["first note", "second note"] {
        client.add_work_note("incident", id, note).await?;
    }
    client.table("incident").update(id, json!({"comments": "a comment"})).await?;
    let mut notes = column(&client.journal("incident", id, "work_notes").execute().await?.records, "value");
    notes.sort();
    same("work notes", notes, vec!["first note".to_owned(), "second note".to_owned()])?;
    same("all entries", client.journal_all("incident", id).execute().await?.len(), 3)?;
    let inline = client.journal_inline("incident", id, &["sys_id", "work_notes", "comments"]).first().await?;
    let inline = inline.ok_or("no record")?;
    let shown = text(&inline, "work_notes");
    let order = (shown.find("second note"), shown.find("first note"));
    holds(&format!("newest first: {shown:?}"), order.0.is_some() && order.0 < order.1)?;
    holds("who and what", shown.contains(" - System Administrator (Work notes)\n"))?;
    client.table("incident").delete(id).await?;
    Ok(text(&inline, "comments").trim().replace('\n', " / "))
}

async fn states(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let record = client.table("incident").create(json!({"short_description": "States"})).await?;
    let begun = client.set_state("incident", &record.sys_id, "2", Some("Starting")).await?;
    same("state", (begun.get_raw("state"), begun.get_display("state")), (Some("2"), Some("In Progress")))?;
    let refused = client.set_state("incident", &record.sys_id, "7", None).await.err();
    // The crate takes every 403 for a failed sign-in.
    holds(&format!("{refused:?}"), matches!(&refused, Some(Error::Auth { status: Some(403), .. })))?;
    let code = json!({"state": "7", "close_code": "Solution provided", "close_notes": "Done"});
    let closed = client.table("incident").update(&record.sys_id, code).await?;
    same("closed", (text(&closed, "state"), text(&closed, "active")), ("7", "false"))?;
    client.table("incident").delete(&record.sys_id).await?;
    Ok(refused.map(|error| error.to_string()).unwrap_or_default())
}

async fn approvals(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let change = client.table("change_request").create(json!({"short_description": "Approvals"})).await?;
    let admin = "6816f79cc0a8016401c5a33be04be441";
    let wanted = json!({"sysapproval": change.sys_id, "approver": admin, "state": "requested"});
    let approval = client.table("sysapproval_approver").create(wanted).await?;
    let approved = client.approve("change_request", &change.sys_id, admin).comment("Fine").execute().await?;
    same("approval", approved.sys_id.as_str(), approval.sys_id.as_str())?;
    same("state", text(&approved, "state"), "Approved")?;
    let again = client.approve("change_request", &change.sys_id, admin).execute().await;
    holds("nothing is left to approve", matches!(again, Err(Error::Api { status: 404, .. })))?;
    client.table("sysapproval_approver").delete(&approval.sys_id).await?;
    client.table("change_request").delete(&change.sys_id).await?;
    Ok(text(&approved, "state").to_owned())
}

/// What hangs on a change: the CIs it affects and its journal.
async fn relationships(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let change = client.table("change_request").create(json!({"short_description": "Relationships"})).await?;
    let server =
        client.table("cmdb_ci_server").order_by("name", Order::Asc).first().await?.ok_or("no server")?;
    let affected = json!({"task": change.sys_id, "ci_item": server.sys_id});
    client.table("task_ci").create(affected).await?;
    client.add_work_note("change_request", &change.sys_id, "Servers are affected").await?;
    let table = client.table("change_request").include_related(&["affected_cis", "work_notes"]);
    let found = table.equals("sys_id", &change.sys_id).execute().await?;
    same("partial errors", found.errors.len(), 0)?;
    let found = found.first().ok_or("no change")?;
    same("CIs", column(found.related("affected_cis"), "ci_item"), vec![server.sys_id])?;
    same("notes", column(found.related("work_notes"), "value"), vec!["Servers are affected".to_owned()])?;
    client.table("change_request").delete(&change.sys_id).await?;
    Ok(text(&change, "number").to_owned())
}

/// `post` is the crate's way to whatever it has no method for; here a row of an import set.
async fn other_apis(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let row = json!({"u_short_description": "By an import set"});
    let result = client.post("/api/now/import/u_imp_incident", row).await?;
    same("status", result[0]["status"].as_str(), Some("inserted"))?;
    same("table", result[0]["table"].as_str(), Some("incident"))?;
    let id = result[0]["sys_id"].as_str().ok_or("no sys_id")?;
    let record = client.table("incident").get(id).await?;
    same("short_description", text(&record, "short_description"), "By an import set")?;
    client.table("incident").delete(id).await?;
    Ok(result[0]["display_value"].as_str().unwrap_or("").to_owned())
}

async fn rate_limits(instance: &Instance) -> Seen {
    let fault = json!({"fault": {"type": "rate_limited", "retry_after": 0}, "times": 2, "kind": "table"});
    let set =
        reqwest::Client::new().post(format!("{}/emulator/faults", instance.http)).json(&fault).send().await?;
    set.error_for_status()?;
    let impatient = instance.client().await?.table("incident").limit(1).execute().await;
    holds("told at once", matches!(impatient, Err(Error::RateLimited { retry_after: Some(0) })))?;
    let patient = instance.client_with(|builder| builder.max_retries(1)).await?;
    same("tried again", patient.table("incident").limit(1).execute().await?.len(), 1)?;
    Ok("429, then 200".to_owned())
}
