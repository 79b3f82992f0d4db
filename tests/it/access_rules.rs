//! Rules on tables, rows and fields, and everything that somebody would try to get around them.

use std::collections::HashMap;

use sncgate_client::pb::attachment_service_client::AttachmentServiceClient;
use sncgate_client::pb::batch_service_client::BatchServiceClient;
use sncgate_client::pb::journal_service_client::JournalServiceClient;
use sncgate_client::pb::query_service_client::QueryServiceClient;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use sncgate_client::pb::role_service_client::RoleServiceClient;
use sncgate_client::pb::schema_service_client::SchemaServiceClient;
use sncgate_client::pb::{self, FieldAccess, Permission, RuleEffect, TableOperation};
use tonic::{Code, Status};

use crate::access::{key_of, user};
use crate::harness::{Authorized, System, encoded, reason};

pub(crate) fn rule(tables: &[&str], rows: &str, fields: &[(&str, FieldAccess)]) -> pb::TableRule {
    let field = |(name, access): &(&str, FieldAccess)| pb::FieldRule {
        fields: vec![(*name).to_owned()],
        access: (*access).into(),
    };
    pb::TableRule {
        tables: tables.iter().map(|table| (*table).to_owned()).collect(),
        row_filter: rows.to_owned(),
        field_rules: fields.iter().map(field).collect(),
        ..pb::TableRule::default()
    }
}

/// The key of somebody with these rules.
pub(crate) async fn holder(system: &System, name: &str, table_rules: Vec<pb::TableRule>) -> String {
    let mut roles = RoleServiceClient::new(system.gateway.channel());
    let permissions = [
        Permission::RecordsRead,
        Permission::RecordsWrite,
        Permission::RecordsDelete,
        Permission::RecordsBatch,
        Permission::RecordsImport,
        Permission::AttachmentsRead,
        Permission::AttachmentsWrite,
        Permission::SchemaRead,
    ];
    let role = pb::Role {
        name: name.to_owned(),
        permissions: permissions.map(Into::into).to_vec(),
        table_rules,
        ..pb::Role::default()
    };
    roles.create_role(pb::CreateRoleRequest { role: Some(role) }).await.unwrap();
    user(&system.gateway, name, &[name]).await;
    key_of(&system.gateway, name, &[]).await
}

fn records(system: &System, key: &str) -> RecordServiceClient<Authorized> {
    RecordServiceClient::new(system.gateway.channel_of(key))
}

fn list(table: &str, query: &str, fields: &[&str]) -> pb::ListRecordsRequest {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    pb::ListRecordsRequest {
        table: table.to_owned(),
        query: Some(pb::Query { fields, ..encoded(query) }),
        page_size: 1000,
        ..Default::default()
    }
}

fn values(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn denied(status: &Status, what: &str) {
    assert_eq!(status.code(), Code::PermissionDenied, "{what}: {status:?}");
}

/// Two incidents of the administrator's: one that is theirs in these tests, one that is not.
pub(crate) async fn two(system: &System) -> (String, String) {
    let mut made = Vec::new();
    for impact in ["1", "3"] {
        let create = pb::CreateRecordRequest {
            table: "incident".to_owned(),
            fields: values(&[
                ("impact", impact),
                ("short_description", "Printer"),
                ("description", "the hidden text"),
                ("close_notes", "the masked text"),
            ]),
            ..Default::default()
        };
        let record = system.records().create_record(create).await.unwrap().into_inner().record.unwrap();
        made.push(record.sys_id);
    }
    let second = made.pop().unwrap();
    (made.pop().unwrap(), second)
}

#[tokio::test]
async fn a_hidden_field_leaks_nowhere() {
    let system = System::with_records(20).await;
    let (one, _) = two(&system).await;
    let fields = [
        ("description", FieldAccess::Hidden),
        ("close_notes", FieldAccess::Masked),
        ("short_description", FieldAccess::ReadOnly),
        ("work_notes", FieldAccess::Hidden),
    ];
    let key = holder(&system, "clerk", vec![rule(&["incident", "sys_user"], "", &fields)]).await;
    let mut records = records(&system, &key);

    let page = records.list_records(list("incident", "", &[])).await.unwrap().into_inner().records;
    assert_eq!(page.len(), 22);
    assert!(page.iter().all(|record| !record.fields.contains_key("description")));
    let masked = page.iter().find(|record| record.sys_id == one).unwrap();
    assert_eq!(masked.fields["close_notes"].value, "****");
    let get =
        pb::GetRecordRequest { table: "incident".to_owned(), sys_id: one.clone(), ..Default::default() };
    let got = records.get_record(get.clone()).await.unwrap().into_inner().record.unwrap();
    assert!(!got.fields.contains_key("description") && got.fields["close_notes"].value == "****");
    let stream = pb::StreamRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    let mut pages = records.stream_records(stream.clone()).await.unwrap().into_inner();
    while let Some(page) = pages.message().await.unwrap() {
        assert!(page.records.iter().all(|record| !record.fields.contains_key("description")));
        assert!(!format!("{page:?}").contains("masked text"));
    }

    // Named in any way, it is refused: each of these would tell something of its value.
    for (query, fields) in [
        ("", &["description"][..]),
        ("", &["parent.description"]),
        ("", &["parent_incident.description"]),
        ("descriptionLIKEhidden", &[]),
        ("close_notesSTARTSWITHthe", &[]),
        ("descriptionISNOTEMPTY", &[]),
        ("active=true^NQdescriptionISNOTEMPTY", &[]),
        ("active=true^ORdescriptionLIKEx", &[]),
        ("ORDERBYdescription", &[]),
        ("ORDERBYDESCclose_notes", &[]),
        ("GROUPBYdescription", &[]),
        ("short_descriptionSAMEASdescription", &[]),
        ("parent_incident.descriptionLIKEx", &[]),
        ("123TEXTQUERY321=hidden", &[]),
        ("RLQUERYincident.parent_incident,>=1^descriptionLIKEx^ENDRLQUERY", &[]),
        ("RLQUERYtask.parent,>=1^numberLIKEx^ENDRLQUERY", &[]),
        ("JOINincident.sys_id=incident.parent_incident!descriptionLIKEx", &[]),
        ("JOINincident.caller_id=sys_user_has_role.user!role.name=admin", &[]),
        ("sys_id=javascript:new GlideRecord('incident').get('x')", &[]),
    ] {
        let status = records.list_records(list("incident", query, fields)).await.unwrap_err();
        denied(&status, &format!("{query} {fields:?}"));
        let read =
            pb::StreamRecordsRequest { query: list("incident", query, fields).query, ..stream.clone() };
        if !query.contains("ORDERBY") && !query.contains("GROUPBY") {
            denied(&records.stream_records(read).await.unwrap_err(), query);
        }
        if fields.is_empty() && !query.contains("ORDERBY") && !query.contains("GROUPBY") {
            let count = pb::AggregateRecordsRequest {
                table: "incident".to_owned(),
                query: Some(encoded(query)),
                count: true,
                ..Default::default()
            };
            denied(&records.aggregate_records(count).await.unwrap_err(), query);
            let update = pb::UpdateRecordsRequest {
                table: "incident".to_owned(),
                query: Some(encoded(query)),
                fields: values(&[("impact", "2")]).into_iter().collect(),
                max_records: 1000,
                dry_run: true,
                ..Default::default()
            };
            denied(&records.update_records(update).await.unwrap_err(), query);
        }
    }
    let by = |group: &str, min: &str| pb::AggregateRecordsRequest {
        table: "incident".to_owned(),
        count: true,
        group_by: Some(group).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect(),
        min: Some(min).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect(),
        ..Default::default()
    };
    for request in
        [by("description", ""), by("close_notes", ""), by("", "description"), by("", "close_notes")]
    {
        denied(&records.aggregate_records(request.clone()).await.unwrap_err(), &format!("{request:?}"));
    }
    denied(
        &records
            .get_record(pb::GetRecordRequest { fields: vec!["description".into()], ..get })
            .await
            .unwrap_err(),
        "get",
    );

    // Written, it is refused too; so is what is read-only.
    for field in ["description", "close_notes", "short_description"] {
        let update = pb::UpdateRecordRequest {
            table: "incident".to_owned(),
            sys_id: one.clone(),
            fields: values(&[(field, "x")]).into_iter().collect(),
            ..Default::default()
        };
        denied(&records.update_record(update).await.unwrap_err(), field);
        let create = pb::CreateRecordRequest {
            table: "incident".to_owned(),
            fields: values(&[(field, "x")]).into_iter().collect(),
            ..Default::default()
        };
        denied(&records.create_record(create).await.unwrap_err(), field);
    }
    let update = pb::UpdateRecordRequest {
        table: "incident".to_owned(),
        sys_id: one.clone(),
        fields: values(&[("urgency", "1")]).into_iter().collect(),
        ..Default::default()
    };
    let updated = records.update_record(update).await.unwrap().into_inner().record.unwrap();
    assert!(!updated.fields.contains_key("description") && updated.fields["close_notes"].value == "****");

    // In a batch, and in the journal.
    let operation = |id: &str, kind| pb::Operation { id: id.to_owned(), kind: Some(kind) };
    let batch = pb::ExecuteBatchRequest {
        operations: vec![
            operation(
                "whole",
                pb::operation::Kind::Get(pb::GetOperation {
                    table: "incident".to_owned(),
                    sys_id: one.clone(),
                    ..Default::default()
                }),
            ),
            operation(
                "named",
                pb::operation::Kind::Get(pb::GetOperation {
                    table: "incident".to_owned(),
                    sys_id: one.clone(),
                    fields: vec!["description".to_owned()],
                    ..Default::default()
                }),
            ),
        ],
        ..Default::default()
    };
    let mut batches = BatchServiceClient::new(system.gateway.channel_of(&key));
    let mut answers = batches.execute_batch(futures::stream::iter([batch])).await.unwrap().into_inner();
    let mut outcomes = HashMap::new();
    while let Some(message) = answers.message().await.unwrap() {
        outcomes.extend(message.results.into_iter().map(|result| (result.id, result.outcome.unwrap())));
    }
    let Some(pb::operation_result::Outcome::Record(whole)) = outcomes.remove("whole") else {
        panic!("{outcomes:?}")
    };
    assert!(!whole.fields.contains_key("description") && whole.fields["close_notes"].value == "****");
    assert!(matches!(outcomes.remove("named"), Some(pb::operation_result::Outcome::Error(_))));
    let mut journals = JournalServiceClient::new(system.gateway.channel_of(&key));
    let journal = pb::ListJournalRequest {
        table: "incident".to_owned(),
        sys_id: one.clone(),
        kind: pb::JournalKind::WorkNote.into(),
        ..Default::default()
    };
    denied(&journals.list_journal(journal.clone()).await.unwrap_err(), "the hidden journal");
    journals
        .list_journal(pb::ListJournalRequest { kind: pb::JournalKind::Comment.into(), ..journal })
        .await
        .unwrap();

    // Tables that hold copies, the dictionary, and what explains a query.
    for table in ["sys_journal_field", "sys_audit", "sys_attachment", "task", "sys_dictionary"] {
        denied(&records.list_records(list(table, "", &[])).await.unwrap_err(), table);
    }
    let mut schema = SchemaServiceClient::new(system.gateway.channel_of(&key));
    let table = pb::GetTableRequest { table: "incident".to_owned(), ..Default::default() };
    let columns = schema.get_table(table).await.unwrap().into_inner().table.unwrap().columns;
    assert!(columns.iter().all(|column| column.name != "description"));
    let tables = schema.list_tables(pb::ListTablesRequest::default()).await.unwrap().into_inner().tables;
    let names: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
    assert!(names.contains(&"incident") && !names.contains(&"task"), "{names:?}");
    let mut queries = QueryServiceClient::new(system.gateway.channel_of(&key));
    let explain = pb::ExplainQueryRequest { table: "task".to_owned(), ..Default::default() };
    denied(&queries.explain_query(explain).await.unwrap_err(), "a table that is not theirs");
    system.stop().await;
}

#[tokio::test]
async fn a_row_filter_holds_for_every_read_and_write() {
    let system = System::with_records(20).await;
    let (mine, other) = two(&system).await;
    let key = holder(&system, "desk", vec![rule(&["incident"], "impact=1", &[])]).await;
    let mut records = records(&system, &key);
    let all = system.records().list_records(list("incident", "impact=1", &[])).await.unwrap().into_inner();

    for query in
        ["", "impact=1", "impact=3^NQimpact=1", "sys_idISNOTEMPTY^ORimpact=3", "active=true^NQactive=false"]
    {
        let page = records.list_records(list("incident", query, &["impact"])).await.unwrap().into_inner();
        assert!(page.records.iter().all(|record| record.fields["impact"].value == "1"), "{query}");
        assert_eq!(page.total_size, all.total_size, "{query}: the count tells nothing of other rows");
    }
    assert!(
        records
            .list_records(list("incident", "impact=3", &[]))
            .await
            .unwrap()
            .into_inner()
            .records
            .is_empty()
    );
    let stream = pb::StreamRecordsRequest {
        table: "incident".to_owned(),
        query: Some(encoded("impact=3^NQimpact=1")),
        page_size: 3,
        ..Default::default()
    };
    let mut pages = records.stream_records(stream).await.unwrap().into_inner();
    let mut seen = 0;
    while let Some(page) = pages.message().await.unwrap() {
        assert!(page.records.iter().all(|record| record.fields["impact"].value == "1"));
        seen += page.records.len() as i64;
    }
    assert_eq!(seen, all.total_size);
    let count =
        pb::AggregateRecordsRequest { table: "incident".to_owned(), count: true, ..Default::default() };
    assert_eq!(records.aggregate_records(count).await.unwrap().into_inner().groups[0].count, all.total_size);

    let get = |sys_id: &str| pb::GetRecordRequest {
        table: "incident".to_owned(),
        sys_id: sys_id.to_owned(),
        ..Default::default()
    };
    records.get_record(get(&mine)).await.unwrap();
    let unknown = |status: Status| assert_eq!(reason(&status).0, "RECORD_UNKNOWN", "{status:?}");
    unknown(records.get_record(get(&other)).await.unwrap_err());
    let update = |sys_id: &str, pairs: &[(&str, &str)], etag: &str| pb::UpdateRecordRequest {
        table: "incident".to_owned(),
        sys_id: sys_id.to_owned(),
        fields: values(pairs).into_iter().collect(),
        etag: etag.to_owned(),
        ..Default::default()
    };
    unknown(records.update_record(update(&other, &[("urgency", "1")], "")).await.unwrap_err());
    unknown(records.update_record(update(&other, &[("urgency", "1")], "0")).await.unwrap_err());
    denied(
        &records.update_record(update(&mine, &[("impact", "3")], "")).await.unwrap_err(),
        "out of one's own rows",
    );
    records.update_record(update(&mine, &[("urgency", "1")], "")).await.unwrap();
    let delete =
        pb::DeleteRecordRequest { table: "incident".to_owned(), sys_id: other.clone(), ..Default::default() };
    unknown(records.delete_record(delete.clone()).await.unwrap_err());
    records.delete_record(pb::DeleteRecordRequest { allow_missing: true, ..delete }).await.unwrap();
    system.records().get_record(get(&other)).await.expect("it is still there");

    let create = |pairs: &[(&str, &str)]| pb::CreateRecordRequest {
        table: "incident".to_owned(),
        fields: values(pairs).into_iter().collect(),
        ..Default::default()
    };
    denied(&records.create_record(create(&[("impact", "3")])).await.unwrap_err(), "another's row");
    denied(&records.create_record(create(&[])).await.unwrap_err(), "a row that is nobody's");
    records.create_record(create(&[("impact", "1")])).await.unwrap();

    // By query: only one's own are counted and written.
    let many = pb::DeleteRecordsRequest {
        table: "incident".to_owned(),
        query: Some(encoded("sys_idISNOTEMPTY")),
        max_records: 1000,
        dry_run: true,
        ..Default::default()
    };
    let matched =
        records.delete_records(many).await.unwrap().into_inner().message().await.unwrap().unwrap().matched;
    assert_eq!(matched, all.total_size + 1);

    // What hangs on a row is reached through the row.
    let mut journals = JournalServiceClient::new(system.gateway.channel_of(&key));
    let comment = |sys_id: &str| pb::AddCommentRequest {
        table: "incident".to_owned(),
        sys_id: sys_id.to_owned(),
        text: "hello".to_owned(),
        ..Default::default()
    };
    unknown(journals.add_comment(comment(&other)).await.unwrap_err());
    journals.add_comment(comment(&mine)).await.unwrap();
    let mut attachments = AttachmentServiceClient::new(system.gateway.channel_of(&key));
    let listed = |record: &str| pb::ListAttachmentsRequest {
        table: "incident".to_owned(),
        record_sys_id: record.to_owned(),
        ..Default::default()
    };
    attachments.list_attachments(listed(&mine)).await.unwrap();
    unknown(attachments.list_attachments(listed(&other)).await.unwrap_err());
    assert_eq!(attachments.list_attachments(listed("")).await.unwrap_err().code(), Code::InvalidArgument);
    system.stop().await;
}

#[tokio::test]
async fn a_rule_holds_for_tables_that_extend_and_from_above() {
    let system = System::with_records(20).await;
    let deny = pb::TableRule { effect: RuleEffect::Deny.into(), ..rule(&["incident"], "", &[]) };
    let read = pb::TableRule { operations: vec![TableOperation::Read.into()], ..rule(&["task"], "", &[]) };
    let key = holder(&system, "planner", vec![read, deny]).await;
    let mut records = records(&system, &key);
    denied(&records.list_records(list("incident", "", &[])).await.unwrap_err(), "denied by name");
    records.list_records(list("problem", "", &[])).await.expect("it extends task");
    let tasks =
        records.list_records(list("task", "", &["sys_class_name"])).await.unwrap().into_inner().records;
    assert!(!tasks.is_empty());
    assert!(
        tasks.iter().all(|task| task.fields["sys_class_name"].value != "incident"),
        "seen through its parent"
    );
    let incident =
        &system.records().list_records(list("incident", "", &[])).await.unwrap().into_inner().records[0];
    let through_task = pb::GetRecordRequest {
        table: "task".to_owned(),
        sys_id: incident.sys_id.clone(),
        ..Default::default()
    };
    assert_eq!(reason(&records.get_record(through_task).await.unwrap_err()).0, "RECORD_UNKNOWN");
    system.stop().await;
}

#[tokio::test]
async fn a_key_with_bounds_stays_within_them() {
    let system = System::with_records(3).await;
    let key = key_of(&system.gateway, "admin", &["incident"]).await;
    let mut records = records(&system, &key);
    records.list_records(list("incident", "", &[])).await.unwrap();
    denied(&records.list_records(list("problem", "", &[])).await.unwrap_err(), "another table");
    denied(
        &records.list_records(list("incident", "", &["caller_id.name"])).await.unwrap_err(),
        "by a dot-walk",
    );
    let mut keys = pb::api_key_service_client::ApiKeyServiceClient::new(system.gateway.channel_of(&key));
    denied(&keys.list_api_keys(pb::ListApiKeysRequest::default()).await.unwrap_err(), "keys");
    system.stop().await;
}

#[tokio::test]
async fn a_decision_is_explained() {
    let system = System::with_records(0).await;
    user(&system.gateway, "vera", &["viewer"]).await;
    let mut access = pb::access_service_client::AccessServiceClient::new(system.gateway.channel());
    let ask = |operation: TableOperation| pb::TestPermissionRequest {
        username: "vera".to_owned(),
        method: "sncgate.v1.RecordService/GetRecord".to_owned(),
        table: "incident".to_owned(),
        operation: operation.into(),
        ..Default::default()
    };
    let read = access.test_permission(ask(TableOperation::Read)).await.unwrap().into_inner();
    assert!(read.allowed && read.permission() == Permission::RecordsRead, "{read:?}");
    let write = access.test_permission(ask(TableOperation::Update)).await.unwrap().into_inner();
    assert!(
        !write.allowed && write.explanation[0].contains("no role allows update on incident"),
        "{write:?}"
    );
    system.stop().await;
}
