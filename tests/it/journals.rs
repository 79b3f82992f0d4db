//! JournalService: entries newest first, and what is written comes back.

use servicenow_emulator::faults::{Fault, Rule};
use sncgate_client::pb;
use sncgate_client::pb::journal_service_client::JournalServiceClient;
use tonic::Code;

use crate::attachments::incident;
use crate::harness::{Authorized, Gateway, System, config, encoded, reason};

fn journals(system: &System) -> JournalServiceClient<Authorized> {
    JournalServiceClient::new(system.gateway.channel())
}

fn of(table: &str, sys_id: &str) -> pb::ListJournalRequest {
    pb::ListJournalRequest { table: table.to_owned(), sys_id: sys_id.to_owned(), ..Default::default() }
}

async fn list(system: &System, request: pb::ListJournalRequest) -> Vec<pb::JournalEntry> {
    journals(system).list_journal(request).await.unwrap().into_inner().entries
}

fn comment(sys_id: &str, text: &str) -> pb::AddCommentRequest {
    pb::AddCommentRequest {
        table: "incident".to_owned(),
        sys_id: sys_id.to_owned(),
        text: text.to_owned(),
        ..Default::default()
    }
}

/// The incident that most was said about, of those that were generated.
async fn discussed(system: &System) -> String {
    let query = pb::Query { fields: vec!["element_id".to_owned()], ..encoded("name=incident") };
    let request = pb::ListRecordsRequest {
        table: "sys_journal_field".to_owned(),
        query: Some(query),
        page_size: 1000,
        ..Default::default()
    };
    let entries = system.records().list_records(request).await.unwrap().into_inner().records;
    let mut ids: Vec<String> =
        entries.into_iter().map(|entry| entry.fields["element_id"].value.clone()).collect();
    ids.sort();
    ids.chunk_by(|one, other| one == other).max_by_key(|same| same.len()).unwrap()[0].clone()
}

#[tokio::test]
async fn a_journal_is_read_newest_first_at_any_page_size() {
    let system = System::with_records(60).await;
    let sys_id = discussed(&system).await;
    let golden = list(&system, of("incident", &sys_id)).await;
    assert!(golden.len() >= 3, "{golden:?}");
    let seconds: Vec<i64> = golden.iter().map(|entry| entry.created_time.unwrap().seconds).collect();
    assert!(seconds.is_sorted_by(|newer, older| newer >= older), "{seconds:?}");
    assert!(golden.iter().all(|entry| !entry.sys_id.is_empty() && !entry.created_by.is_empty()));
    assert_eq!(list(&system, of("task", &sys_id)).await, golden, "the incident as a task");

    for page_size in [1, 2, 100] {
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListJournalRequest { page_size, page_token, ..of("incident", &sys_id) };
            let page = journals(&system).list_journal(request).await.unwrap().into_inner();
            seen.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, golden, "by {page_size}");
    }
    for kind in [pb::JournalKind::Comment, pb::JournalKind::WorkNote] {
        let expected: Vec<_> = golden.iter().filter(|entry| entry.kind() == kind).cloned().collect();
        let request = pb::ListJournalRequest { kind: kind.into(), ..of("incident", &sys_id) };
        assert_eq!(list(&system, request).await, expected, "{kind:?}");
    }
    system.stop().await;
}

#[tokio::test]
async fn what_is_added_comes_back() {
    let system = System::with_records(0).await;
    let sys_id = incident(&system).await;
    let mut client = journals(&system);
    let text = "It is on fire.\n\nAgain: \"^ORactive=true\" & <b>é</b>";
    let added = client.add_comment(comment(&sys_id, text)).await.unwrap().into_inner().entry.unwrap();
    assert_eq!((added.kind(), added.text.as_str()), (pb::JournalKind::Comment, text));
    assert_eq!(added.created_by, "admin");
    assert!(!added.sys_id.is_empty() && added.created_time.is_some());

    let note = pb::AddWorkNoteRequest {
        table: "incident".to_owned(),
        sys_id: sys_id.clone(),
        text: "Called the fire brigade".to_owned(),
        ..Default::default()
    };
    let noted = client.add_work_note(note).await.unwrap().into_inner().entry.unwrap();
    assert_eq!(noted.kind(), pb::JournalKind::WorkNote);
    let mut all = list(&system, of("incident", &sys_id)).await;
    all.sort_by_key(|entry| entry.kind);
    assert_eq!(all, [added, noted]);
    system.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let system = System::with_records(0).await;
    let sys_id = incident(&system).await;
    let nobody = "0".repeat(32);
    let admin = "6816f79cc0a8016401c5a33be04be441"; // a user, who has no journal
    let text = str::to_owned;
    let mut client = journals(&system);
    for (request, expected) in [
        (comment(&nobody, "x"), "RECORD_UNKNOWN"),
        (comment(&sys_id, " \n"), "REQUEST_INVALID"),
        (comment("", "x"), "REQUEST_INVALID"),
        (pb::AddCommentRequest { request_id: text("no uuid"), ..comment(&sys_id, "x") }, "REQUEST_INVALID"),
        (pb::AddCommentRequest { table: text("no_such_table"), ..comment(&sys_id, "x") }, "TABLE_UNKNOWN"),
        (pb::AddCommentRequest { table: text("sys_user"), ..comment(admin, "x") }, "FIELD_UNKNOWN"),
    ] {
        let status = client.add_comment(request).await.unwrap_err();
        assert_eq!(reason(&status).0, expected, "{status:?}");
    }
    let kind = pb::ListJournalRequest { kind: 7, ..of("incident", &sys_id) };
    let token = pb::ListJournalRequest { page_token: text("x"), ..of("incident", &sys_id) };
    for (request, expected) in [
        (of("incident", &nobody), "RECORD_UNKNOWN"),
        (of("no_such_table", &sys_id), "TABLE_UNKNOWN"),
        (kind, "REQUEST_INVALID"),
        (token, "PAGE_TOKEN_INVALID"),
    ] {
        let status = client.list_journal(request).await.unwrap_err();
        assert_eq!(reason(&status).0, expected, "{status:?}");
        assert!(matches!(status.code(), Code::NotFound | Code::InvalidArgument));
    }
    assert_eq!(list(&system, of("incident", &sys_id)).await, []);
    system.stop().await;
}

/// The instance takes a comment and loses the answer; the retry, at a gateway that was started anew, finds it.
#[tokio::test]
async fn a_repeated_addition_is_made_once() {
    let system = System::with_records(0).await;
    let sys_id = incident(&system).await;
    let request = pb::AddCommentRequest {
        request_id: "6e0f4f0e-53c5-4d2c-9d3b-5c0a3f0f4a11".to_owned(),
        ..comment(&sys_id, "Only once")
    };
    let data = tempfile::tempdir().unwrap();
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    settings.server.data_dir = data.path().to_owned();
    let mut gateway = Gateway::start(settings.clone()).await;
    let kind = Some("table.update".to_owned());
    let lost = Rule { kind, ..Rule::new(Fault::CommittedThenError).times(1) };
    system.faults().add(lost).unwrap();
    let mut client = JournalServiceClient::new(gateway.channel());
    let status = client.add_comment(request.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    gateway.stop().await;

    let mut gateway = Gateway::start(settings).await;
    let mut client = JournalServiceClient::new(gateway.channel());
    let found = client.add_comment(request.clone()).await.unwrap().into_inner();
    let again = client.add_comment(request.clone()).await.unwrap().into_inner();
    assert_eq!(found, again);
    assert_eq!(list(&system, of("incident", &sys_id)).await, [found.entry.unwrap()]);
    assert_eq!(system.counted("table.update").await, 1);

    let other = pb::AddCommentRequest { text: "Something else".to_owned(), ..request };
    assert_eq!(reason(&client.add_comment(other).await.unwrap_err()).0, "REQUEST_ID_REUSED");
    gateway.stop().await;
    system.stop().await;
}
