//! What `do` names in the list, with the Rust client. Messages become JSON as protobuf writes it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use futures::{StreamExt, TryStreamExt, stream};
use prost_reflect::prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sncgate_client::{Client, Matched, Query, Result, pb};

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(sncgate::pb::DESCRIPTORS).expect("the build's own"));

/// Calls it, and returns the answer as JSON.
pub(super) async fn perform(client: &Client, call: &str, mut with: Value) -> Result<Value> {
    let text = |key: &str| with[key].as_str().unwrap_or_default().to_owned();
    let (table, sys_id) = (text("table"), text("sys_id"));
    Ok(match call {
        "session" => session(client, text("username"), text("password")).await?,
        "get" => plain("Record", &client.get_record(parsed("GetRecordRequest", with)).await?),
        "list" => list(client, parsed("ListRecordsRequest", with)).await?,
        "stream" => stream_pages(client, table, with).await?,
        "count" => json!(client.count(table, query(&with)).await?),
        "create" => plain("Record", &client.create_record(parsed("CreateRecordRequest", with)).await?),
        "update" => plain("Record", &client.update_record(parsed("UpdateRecordRequest", with)).await?),
        "delete" => {
            client.delete_record(parsed("DeleteRecordRequest", with)).await?;
            json!({})
        }
        "aggregate" => {
            let answer = client.aggregate(parsed("AggregateRecordsRequest", with)).await?;
            plain("AggregateRecordsResponse", &answer)
        }
        "create_many" => {
            let records =
                with["records"].as_array().unwrap().iter().map(|fields| json!({ "fields": fields }));
            with["records"] = records.collect();
            let answer = client.create_records(parsed("CreateRecordsRequest", with)).await?;
            json!({ "results": plains("OperationResult", &answer.results) })
        }
        "update_many" => many(client.update_records(parsed("UpdateRecordsRequest", with)).await?).await?,
        "delete_many" => many(client.delete_records(parsed("DeleteRecordsRequest", with)).await?).await?,
        "batch" => batch(client, parsed("ExecuteBatchRequest", with)).await?,
        "import" => {
            let rows: Vec<HashMap<String, String>> = serde_json::from_value(with["rows"].take()).unwrap();
            let results: Vec<_> = client.import(table, stream::iter(rows)).try_collect().await?;
            json!({ "results": plains("ImportRowResult", &results) })
        }
        "upload" => plain("Attachment", &client.upload_bytes(header(&with), content(&with)).await?),
        "download" => {
            let mut content = Vec::new();
            let offset = with["offset"].as_u64().unwrap_or_default();
            client.download(sys_id, offset).await?.write_to(&mut content).await?;
            let hash: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "size": content.len(), "sha256": hash })
        }
        "attachment" => plain("Attachment", &client.attachment(sys_id).await?),
        "attachments" => {
            let found: Vec<_> = client.attachments(table, sys_id).try_collect().await?;
            json!({ "attachments": plains("Attachment", &found) })
        }
        "delete_attachment" => {
            client.delete_attachment_request(parsed("DeleteAttachmentRequest", with)).await?;
            json!({})
        }
        "add_comment" => plain("JournalEntry", &client.comment(table, sys_id, text("text")).await?),
        "add_work_note" => plain("JournalEntry", &client.work_note(table, sys_id, text("text")).await?),
        "journal" => {
            let answer = client.list_journal(parsed("ListJournalRequest", with)).await?;
            json!({ "entries": plains("JournalEntry", &answer.entries) })
        }
        "create_task" => {
            let made = client.create_task(parsed("CreateTaskRequest", with)).await?.task;
            plain("Task", &made.unwrap_or_default())
        }
        "task" => plain("Task", &client.task(text("id")).await?),
        "tasks" => {
            let request: pb::ListTasksRequest = parsed("ListTasksRequest", with);
            let found: Vec<_> = client.tasks(request.filter.unwrap_or_default()).try_collect().await?;
            json!({ "tasks": plains("Task", &found) })
        }
        "wait_for_task" => plain("Task", &client.wait_for_task(text("id")).await?),
        "cancel_task" => plain("Task", &client.cancel_task(text("id")).await?),
        "delete_task" => {
            client.delete_task(text("id")).await?;
            json!({})
        }
        "tables" => {
            let tables: Vec<_> = client.tables(text("contains")).try_collect().await?;
            json!({ "tables": plains("TableSummary", &tables) })
        }
        "schema" => plain("Table", &client.schema(table).await?),
        "explain" => plain("ExplainQueryResponse", &client.explain(table, query(&with)).await?),
        "operators" => json!({ "operators": plains("OperatorInfo", &client.operators().await?) }),
        "info" => plain("GetInfoResponse", &client.info().await?),
        other => panic!("this runner does not know {other}"),
    })
}

fn parsed<M: Message + Default>(name: &str, value: Value) -> M {
    let descriptor = POOL.get_message_by_name(&format!("sncgate.v1.{name}")).expect("it is in the protos");
    let message =
        DynamicMessage::deserialize(descriptor, value).unwrap_or_else(|error| panic!("{name}: {error}"));
    M::decode(message.encode_to_vec().as_slice()).unwrap()
}

fn plain(name: &str, message: &impl Message) -> Value {
    let descriptor = POOL.get_message_by_name(&format!("sncgate.v1.{name}")).expect("it is in the protos");
    let message = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).unwrap();
    let options = SerializeOptions::new().use_proto_field_name(true);
    message.serialize_with_options(serde_json::value::Serializer, &options).unwrap()
}

fn plains<M: Message>(name: &str, messages: &[M]) -> Value {
    messages.iter().map(|message| plain(name, message)).collect()
}

fn query(with: &Value) -> Query {
    match with.get("query") {
        Some(query) => Query::from(parsed::<pb::Query>("Query", query.clone())),
        None => Query::new(),
    }
}

async fn list(client: &Client, mut request: pb::ListRecordsRequest) -> Result<Value> {
    let (mut sizes, mut records) = (Vec::new(), Vec::new());
    loop {
        let page = client.list_records(request.clone()).await?;
        sizes.push(page.records.len());
        records.extend(page.records.iter().map(|record| plain("Record", record)));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok(json!({ "sizes": sizes, "records": records, "total": page.total_size.to_string() }));
        }
    }
}

async fn stream_pages(client: &Client, table: String, with: Value) -> Result<Value> {
    let page_size = with["page_size"].as_i64().unwrap_or_default().try_into().unwrap();
    let token = with["resume_token"].as_str().unwrap_or_default();
    let query = query(&with).page_size(page_size).resume_from(token);
    let wanted = with["pages"].as_u64().map_or(usize::MAX, |pages| pages.try_into().unwrap());
    let pages: Vec<_> = client.pages(table, query).take(wanted).try_collect().await?;
    let mut ids: Vec<_> = pages.iter().flat_map(|page| &page.records).map(|record| &record.sys_id).collect();
    let last_page = pages.last().expect("there is one");
    let (count, first, last) = (ids.len(), ids[0].clone(), ids[ids.len() - 1].clone());
    ids.sort();
    ids.dedup();
    Ok(json!({
        "count": count, "unique": ids.len(), "first": first, "last": last,
        "resume_token": last_page.resume_token, "sent": last_page.sent.to_string(),
    }))
}

async fn many(found: Matched) -> Result<Value> {
    let results: Vec<_> = found.results.try_collect().await?;
    Ok(json!({ "matched": found.matched.to_string(), "results": plains("OperationResult", &results) }))
}

async fn batch(client: &Client, request: pb::ExecuteBatchRequest) -> Result<Value> {
    let mut results: Vec<_> = client.batch(stream::iter(request.operations)).try_collect().await?;
    results.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(json!({ "results": plains("OperationResult", &results) }))
}

fn header(with: &Value) -> pb::UploadHeader {
    let text = |key: &str| with[key].as_str().unwrap_or_default().to_owned();
    pb::UploadHeader {
        table: text("table"),
        record_sys_id: text("sys_id"),
        file_name: text("file_name"),
        content_type: text("content_type"),
        ..Default::default()
    }
}

fn content(with: &Value) -> Vec<u8> {
    match with["text"].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => {
            let length = with["pattern"].as_u64().unwrap();
            (0..length).map(|index| u8::try_from(index % 251).expect("it is small")).collect()
        }
    }
}

/// Signs in, goes on with the refresh token as another client, and signs out.
async fn session(client: &Client, username: String, password: String) -> Result<Value> {
    let (signed_in, login) = client.login(username, password).await?;
    let who = signed_in.who_am_i().await?.username;
    let tokens = login.tokens.unwrap_or_default();
    let kept = Arc::new(AtomicUsize::new(0));
    let keep = kept.clone();
    let tokens = pb::Tokens { refresh_token: tokens.refresh_token, ..pb::Tokens::default() };
    let other = client.with_session(&tokens, move |_| {
        keep.fetch_add(1, Ordering::SeqCst);
    })?;
    let resumed = other.who_am_i().await?.username;
    let ended = other.logout(false).await?;
    Ok(json!({
        "who": who, "password_change_required": login.password_change_required, "resumed": resumed,
        "kept": kept.load(Ordering::SeqCst), "ended": ended,
        "after": refusal(&other).await, "first": refusal(&signed_in).await,
    }))
}

async fn refusal(client: &Client) -> String {
    let reason = client.who_am_i().await.err().map(|error| error.reason().as_str_name());
    reason.unwrap_or_default().trim_start_matches("ERROR_REASON_").to_owned()
}
