//! CreateRecord, UpdateRecord and DeleteRecord.

use std::collections::HashMap;

use sncgate_client::pb;
use tonic::Code;

use crate::harness::{System, reason};

fn fields(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn create(pairs: &[(&str, &str)]) -> pb::CreateRecordRequest {
    pb::CreateRecordRequest { table: "incident".to_owned(), fields: fields(pairs), ..Default::default() }
}

#[tokio::test]
async fn a_record_lives_and_dies() {
    let system = System::with_records(5).await;
    let mut client = system.records();
    let request = create(&[("short_description", "Printer on fire"), ("impact", "1"), ("urgency", "2")]);
    let created = client.create_record(request).await.unwrap().into_inner().record.unwrap();
    assert_eq!(created.fields["priority"].value, "2", "the instance computed it");
    assert_eq!(created.etag, "0");
    assert!(created.fields["number"].value.starts_with("INC"));

    let update = pb::UpdateRecordRequest {
        table: "incident".to_owned(),
        sys_id: created.sys_id.clone(),
        fields: fields(&[("short_description", "Printer extinguished")]),
        etag: created.etag.clone(),
        ..Default::default()
    };
    let updated = client.update_record(update.clone()).await.unwrap().into_inner().record.unwrap();
    assert_eq!(updated.etag, "1");

    let stale = client.update_record(update.clone()).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    let (reason_of_stale, metadata) = reason(&stale);
    assert_eq!((reason_of_stale.as_str(), metadata["etag"].as_str()), ("ETAG_MISMATCH", "1"));

    let clear = pb::UpdateRecordRequest {
        fields: HashMap::new(),
        update_mask: Some(prost_types::FieldMask { paths: vec!["short_description".to_owned()] }),
        etag: String::new(),
        ..update
    };
    let cleared = client.update_record(clear).await.unwrap().into_inner().record.unwrap();
    assert_eq!(cleared.fields["short_description"].value, "", "masked without a value: cleared");

    let delete = pb::DeleteRecordRequest {
        table: "incident".to_owned(),
        sys_id: created.sys_id.clone(),
        ..Default::default()
    };
    client.delete_record(delete.clone()).await.unwrap();
    let gone = client.delete_record(delete.clone()).await.unwrap_err();
    assert_eq!((gone.code(), reason(&gone).0.as_str()), (Code::NotFound, "RECORD_UNKNOWN"));
    client.delete_record(pb::DeleteRecordRequest { allow_missing: true, ..delete }).await.unwrap();
    system.stop().await;
}

#[tokio::test]
async fn one_request_id_makes_one_record() {
    let system = System::with_records(0).await;
    let request = pb::CreateRecordRequest {
        request_id: "0b6ef6c3-3d0c-4d29-9ac8-a3a0f4c1f5a2".to_owned(),
        ..create(&[("short_description", "Only once")])
    };
    let calls = (0..4).map(|_| {
        let (mut client, request) = (system.records(), request.clone());
        async move { client.create_record(request).await.unwrap().into_inner().record.unwrap() }
    });
    let records = futures::future::join_all(calls).await;
    assert!(records.iter().all(|record| record.sys_id == records[0].sys_id));
    let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    assert_eq!(system.records().list_records(list).await.unwrap().into_inner().records.len(), 1);
    system.stop().await;
}

#[tokio::test]
async fn display_values_are_taken_where_asked() {
    let system = System::with_records(0).await;
    let request = pb::CreateRecordRequest {
        input_display_value: true,
        display: pb::DisplayMode::Both.into(),
        ..create(&[("caller_id", "Joe Employee"), ("state", "In Progress"), ("impact", "1 - High")])
    };
    let record = system.records().create_record(request).await.unwrap().into_inner().record.unwrap();
    assert_eq!(record.fields["caller_id"].value, "681ccaf9c0a8016400b98a06818d57c7");
    assert_eq!(record.fields["state"].value, "2");
    assert_eq!(record.fields["impact"].value, "1");
    system.stop().await;
}

#[tokio::test]
async fn the_instances_rules_refuse_in_its_own_words() {
    let system = System::with_records(0).await;
    let mut client = system.records();
    let created = client.create_record(create(&[])).await.unwrap().into_inner().record.unwrap();
    let update = pb::UpdateRecordRequest {
        table: "incident".to_owned(),
        sys_id: created.sys_id,
        fields: fields(&[("state", "6")]),
        ..Default::default()
    };
    let refused = client.update_record(update).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).0.as_str()),
        (Code::FailedPrecondition, "INSTANCE_REJECTED")
    );
    assert!(refused.message().contains("Resolution code, Resolution notes"), "{}", refused.message());
    system.stop().await;
}
