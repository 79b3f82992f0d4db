//! A repeated request id gets the first call's answer, also from a gateway that was killed and started again.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use servicenow_emulator::faults::{Fault, Rule};
use sncgate_client::pb;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use crate::backing::{BACKINGS, Backing};
use crate::harness::{Gateway, System, config, encoded, reason};

const ID: &str = "6e0f4f0e-53c5-4d2c-9d3b-5c0a3f0f4a11";

/// `sncgate serve` as a process of its own, in front of an instance that is there.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(instance: &str, data: &Path, backing: Backing) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
            .args(["serve", "--print-json", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .envs(backing.variables(data))
            .env("SNCGATE__ACCESS__ENABLED", "false")
            .env("SNCGATE__INSTANCES__DEV__URL", instance)
            .env("SNCGATE__INSTANCES__DEV__AUTH__TYPE", "basic")
            .env("SNCGATE__INSTANCES__DEV__AUTH__USERNAME", "admin")
            .env("SNCGATE__INSTANCES__DEV__AUTH__PASSWORD", "admin")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addresses: serde_json::Value = serde_json::from_str(&line).unwrap();
        Process { child, address: addresses["gateway"].as_str().unwrap().to_owned() }
    }

    fn records(&self) -> RecordServiceClient<Channel> {
        RecordServiceClient::new(Endpoint::from_shared(self.address.clone()).unwrap().connect_lazy())
    }

    /// As `kill -9` does: nothing is finished, nothing is written any more.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn fields(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn create() -> pb::CreateRecordRequest {
    pb::CreateRecordRequest {
        table: "incident".to_owned(),
        fields: fields(&[("short_description", "Only once"), ("impact", "1"), ("urgency", "1")]),
        request_id: ID.to_owned(),
        ..Default::default()
    }
}

fn update(sys_id: &str, pairs: &[(&str, &str)], etag: &str) -> pb::UpdateRecordRequest {
    pb::UpdateRecordRequest {
        table: "incident".to_owned(),
        sys_id: sys_id.to_owned(),
        fields: fields(pairs),
        etag: etag.to_owned(),
        request_id: ID.to_owned(),
        ..Default::default()
    }
}

fn delete(sys_id: &str) -> pb::DeleteRecordRequest {
    pb::DeleteRecordRequest {
        table: "incident".to_owned(),
        sys_id: sys_id.to_owned(),
        request_id: ID.to_owned(),
        ..Default::default()
    }
}

/// The next request of this kind is carried out and answered with 500.
fn lose_answer(system: &System, kind: &str) {
    let rule = Rule { kind: Some(kind.to_owned()), ..Rule::new(Fault::CommittedThenError) };
    system.emulator.as_ref().unwrap().faults().add(rule.times(1)).unwrap();
}

#[tokio::test]
async fn answers_outlive_a_gateway_that_is_killed() {
    for backing in BACKINGS {
        answers_outlive_a_kill(backing).await;
    }
}

async fn answers_outlive_a_kill(backing: Backing) {
    let system = System::with_records(3).await;
    let instance = format!("http://{}", system.emulator.as_ref().unwrap().http());
    let data = tempfile::tempdir().unwrap();

    let gateway = Process::start(&instance, data.path(), backing);
    let mut client = gateway.records();
    let created = client.create_record(create()).await.unwrap().into_inner();
    let record = created.record.clone().unwrap();
    let change = update(&record.sys_id, &[("urgency", "3"), ("work_notes", "Seen")], &record.etag);
    let updated = client.update_record(change.clone()).await.unwrap().into_inner();
    gateway.kill();

    let gateway = Process::start(&instance, data.path(), backing);
    let mut client = gateway.records();
    // The answer is the one of that time, though the record has changed since.
    assert_eq!(client.create_record(create()).await.unwrap().into_inner(), created);
    assert_eq!(client.update_record(change.clone()).await.unwrap().into_inner(), updated);
    let other = update(&record.sys_id, &[("urgency", "2")], "");
    let refused = client.update_record(other).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let (why, metadata) = reason(&refused);
    assert_eq!((why.as_str(), metadata["request_id"].as_str()), ("REQUEST_ID_REUSED", ID));

    client.delete_record(delete(&record.sys_id)).await.unwrap();
    gateway.kill();
    let gateway = Process::start(&instance, data.path(), backing);
    let mut client = gateway.records();
    client.delete_record(delete(&record.sys_id)).await.unwrap();
    // Another call than the first: the record is really gone.
    let again = pb::DeleteRecordRequest { request_id: String::new(), ..delete(&record.sys_id) };
    assert_eq!(reason(&client.delete_record(again).await.unwrap_err()).0, "RECORD_UNKNOWN");
    gateway.kill();
    system.stop().await;
}

/// The instance carries a write out and breaks off; the gateway is stopped before anybody could know. The retry, at
/// the next gateway, must find out.
#[tokio::test]
async fn a_write_whose_answer_was_lost_is_not_made_twice() {
    for backing in BACKINGS {
        is_not_made_twice(backing).await;
    }
}

async fn is_not_made_twice(backing: Backing) {
    let system = System::with_records(3).await;
    let instance = system.emulator.as_ref().unwrap().http();
    let data = tempfile::tempdir().unwrap();
    let mut settings = config(instance);
    backing.set(&mut settings, data.path());
    let mut gateway = Gateway::start(settings.clone()).await;
    let mut client = RecordServiceClient::new(gateway.channel());
    let created = client.create_record(create()).await.unwrap().into_inner().record.unwrap();

    lose_answer(&system, "table.update");
    let change = update(&created.sys_id, &[("urgency", "3"), ("work_notes", "Only one note")], &created.etag);
    let lost = client.update_record(change.clone()).await.unwrap_err();
    assert_eq!(lost.code(), Code::Unavailable, "{lost:?}");
    gateway.stop().await;

    let mut gateway = Gateway::start(settings).await;
    let mut client = RecordServiceClient::new(gateway.channel());
    let updated = client.update_record(change).await.unwrap().into_inner().record.unwrap();
    assert_eq!((updated.etag.as_str(), updated.fields["urgency"].value.as_str()), ("1", "3"));
    let notes = pb::ListRecordsRequest {
        table: "sys_journal_field".to_owned(),
        query: Some(encoded(&format!("element_id={}", created.sys_id))),
        ..Default::default()
    };
    assert_eq!(client.list_records(notes).await.unwrap().into_inner().records.len(), 1);

    lose_answer(&system, "table.delete");
    let lost = client.delete_record(delete(&created.sys_id)).await.unwrap_err();
    assert_eq!(lost.code(), Code::Unavailable, "{lost:?}");
    client.delete_record(delete(&created.sys_id)).await.unwrap();
    gateway.stop().await;
    system.stop().await;
}

/// Nobody can tell whether the lost attempt was carried out before another caller wrote: nothing is overwritten.
#[tokio::test]
async fn a_lost_update_that_somebody_wrote_over_is_a_conflict() {
    let system = System::with_records(0).await;
    let mut client = system.records();
    let created = client.create_record(create()).await.unwrap().into_inner().record.unwrap();
    lose_answer(&system, "table.update");
    let change = update(&created.sys_id, &[("urgency", "3")], &created.etag);
    client.update_record(change.clone()).await.unwrap_err();
    let theirs = pb::UpdateRecordRequest {
        request_id: String::new(),
        ..update(&created.sys_id, &[("urgency", "2")], "")
    };
    client.update_record(theirs).await.unwrap();
    let conflict = client.update_record(change).await.unwrap_err();
    assert_eq!((conflict.code(), reason(&conflict).0.as_str()), (Code::Aborted, "ETAG_MISMATCH"));

    // A request that is wrong wrote nothing: its id is free for the right one.
    let wrong = update(&created.sys_id, &[("colour", "red")], "");
    let wrong =
        pb::UpdateRecordRequest { request_id: "6e0f4f0e-53c5-4d2c-9d3b-5c0a3f0f4a14".to_owned(), ..wrong };
    assert_eq!(reason(&client.update_record(wrong.clone()).await.unwrap_err()).0, "FIELD_UNKNOWN");
    let right = pb::UpdateRecordRequest { fields: fields(&[("urgency", "1")]), ..wrong };
    client.update_record(right).await.unwrap();
    system.stop().await;
}
