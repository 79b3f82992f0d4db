//! Queries, pages, display values, relationships and aggregates.

use std::collections::BTreeMap;

use servicenow_rs::prelude::*;

use crate::checks::{Instance, Run, Seen, column, holds, same, text};

const ADMIN: &str = "6816f79cc0a8016401c5a33be04be441";

pub async fn all(run: &mut Run, instance: &Instance) {
    run.check("records_by_id_number_and_condition", one(instance)).await;
    run.check("every_row_once_in_pages", pages(instance)).await;
    run.check("operators", operators(instance)).await;
    run.check("display_values", display_values(instance)).await;
    run.check("dot_walked_fields", dot_walked(instance)).await;
    run.check("related_records", related(instance)).await;
    run.check("aggregates", aggregates(instance)).await;
    run.check("errors", errors(instance)).await;
    run.check("tokens", tokens(instance)).await;
    run.check("over_http", over_http(instance)).await;
}

async fn one(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let admin = client.table("sys_user").get(ADMIN).await?;
    same("user_name", text(&admin, "user_name"), "admin")?;
    same("sys_id", admin.sys_id.as_str(), ADMIN)?;
    let first =
        client.table("incident").order_by("number", Order::Asc).first().await?.ok_or("no incident")?;
    let number = text(&first, "number").to_owned();
    let again = client.get_by_number(&number).await?.ok_or("not found by its number")?;
    same("by number", again.sys_id, first.sys_id)?;
    holds("none", client.table("incident").equals("number", "INC0").first().await?.is_none())?;
    Ok(number)
}

async fn pages(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let ordered = || client.table("incident").fields(&["sys_id", "number"]).order_by("number", Order::Desc);
    let whole = ordered().limit(1000).execute().await?;
    let numbers = column(&whole.records, "number");
    let mut sorted = numbers.clone();
    sorted.sort_by(|one, other| other.cmp(one));
    same("descending", &numbers, &sorted)?;
    same("total", whole.total_count, Some(numbers.len() as u64))?;
    for size in [7, 60] {
        let paged = ordered().limit(size).execute_all(None).await?;
        same(&format!("in pages of {size}"), &column(&paged.records, "number"), &numbers)?;
    }
    let mut paginator = ordered().limit(50).offset(100).paginate()?;
    let mut rest = Vec::new();
    while let Some(page) = paginator.next_page().await? {
        rest.extend(column(&page.records, "number"));
    }
    same("from an offset", rest.as_slice(), &numbers[100..])?;
    same("count", client.table("incident").count().await?, numbers.len() as u64)?;
    same("without a count", ordered().limit(5).no_count().execute().await?.total_count, None)?;
    Ok(format!("{} rows", numbers.len()))
}

async fn operators(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let fields = ["sys_id", "number", "priority", "state", "short_description", "assigned_to"];
    let rows = client.table("incident").fields(&fields).limit(1000).execute().await?.records;
    let word = text(&rows[0], "short_description").split(' ').next().ok_or("no word")?.to_owned();
    let tail = text(&rows[0], "number")[8..].to_owned();
    type Holds<'a> = Box<dyn Fn(&Record) -> bool + 'a>;
    let contains =
        |row: &Record| text(row, "short_description").to_lowercase().contains(&word.to_lowercase());
    let priority = |row: &Record| text(row, "priority").parse::<u8>().unwrap_or(0);
    let cases: Vec<(&str, Operator, &str, Holds)> = vec![
        ("priority", Operator::Equals, "3", Box::new(|row| priority(row) == 3)),
        ("priority", Operator::NotEquals, "3", Box::new(|row| priority(row) != 3)),
        ("priority", Operator::GreaterThan, "3", Box::new(|row| priority(row) > 3)),
        ("priority", Operator::GreaterThanOrEqual, "3", Box::new(|row| priority(row) >= 3)),
        ("priority", Operator::LessThan, "3", Box::new(|row| priority(row) < 3)),
        ("priority", Operator::LessThanOrEqual, "3", Box::new(|row| priority(row) <= 3)),
        ("priority", Operator::In, "1,4", Box::new(|row| [1, 4].contains(&priority(row)))),
        ("priority", Operator::NotIn, "1,4", Box::new(|row| ![1, 4].contains(&priority(row)))),
        ("priority", Operator::Between, "2@4", Box::new(|row| (2..=4).contains(&priority(row)))),
        (
            "short_description",
            Operator::StartsWith,
            &word,
            Box::new(|row| text(row, "short_description").starts_with(&word)),
        ),
        ("short_description", Operator::Contains, &word, Box::new(contains)),
        ("short_description", Operator::NotContains, &word, Box::new(|row| !contains(row))),
        ("number", Operator::EndsWith, &tail, Box::new(|row| text(row, "number").ends_with(&tail))),
        ("assigned_to", Operator::IsEmpty, "", Box::new(|row| text(row, "assigned_to").is_empty())),
        ("assigned_to", Operator::IsNotEmpty, "", Box::new(|row| !text(row, "assigned_to").is_empty())),
        ("sys_class_name", Operator::InstanceOf, "task", Box::new(|_| true)),
    ];
    for (field, operator, value, picks) in &cases {
        let found = client.table("incident").fields(&["sys_id"]).filter(field, *operator, value).limit(1000);
        let mut found = column(&found.execute().await?.records, "sys_id");
        let mut expected: Vec<_> =
            rows.iter().filter(|row| picks(row)).map(|row| row.sys_id.clone()).collect();
        found.sort();
        expected.sort();
        same(&format!("{field} {operator:?} {value}"), found, expected)?;
    }
    let either = client.table("incident").fields(&["sys_id", "state"]).equals("priority", "1");
    let either = either.or_filter("priority", Operator::Equals, "4").not_equals("state", "7").limit(1000);
    let expected =
        rows.iter().filter(|row| [1, 4].contains(&priority(row)) && text(row, "state") != "7").count();
    same("OR binds tighter than AND", either.execute().await?.len(), expected)?;
    Ok(format!("{} operators over {} incidents", cases.len(), rows.len()))
}

async fn display_values(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let asked = |mode| client.table("incident").equals("number", "INC0000060").display_value(mode);
    let both = asked(DisplayValue::Both).first().await?.ok_or("no INC0000060")?;
    same("state", (both.get_raw("state"), both.get_display("state")), (Some("7"), Some("Closed")))?;
    same("resolved_by", both.get_display("resolved_by"), Some("David Loo"))?;
    let raw = asked(DisplayValue::Raw).first().await?.ok_or("no INC0000060")?;
    same("opened_at", text(&raw, "opened_at"), "2016-12-12 15:19:57")?;
    let shown = asked(DisplayValue::Display).first().await?.ok_or("no INC0000060")?;
    same("opened_at, shown", text(&shown, "opened_at"), "2016-12-12 07:19:57")?;
    same("priority, shown", text(&shown, "priority"), "3 - Moderate")?;
    let linked =
        asked(DisplayValue::Both).exclude_reference_link(false).first().await?.ok_or("no INC0000060")?;
    let link = linked.get("resolved_by").and_then(|value| value.link.clone()).ok_or("no link")?;
    let expected =
        format!("{}/api/now/table/sys_user/{}", instance.https, both.get_raw("resolved_by").unwrap_or(""));
    same("link", link.as_str(), expected.as_str())?;
    Ok(link)
}

async fn dot_walked(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let table =
        client.table("sys_user").equals("department.name", "Finance").fields(&["sys_id", "user_name"]);
    let found =
        table.dot_walk(&["department.name", "department.dept_head.email"]).limit(100).execute().await?;
    holds("somebody is in Finance", !found.is_empty())?;
    for user in &found {
        same("department.name", text(user, "department.name"), "Finance")?;
        same("dept_head.email", text(user, "department.dept_head.email"), "natasha.ingram@example.com")?;
    }
    Ok(format!("{} users in Finance", found.len()))
}

async fn related(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let changes = client.table("change_request").fields(&["sys_id", "number"]).limit(1000);
    let changes = changes.include_related(&["change_task", "approvals"]).execute().await?;
    same("partial errors", changes.errors.len(), 0)?;
    for (relation, table, key) in [
        ("change_task", "change_task", "change_request"),
        ("approvals", "sysapproval_approver", "sysapproval"),
    ] {
        let found: usize = changes.iter().map(|change| change.related(relation).len()).sum();
        let ids = column(&changes.records, "sys_id").join(",");
        let expected = client.table(table).filter(key, Operator::In, &ids).count().await?;
        holds(&format!("there is a {relation}"), found > 0)?;
        same(relation, found as u64, expected)?;
    }
    Ok(format!("of {} changes", changes.len()))
}

async fn aggregates(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let rows = client.table("incident").fields(&["sys_id", "priority"]).limit(1000).execute().await?.records;
    let mut expected = BTreeMap::new();
    for row in &rows {
        *expected.entry(text(row, "priority").to_owned()).or_insert(0) += 1;
    }
    let whole = client.aggregate("incident").count().execute().await?;
    same("count", (whole.is_grouped(), whole.count()), (false, rows.len() as u64))?;
    let groups = client.aggregate("incident").count().group_by("priority").execute().await?;
    let found = groups.groups().iter().map(|group| (group.field_value("priority").to_owned(), group.count()));
    same("by priority", found.collect::<BTreeMap<_, _>>(), expected.clone())?;
    let shown =
        client.aggregate("incident").count().group_by("priority").display_value(true).execute().await?;
    let labels = shown.groups().iter().all(|group| group.field_value("priority").contains(" - "));
    holds("labels", labels)?;
    let few = client.aggregate("incident").count().group_by("priority").having_count("count^priority^>^10");
    let many = expected.values().filter(|count| **count > 10).count();
    same("having", few.execute().await?.group_count(), many)?;
    let active = client.aggregate("incident").count().equals("active", "true").execute().await?.count();
    same("with a condition", active, client.table("incident").equals("active", "true").count().await?)?;
    Ok(format!("{expected:?}"))
}

async fn errors(instance: &Instance) -> Seen {
    let client = instance.client().await?;
    let unknown = client.table("no_such_table").execute().await.err();
    let Some(Error::Api { status: 400, message, .. }) = unknown else {
        return Err(format!("an unknown table: {unknown:?}").into());
    };
    same("message", message.as_str(), "Invalid table no_such_table")?;
    let missing = client.table("incident").get(&"ab".repeat(16)).await.err();
    let Some(Error::Api { status: 404, message: missing, detail }) = missing else {
        return Err(format!("a missing record: {missing:?}").into());
    };
    same("message", missing.as_str(), "No Record found")?;
    let why = "Record doesn't exist or ACL restricts the record retrieval";
    same("detail", detail.as_deref(), Some(why))?;
    let stranger = instance.client_with(|builder| builder.auth(BasicAuth::new("admin", "wrong"))).await?;
    let wrong = stranger.table("incident").execute().await.err();
    let Some(Error::Auth { status: Some(401), message: wrong }) = wrong else {
        return Err(format!("a wrong password: {wrong:?}").into());
    };
    same("message", wrong.as_str(), "User Not Authenticated")?;
    Ok(message)
}

/// The crate takes tokens but does not ask for them; this asks as its users must.
async fn tokens(instance: &Instance) -> Seen {
    let authority = reqwest::Certificate::from_pem(&std::fs::read(std::env::var("INSTANCE_CA")?)?)?;
    let plain = reqwest::Client::builder().add_root_certificate(authority).build()?;
    let form = [
        ("grant_type", "password"),
        ("client_id", &instance.client_id),
        ("client_secret", &instance.client_secret),
        ("username", "itil"),
        ("password", "itil"),
    ];
    let reply = plain.post(format!("{}/oauth_token.do", instance.https)).form(&form).send().await?;
    let reply: serde_json::Value = reply.json().await?;
    let token = reply["access_token"].as_str().ok_or_else(|| format!("no token: {reply}"))?;
    let client = instance.client_with(|builder| builder.auth(TokenAuth::bearer(token))).await?;
    let me = client.table("sys_user").equals("sys_id", "javascript:gs.getUserID()").first().await?;
    same("who am I", me.as_ref().map(|me| text(me, "user_name")), Some("itil"))?;
    let forged = instance.client_with(|builder| builder.auth(TokenAuth::bearer("forged"))).await?;
    holds(
        "a forged one",
        matches!(forged.table("incident").execute().await, Err(Error::Auth { status: Some(401), .. })),
    )?;
    let key = TokenAuth::custom_header("x-sn-apikey", &instance.api_key);
    let keyed = instance.client_with(|builder| builder.auth(key)).await?;
    let me = keyed.table("sys_user").equals("sys_id", "javascript:gs.getUserID()").first().await?;
    same("the key stands for", me.as_ref().map(|me| text(me, "user_name")), Some("itil"))?;
    Ok(format!("expires in {}", reply["expires_in"]))
}

async fn over_http(instance: &Instance) -> Seen {
    let client = instance.client_with(|builder| builder.instance(&instance.http).allow_http()).await?;
    same("admin", text(&client.table("sys_user").get(ADMIN).await?, "user_name"), "admin")?;
    Ok(client.base_url().to_owned())
}
