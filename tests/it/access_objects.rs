//! What hangs on rows and fields that are not the caller's: files, journals, names of other rows, and what errors tell.

use bytes::Bytes;
use futures::StreamExt;
use sncgate_client::pb::attachment_service_client::AttachmentServiceClient;
use sncgate_client::pb::batch_service_client::BatchServiceClient;
use sncgate_client::pb::import_service_client::ImportServiceClient;
use sncgate_client::pb::journal_service_client::JournalServiceClient;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use sncgate_client::pb::{self, DisplayMode, FieldAccess, TableOperation};
use tonic::Status;

use crate::access_rules::{denied, holder, rule, two};
use crate::attachments::{header, parts};
use crate::harness::{Authorized, System, encoded, reason};

fn records(system: &System, key: &str) -> RecordServiceClient<Authorized> {
    RecordServiceClient::new(system.gateway.channel_of(key))
}

fn files(system: &System, key: &str) -> AttachmentServiceClient<Authorized> {
    AttachmentServiceClient::new(system.gateway.channel_of(key))
}

async fn upload(system: &System, key: &str, record: &str) -> Result<String, Status> {
    let content = Bytes::from_static(b"the content of a file");
    let answer = files(system, key).upload_attachment(parts(header(record), &content, 8)).await?;
    Ok(answer.into_inner().attachment.unwrap().sys_id)
}

async fn download(system: &System, key: &str, sys_id: &str) -> Result<usize, Status> {
    let request = pb::DownloadAttachmentRequest { sys_id: sys_id.to_owned(), ..Default::default() };
    let mut parts = files(system, key).download_attachment(request).await?.into_inner();
    let mut bytes = 0;
    while let Some(part) = parts.next().await {
        if let Some(pb::download_attachment_response::Part::Chunk(chunk)) = part?.part {
            bytes += chunk.len();
        }
    }
    Ok(bytes)
}

async fn delete(system: &System, key: &str, sys_id: &str) -> Result<(), Status> {
    let request = pb::DeleteAttachmentRequest { sys_id: sys_id.to_owned(), ..Default::default() };
    files(system, key).delete_attachment(request).await.map(drop)
}

fn is(outcome: Result<impl std::fmt::Debug, Status>, expected: &str, what: &str) {
    assert_eq!(reason(&outcome.unwrap_err()).0, expected, "{what}");
}

#[tokio::test]
async fn files_are_reached_through_their_record_only() {
    let system = System::with_records(0).await;
    let admin = system.gateway.token.clone();
    let (mine, other) = two(&system).await;
    let desk = holder(&system, "desk", vec![rule(&["incident"], "impact=1", &[])]).await;
    let read =
        pb::TableRule { operations: vec![TableOperation::Read.into()], ..rule(&["incident"], "", &[]) };
    let reader = holder(&system, "reader", vec![read]).await;
    let elsewhere = holder(&system, "elsewhere", vec![rule(&["problem"], "", &[])]).await;
    let (on_mine, on_other) =
        (upload(&system, &admin, &mine).await.unwrap(), upload(&system, &admin, &other).await.unwrap());

    assert_eq!(download(&system, &desk, &on_mine).await.unwrap(), 21);
    assert_eq!(download(&system, &reader, &on_other).await.unwrap(), 21);
    for (who, key, file) in [
        ("desk", &desk, &on_other),
        ("elsewhere", &elsewhere, &on_mine),
        ("elsewhere", &elsewhere, &on_other),
    ] {
        is(download(&system, key, file).await, "ATTACHMENT_UNKNOWN", who);
        is(delete(&system, key, file).await, "ATTACHMENT_UNKNOWN", who);
        let get = pb::GetAttachmentRequest { sys_id: file.clone(), ..Default::default() };
        is(files(&system, key).get_attachment(get).await, "ATTACHMENT_UNKNOWN", who);
    }
    // One that is not there looks the same.
    let unknown = download(&system, &desk, &"0".repeat(32)).await.unwrap_err();
    let hidden = download(&system, &desk, &on_other).await.unwrap_err();
    assert_eq!(unknown.message().replace(&"0".repeat(32), ""), hidden.message().replace(&on_other, ""));
    is(delete(&system, &reader, &on_other).await, "ATTACHMENT_UNKNOWN", "who may read only");
    denied(&upload(&system, &reader, &other).await.unwrap_err(), "who may read only");
    denied(&upload(&system, &elsewhere, &mine).await.unwrap_err(), "another table");
    is(upload(&system, &desk, &other).await, "RECORD_UNKNOWN", "another's record");
    let own = upload(&system, &desk, &mine).await.unwrap();
    delete(&system, &desk, &own).await.unwrap();
    assert_eq!(download(&system, &admin, &on_other).await.unwrap(), 21, "it is still there");
    system.stop().await;
}

/// A field that holds what others hold must not be the way around them.
#[tokio::test]
async fn the_journals_together_are_as_hidden_as_each() {
    let system = System::with_records(0).await;
    let (one, _) = two(&system).await;
    let note = pb::AddWorkNoteRequest {
        table: "incident".to_owned(),
        sys_id: one.clone(),
        text: "the hidden note".to_owned(),
        ..Default::default()
    };
    JournalServiceClient::new(system.gateway.channel()).add_work_note(note).await.unwrap();
    let get = |fields: &[&str]| pb::GetRecordRequest {
        table: "incident".to_owned(),
        sys_id: one.clone(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        display: DisplayMode::Both.into(),
        ..Default::default()
    };
    let seen = system.records().get_record(get(&["comments_and_work_notes"])).await.unwrap();
    assert!(format!("{seen:?}").contains("the hidden note"), "there is something to hide: {seen:?}");
    for (name, access) in [("clerk", FieldAccess::Hidden), ("scribe", FieldAccess::Masked)] {
        let key = holder(&system, name, vec![rule(&["incident"], "", &[("work_notes", access)])]).await;
        let mut records = records(&system, &key);
        let whole = records.get_record(get(&[])).await.unwrap();
        assert!(!format!("{whole:?}").contains("the hidden note"), "{name}");
        match records.get_record(get(&["comments_and_work_notes"])).await {
            Ok(shown) => assert!(!format!("{shown:?}").contains("the hidden note"), "{name}: {shown:?}"),
            Err(status) => denied(&status, name),
        }
        for query in ["comments_and_work_notesLIKEhidden", "ORDERBYcomments_and_work_notes"] {
            let list = pb::ListRecordsRequest {
                table: "incident".to_owned(),
                query: Some(encoded(query)),
                ..Default::default()
            };
            denied(&records.list_records(list).await.unwrap_err(), query);
        }
    }
    system.stop().await;
}

/// A person's name is a value of their own row, wherever it is shown.
#[tokio::test]
async fn a_reference_does_not_name_what_it_points_to() {
    let system = System::with_records(20).await;
    let list = |display: DisplayMode| pb::ListRecordsRequest {
        table: "incident".to_owned(),
        query: Some(pb::Query {
            fields: vec!["caller_id".to_owned(), "state".to_owned()],
            display: display.into(),
            ..encoded("caller_idISNOTEMPTY")
        }),
        page_size: 50,
        ..Default::default()
    };
    let group = pb::AggregateRecordsRequest {
        table: "incident".to_owned(),
        count: true,
        group_by: vec!["caller_id".to_owned()],
        query: Some(pb::Query { display: DisplayMode::Both.into(), ..encoded("") }),
        ..Default::default()
    };
    let whole = system.records().list_records(list(DisplayMode::Both)).await.unwrap().into_inner().records;
    let names: Vec<String> =
        whole.iter().map(|record| record.fields["caller_id"].display_value.clone()).collect();
    assert!(names.len() > 5 && names.iter().all(|name| !name.is_empty()));
    let tells = |shown: &str| names.iter().any(|name| shown.contains(name.as_str()));
    for (name, rules, seen) in [
        ("no-users", vec![rule(&["incident"], "", &[])], false),
        ("some-users", vec![rule(&["incident"], "", &[]), rule(&["sys_user"], "active=false", &[])], false),
        (
            "no-names",
            vec![rule(&["incident"], "", &[]), rule(&["sys_user"], "", &[("name", FieldAccess::Hidden)])],
            false,
        ),
        ("all-users", vec![rule(&["incident"], "", &[]), rule(&["sys_user"], "", &[])], true),
    ] {
        let key = holder(&system, name, rules).await;
        let mut records = records(&system, &key);
        for display in [DisplayMode::Both, DisplayMode::Display] {
            let page = records.list_records(list(display)).await.unwrap().into_inner();
            assert_eq!(page.records.len(), whole.len());
            assert_eq!(tells(&format!("{page:?}")), seen, "{name}: {display:?}");
            let states = page.records.iter().map(|record| &record.fields["state"]);
            assert!(states.clone().all(|state| !state.display_value.is_empty()), "a choice is no reference");
        }
        let groups = records.aggregate_records(group.clone()).await.unwrap().into_inner();
        assert_eq!(tells(&format!("{groups:?}")), seen, "{name}: groups");
    }
    system.stop().await;
}

#[tokio::test]
async fn errors_and_batches_tell_nothing_of_what_is_hidden() {
    let system = System::with_records(0).await;
    let (mine, other) = two(&system).await;
    let rules = vec![rule(&["incident"], "impact=1", &[("description", FieldAccess::Hidden)])];
    let key = holder(&system, "desk", rules).await;
    let mut records = records(&system, &key);
    let update = |sys_id: &str, field: &str, etag: &str| pb::UpdateRecordRequest {
        table: "incident".to_owned(),
        sys_id: sys_id.to_owned(),
        fields: [(field.to_owned(), "x".to_owned())].into(),
        etag: etag.to_owned(),
        ..Default::default()
    };
    let forbidden = records.update_record(update(&mine, "description", "")).await.unwrap_err();
    denied(&forbidden, "a hidden field");
    assert!(!format!("{forbidden:?}").contains("the hidden text"), "{forbidden:?}");
    // Whether an etag is right would tell how often a row was written.
    let mut answers = Vec::new();
    for etag in ["", "0", "1", "7"] {
        let status = records.update_record(update(&other, "urgency", etag)).await.unwrap_err();
        answers.push((status.code(), status.message().to_owned(), reason(&status)));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");

    use pb::operation::Kind;
    let get = |sys_id: &str| {
        Kind::Get(pb::GetOperation {
            table: "incident".to_owned(),
            sys_id: sys_id.to_owned(),
            ..Default::default()
        })
    };
    let change = |sys_id: &str| {
        Kind::Update(pb::UpdateOperation {
            table: "incident".to_owned(),
            sys_id: sys_id.to_owned(),
            fields: [("urgency".to_owned(), "1".to_owned())].into(),
            ..Default::default()
        })
    };
    let remove = |sys_id: &str| {
        Kind::Delete(pb::DeleteOperation {
            table: "incident".to_owned(),
            sys_id: sys_id.to_owned(),
            ..Default::default()
        })
    };
    let kinds = [
        get(&other),
        change(&other),
        remove(&other),
        get(&"0".repeat(32)),
        change(&"0".repeat(32)),
        remove(&"0".repeat(32)),
    ];
    let operations = kinds
        .into_iter()
        .enumerate()
        .map(|(id, kind)| pb::Operation { id: id.to_string(), kind: Some(kind) });
    let batch = pb::ExecuteBatchRequest { operations: operations.collect(), ..Default::default() };
    let mut batches = BatchServiceClient::new(system.gateway.channel_of(&key));
    let mut results = batches.execute_batch(futures::stream::iter([batch])).await.unwrap().into_inner();
    let mut told = std::collections::BTreeMap::new();
    while let Some(message) = results.message().await.unwrap() {
        for result in message.results {
            let Some(pb::operation_result::Outcome::Error(error)) = result.outcome else {
                panic!("{result:?}")
            };
            told.insert(
                result.id,
                (error.code, error.reason, error.message.replace(&other, "").replace(&"0".repeat(32), "")),
            );
        }
    }
    for (hidden, missing) in [("0", "3"), ("1", "4"), ("2", "5")] {
        assert_eq!(
            told[hidden], told[missing],
            "a row that is hidden and one that is not there look the same"
        );
    }
    system
        .records()
        .get_record(pb::GetRecordRequest {
            table: "incident".to_owned(),
            sys_id: other,
            ..Default::default()
        })
        .await
        .unwrap();

    let rows = pb::ImportRowsRequest { table: "u_imp_incident".to_owned(), ..Default::default() };
    let imported = ImportServiceClient::new(system.gateway.channel_of(&key))
        .import_rows(futures::stream::iter([rows]))
        .await;
    let refused = match imported {
        Err(status) => status,
        Ok(answer) => answer.into_inner().message().await.unwrap_err(),
    };
    denied(&refused, "a staging table that is not theirs");
    system.stop().await;
}
