//! AttachmentService: what goes up comes down, whole or not at all.

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use servicenow_emulator::faults::{Fault, Rule};
use sha2::{Digest, Sha256};
use sncgate_client::pb;
use sncgate_client::pb::download_attachment_response::Part as Down;
use sncgate_client::pb::upload_attachment_request::Part as Up;
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};

use crate::harness::{PATIENCE, System, reason};

/// Longest chunk of the API.
const MIB: usize = 1024 * 1024;

/// Bytes that are the same for the same size, and nowhere the same as elsewhere in them.
pub(crate) fn content(size: usize) -> Bytes {
    let mut state = size as u64 + 1;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..size).map(|_| byte()).collect()
}

pub(crate) fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The sys_id of an incident.
pub(crate) async fn incident(system: &System) -> String {
    let request = pb::CreateRecordRequest { table: "incident".to_owned(), ..Default::default() };
    system.records().create_record(request).await.unwrap().into_inner().record.unwrap().sys_id
}

pub(crate) fn header(record: &str) -> pb::UploadHeader {
    pb::UploadHeader {
        table: "incident".to_owned(),
        record_sys_id: record.to_owned(),
        file_name: "report.pdf".to_owned(),
        ..Default::default()
    }
}

pub(crate) fn part(part: Up) -> pb::UploadAttachmentRequest {
    pb::UploadAttachmentRequest { part: Some(part) }
}

/// A header and a content in chunks of some size.
pub(crate) fn parts(
    header: pb::UploadHeader,
    content: &Bytes,
    chunk: usize,
) -> impl Stream<Item = pb::UploadAttachmentRequest> + Send + 'static {
    let mut rest = content.clone();
    let mut messages = vec![part(Up::Header(header))];
    while !rest.is_empty() {
        messages.push(part(Up::Chunk(rest.split_to(rest.len().min(chunk)))));
    }
    stream::iter(messages)
}

async fn upload(
    system: &System,
    header: pb::UploadHeader,
    content: &Bytes,
) -> Result<pb::Attachment, Status> {
    let answer = system.attachments().upload_attachment(parts(header, content, MIB)).await?;
    Ok(answer.into_inner().attachment.unwrap())
}

pub(crate) async fn list(system: &System, record: &str) -> Vec<pb::Attachment> {
    let request = pb::ListAttachmentsRequest {
        table: "incident".to_owned(),
        record_sys_id: record.to_owned(),
        ..Default::default()
    };
    system.attachments().list_attachments(request).await.unwrap().into_inner().attachments
}

pub(crate) async fn open(
    system: &System,
    sys_id: &str,
    offset: usize,
) -> Result<Streaming<pb::DownloadAttachmentResponse>, Status> {
    let request = pb::DownloadAttachmentRequest {
        sys_id: sys_id.to_owned(),
        offset: i64::try_from(offset).unwrap(),
        ..Default::default()
    };
    Ok(system.attachments().download_attachment(request).await?.into_inner())
}

/// What is known of it, its bytes, and how the stream ended.
pub(crate) async fn take(
    stream: &mut Streaming<pb::DownloadAttachmentResponse>,
) -> (Option<pb::Attachment>, Vec<u8>, Option<Status>) {
    let (mut known, mut bytes) = (None, Vec::new());
    loop {
        match timeout(PATIENCE, stream.message()).await.expect("the stream goes on or ends") {
            Ok(Some(pb::DownloadAttachmentResponse { part: Some(Down::Attachment(attachment)) })) => {
                assert!(known.is_none() && bytes.is_empty(), "the description comes once, and first");
                known = Some(attachment);
            }
            Ok(Some(pb::DownloadAttachmentResponse { part: Some(Down::Chunk(chunk)) })) => {
                assert!((1..=MIB).contains(&chunk.len()), "a chunk of {} bytes", chunk.len());
                bytes.extend_from_slice(&chunk);
            }
            Ok(Some(message)) => panic!("an empty message: {message:?}"),
            Ok(None) => return (known, bytes, None),
            Err(status) => return (known, bytes, Some(status)),
        }
    }
}

/// A whole download that must not fail.
async fn download(system: &System, sys_id: &str, offset: usize) -> Vec<u8> {
    let mut stream = open(system, sys_id, offset).await.unwrap();
    let (known, bytes, error) = take(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(known.unwrap().sys_id, sys_id);
    bytes
}

#[tokio::test]
async fn what_goes_up_comes_down() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    for (size, announced) in [(0, false), (0, true), (1, false), (MIB + 1, true), (5 * MIB, false)] {
        let content = content(size);
        let mut header = header(&record);
        if announced {
            header.size_bytes = Some(size as i64);
            header.sha256 = sha256(&content).to_uppercase();
        }
        let stored = upload(&system, header, &content).await.unwrap();
        assert_eq!((stored.size_bytes, &stored.sha256), (size as i64, &sha256(&content)), "{size}");
        assert_eq!(
            (stored.file_name.as_str(), stored.content_type.as_str()),
            ("report.pdf", "application/pdf")
        );
        assert_eq!((stored.table.as_str(), &stored.record_sys_id), ("incident", &record));
        assert_eq!(stored.created_by, "admin");
        assert!(stored.created_time.is_some());

        for offset in [0, size / 2, size] {
            let expected = &content[offset..];
            assert!(download(&system, &stored.sys_id, offset).await == expected, "{size} from {offset}");
        }
        let request = pb::GetAttachmentRequest { sys_id: stored.sys_id.clone(), ..Default::default() };
        let known = system.attachments().get_attachment(request).await.unwrap().into_inner().attachment;
        assert_eq!(known, Some(stored));
    }
    assert_eq!(list(&system, &record).await.len(), 5);
    system.stop().await;
}

#[tokio::test]
async fn a_content_other_than_announced_leaves_nothing() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    let long = content(2 * MIB);
    let (size, other) = (long.len() as i64, sha256(b"other"));
    for (name, header, content, expected) in [
        (
            "too long",
            pb::UploadHeader { size_bytes: Some(size - 1), ..header(&record) },
            &long,
            "2097151 bytes",
        ),
        (
            "too short",
            pb::UploadHeader { size_bytes: Some(size + 1), ..header(&record) },
            &long,
            "2097153 bytes",
        ),
        ("not empty", pb::UploadHeader { size_bytes: Some(0), ..header(&record) }, &long, "0 bytes"),
        ("empty", pb::UploadHeader { size_bytes: Some(1), ..header(&record) }, &Bytes::new(), "1 bytes"),
        ("another", pb::UploadHeader { sha256: other.clone(), ..header(&record) }, &long, "SHA-256 "),
        (
            "another of that size",
            pb::UploadHeader { size_bytes: Some(size), sha256: other.clone(), ..header(&record) },
            &long,
            "SHA-256 ",
        ),
    ] {
        let status = upload(&system, header, content).await.expect_err(name);
        let (reason, metadata) = reason(&status);
        assert_eq!(
            (status.code(), reason.as_str()),
            (Code::DataLoss, "CONTENT_MISMATCH"),
            "{name}: {status:?}"
        );
        assert!(metadata["expected"].starts_with(expected), "{name}: {metadata:?}");
        assert_ne!(metadata["expected"], metadata["actual"], "{name}");
    }
    assert_eq!(list(&system, &record).await, []);
    system.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    let known = upload(&system, header(&record), &content(10)).await.unwrap().sys_id;
    let nobody = "0".repeat(32);
    let text = str::to_owned;

    let uploads = [
        (pb::UploadHeader { table: text("no_such_table"), ..header(&record) }, "TABLE_UNKNOWN"),
        (header(&nobody), "RECORD_UNKNOWN"),
        (pb::UploadHeader { instance: text("nowhere"), ..header(&record) }, "INSTANCE_UNKNOWN"),
        (pb::UploadHeader { file_name: String::new(), ..header(&record) }, "REQUEST_INVALID"),
        (pb::UploadHeader { sha256: text("12"), ..header(&record) }, "REQUEST_INVALID"),
    ];
    for (header, expected) in uploads {
        let status = upload(&system, header, &content(10)).await.unwrap_err();
        assert_eq!(reason(&status).0, expected, "{status:?}");
    }

    let head = || part(Up::Header(header(&record)));
    let chunk = |size| part(Up::Chunk(content(size)));
    for (messages, told) in [
        (vec![], "empty"),
        (vec![chunk(1)], "must be the header"),
        (vec![head(), head()], "a header came after"),
        (vec![head(), chunk(1), pb::UploadAttachmentRequest::default()], "without a chunk"),
        (vec![head(), chunk(MIB + 1)], "at most 1 MiB"),
    ] {
        let status = system.attachments().upload_attachment(stream::iter(messages)).await.unwrap_err();
        assert_eq!(reason(&status).0, "REQUEST_INVALID", "{told}: {status:?}");
        assert!(status.message().contains(told), "{told}: {}", status.message());
    }

    for (sys_id, offset, expected) in
        [(&nobody, 0, "ATTACHMENT_UNKNOWN"), (&known, -1, "REQUEST_INVALID"), (&known, 11, "REQUEST_INVALID")]
    {
        let request = pb::DownloadAttachmentRequest { sys_id: sys_id.clone(), offset, ..Default::default() };
        let status = system.attachments().download_attachment(request).await.unwrap_err();
        assert_eq!(reason(&status).0, expected, "{sys_id} from {offset}: {status:?}");
    }
    let get = pb::GetAttachmentRequest { sys_id: nobody, ..Default::default() };
    let status = system.attachments().get_attachment(get).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::NotFound, "ATTACHMENT_UNKNOWN"));

    assert_eq!(list(&system, &record).await.len(), 1, "none of these attached anything");
    system.stop().await;
}

#[tokio::test]
async fn attachments_are_listed_by_page_and_deleted() {
    let system = System::with_records(0).await;
    let (record, other) = (incident(&system).await, incident(&system).await);
    for size in 0..7 {
        upload(&system, header(&record), &content(size)).await.unwrap();
    }
    upload(&system, header(&other), &content(1)).await.unwrap();
    let golden: Vec<String> = list(&system, &record).await.into_iter().map(|one| one.sys_id).collect();
    assert!(golden.len() == 7 && golden.is_sorted(), "{golden:?}");

    let request = |page_size, page_token: &str| pb::ListAttachmentsRequest {
        table: "incident".to_owned(),
        record_sys_id: record.clone(),
        page_size,
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    let mut client = system.attachments();
    for page_size in [1, 3, 7, 16] {
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = client.list_attachments(request(page_size, &token)).await.unwrap().into_inner();
            seen.extend(page.attachments.into_iter().map(|one| one.sys_id));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, golden, "by {page_size}");
    }
    let first = client.list_attachments(request(3, "")).await.unwrap().into_inner();
    let of_other =
        pb::ListAttachmentsRequest { record_sys_id: other.clone(), ..request(3, &first.next_page_token) };
    let no_table = pb::ListAttachmentsRequest { table: String::new(), ..request(3, "") };
    for (wrong, expected) in [
        (of_other, "PAGE_TOKEN_INVALID"),
        (no_table, "REQUEST_INVALID"),
        (request(1001, ""), "REQUEST_INVALID"),
    ] {
        assert_eq!(reason(&client.list_attachments(wrong).await.unwrap_err()).0, expected);
    }
    let all = client.list_attachments(pb::ListAttachmentsRequest::default()).await.unwrap().into_inner();
    assert!(all.attachments.len() >= 8, "those of every record");

    let delete = pb::DeleteAttachmentRequest { sys_id: golden[0].clone(), ..Default::default() };
    client.delete_attachment(delete.clone()).await.unwrap();
    let status = client.delete_attachment(delete.clone()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::NotFound, "ATTACHMENT_UNKNOWN"));
    client.delete_attachment(pb::DeleteAttachmentRequest { allow_missing: true, ..delete }).await.unwrap();
    assert_eq!(list(&system, &record).await.len(), 6);
    system.stop().await;
}

/// The connection to the instance breaks every 300 kB: the caller does not notice.
#[tokio::test]
async fn a_download_goes_on_where_the_instance_broke_off() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    let content = content(2 * MIB);
    let sys_id = upload(&system, header(&record), &content).await.unwrap().sys_id;
    let kind = Some("attachment.download".to_owned());
    let broken = Rule { kind, ..Rule::new(Fault::Broken { after: 300_000 }) };
    system.faults().add(broken).unwrap();
    assert!(download(&system, &sys_id, 0).await == content);
    assert!(download(&system, &sys_id, 1_000_000).await == content[1_000_000..]);
    assert!(system.faults().read()[0].fired >= 6, "it broke all the time");
    system.stop().await;
}

/// What a caller has it need not ask for again, wherever its own connection broke.
#[tokio::test]
async fn a_download_is_resumed_at_any_chunk() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    let content = content(2 * MIB + 7);
    let sys_id = upload(&system, header(&record), &content).await.unwrap().sys_id;
    for messages in [1, 2, 5] {
        let mut cut = open(&system, &sys_id, 0).await.unwrap();
        let mut got = Vec::new();
        for _ in 0..messages {
            if let Some(Down::Chunk(chunk)) = cut.message().await.unwrap().unwrap().part {
                got.extend_from_slice(&chunk);
            }
        }
        drop(cut);
        got.extend(download(&system, &sys_id, got.len()).await);
        assert!(got == content, "cut after {messages} messages");
    }
    system.stop().await;
}

/// Another content under the same description: told at the end, and not before.
#[tokio::test]
async fn a_content_that_is_not_the_described_one_is_told() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    let sys_id = upload(&system, header(&record), &content(1000)).await.unwrap().sys_id;
    let forged = pb::UpdateRecordRequest {
        table: "sys_attachment".to_owned(),
        sys_id: sys_id.clone(),
        fields: [("hash".to_owned(), sha256(b"other"))].into(),
        ..Default::default()
    };
    system.records().update_record(forged).await.unwrap();
    let mut stream = open(&system, &sys_id, 0).await.unwrap();
    let (_, bytes, status) = take(&mut stream).await;
    assert_eq!(bytes.len(), 1000);
    let status = status.expect("the hash differs");
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::DataLoss, "CONTENT_MISMATCH"));
    assert!(stream.next().await.is_none(), "it is over");
    system.stop().await;
}
