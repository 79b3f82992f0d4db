//! Batches: what is sent, what is reported, what is sent again.

use std::sync::{Arc, Mutex};

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use serde_json::{Value, json as value};
use servicenow::{
    BatchOperation, BatchOptions, BatchOutcome, BatchResult, Client, Error, Fields, List, Read, Record,
    SubRequest, WriteOptions,
};

use crate::server::{Asked, Server, failure, json};

const SYS_ID: &str = "1c741bd70b2322007518478d83673af3";

/// A request inside a batch, as the instance sees it.
#[derive(Clone, Debug)]
pub(crate) struct Sub {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) body: Value,
}

pub(crate) fn subs(asked: &Asked) -> Vec<Sub> {
    let batch: Value = serde_json::from_str(&asked.body).unwrap();
    let text = |request: &Value, name: &str| request[name].as_str().unwrap_or_default().to_owned();
    let sub = |request: &Value| {
        let body = STANDARD.decode(text(request, "body")).unwrap();
        Sub {
            id: text(request, "id"),
            method: text(request, "method"),
            url: text(request, "url"),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    };
    batch["rest_requests"].as_array().unwrap().iter().map(sub).collect()
}

pub(crate) fn served(id: &str, status: u16, body: &Value) -> Value {
    let body = STANDARD.encode(body.to_string());
    value!({"id": id, "status_code": status, "body": body, "headers": [{"name": "X-Total-Count", "value": "9"}]})
}

pub(crate) fn reply(serviced: &[Value], unserviced: &[String]) -> Response {
    let reply =
        value!({"batch_request_id": "1", "serviced_requests": serviced, "unserviced_requests": unserviced});
    json(200, reply.to_string())
}

/// What a healthy instance says to each.
fn healthy(sub: &Sub) -> Value {
    match sub.method.as_str() {
        "DELETE" => served(&sub.id, 204, &Value::Null),
        "POST" => served(&sub.id, 201, &value!({"result": {"sys_id": sub.body["sys_id"], "url": sub.url}})),
        "GET" if !sub.url.contains(SYS_ID) => served(&sub.id, 200, &value!({"result": [{"url": sub.url}]})),
        _ => served(&sub.id, 200, &value!({"result": {"sys_id": SYS_ID, "url": sub.url}})),
    }
}

fn fields(name: &str, value: &str) -> Fields {
    [(name.to_owned(), Some(value.to_owned()))].into_iter().collect()
}

fn delete(sys_id: &str) -> BatchOperation {
    BatchOperation::Delete { table: "incident".into(), sys_id: sys_id.into() }
}

fn create(sys_id: Option<&str>) -> BatchOperation {
    let fields = sys_id.map_or_else(Fields::new, |sys_id| fields("sys_id", sys_id));
    BatchOperation::Create { table: "incident".into(), fields, options: WriteOptions::default() }
}

fn update(name: &str) -> BatchOperation {
    let (fields, options) = (fields(name, "x"), WriteOptions::default());
    BatchOperation::Update { table: "incident".into(), sys_id: SYS_ID.into(), fields, options }
}

fn get() -> BatchOperation {
    BatchOperation::Get { table: "incident".into(), sys_id: SYS_ID.into(), read: Read::default() }
}

async fn run(
    client: &Client,
    options: BatchOptions,
    operations: Vec<BatchOperation>,
) -> Vec<BatchResult<Record>> {
    let mut batch = client.batch::<Record>(options);
    for (number, operation) in operations.into_iter().enumerate() {
        batch.push(format!("op{number}"), operation).unwrap();
    }
    batch.execute().collect().await
}

#[tokio::test]
async fn each_kind_of_operation_is_carried_out() {
    let server =
        Server::start(|asked, _| reply(&subs(asked).iter().map(healthy).collect::<Vec<_>>(), &[])).await;
    let list = List { count: true, limit: 5, ..List::default() };
    let list = BatchOperation::List { table: "problem".into(), list };
    let results = run(
        &server.client(),
        BatchOptions::default(),
        vec![get(), list, create(None), update("state"), delete(SYS_ID)],
    )
    .await;
    assert_eq!(server.count(), 1);
    assert_eq!(server.asked()[0].path, "/api/now/v1/batch");
    let outcomes: Vec<_> = results.into_iter().map(|result| (result.id, result.result.unwrap())).collect();
    let ids: Vec<_> = outcomes.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["op0", "op1", "op2", "op3", "op4"]);
    let row = format!("/api/now/table/incident/{SYS_ID}?sysparm_display_value=false");
    assert!(matches!(&outcomes[0].1, BatchOutcome::Row(record) if record.value("url") == Some(&row)));
    let BatchOutcome::Page(page) = &outcomes[1].1 else { panic!("{:?}", outcomes[1]) };
    assert_eq!(page.total, Some(9));
    assert_eq!(
        page.rows[0].value("url"),
        Some("/api/now/table/problem?sysparm_display_value=false&sysparm_limit=5")
    );
    let BatchOutcome::Created { sys_id, row: created } = &outcomes[2].1 else { panic!("{:?}", outcomes[2]) };
    assert_eq!(created.value("sys_id"), Some(sys_id.as_str()));
    assert!(sys_id.len() == 32 && sys_id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{sys_id}");
    assert!(matches!(&outcomes[3].1, BatchOutcome::Updated(record) if record.value("url") == Some(&row)));
    assert!(matches!(&outcomes[4].1, BatchOutcome::Deleted));
}

#[tokio::test]
async fn operations_are_split_by_count_and_bytes() {
    let server =
        Server::start(|asked, _| reply(&subs(asked).iter().map(healthy).collect::<Vec<_>>(), &[])).await;
    for (max_operations, max_bytes, expected) in
        [(3, 1 << 20, vec![3, 3, 1]), (100, 500, vec![2, 2, 2, 1]), (1, 1 << 20, vec![1; 7])]
    {
        let before = server.count();
        let options = BatchOptions { max_operations, max_bytes, ..BatchOptions::default() };
        let results = run(&server.client(), options, vec![get(); 7]).await;
        assert!(results.len() == 7 && results.iter().all(|result| result.result.is_ok()));
        let sizes: Vec<_> = server.asked()[before..].iter().map(|asked| subs(asked).len()).collect();
        assert_eq!(sizes, expected, "{max_operations} {max_bytes}");
    }
}

#[tokio::test]
async fn what_was_not_served_is_sent_again_with_a_bound() {
    // Serves one of a batch.
    let server = Server::start(|asked, _| {
        let subs = subs(asked);
        let unserviced: Vec<_> = subs[1..].iter().map(|sub| sub.id.clone()).collect();
        reply(&[healthy(&subs[0])], &unserviced)
    })
    .await;
    let results = run(&server.client(), BatchOptions::default(), vec![get(); 5]).await;
    let told: Vec<_> = results.iter().map(|result| (result.id.as_str(), result.result.is_ok())).collect();
    assert_eq!(told, [("op0", true), ("op1", true), ("op2", true), ("op3", false), ("op4", false)]);
    assert_eq!(results[4].result, Err(Error::Unserviced { rounds: 3 }));
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_refusal_is_one_operations_own() {
    let server = Server::start(|asked, _| {
        let one = |sub: &Sub| match sub.method.as_str() {
            "PATCH" => {
                served(&sub.id, 403, &value!({"error": {"message": "Operation Failed", "detail": "no"}}))
            }
            _ => healthy(sub),
        };
        reply(&subs(asked).iter().map(one).collect::<Vec<_>>(), &[])
    })
    .await;
    let results = run(&server.client(), BatchOptions::default(), vec![get(), update("state"), get()]).await;
    let told: Vec<_> = results.iter().map(|result| result.result.is_ok()).collect();
    assert_eq!(told, [true, false, true]);
    assert!(matches!(&results[1].result, Err(Error::Rejected(refusal)) if refusal.status == 403));
    assert_eq!(server.count(), 1);

    let server = Server::start(|_, _| failure(403, "User Not Authorized")).await;
    let results = run(&server.client(), BatchOptions::default(), vec![get(), delete(SYS_ID)]).await;
    assert!(results.iter().all(|result| matches!(result.result, Err(Error::Forbidden(_)))));
    assert_eq!(server.count(), 1);
}

/// What is sent for one operation where the first tries go as told.
async fn story(
    operation: BatchOperation,
    tries: &'static [&'static str],
) -> (Vec<String>, BatchResult<Record>) {
    let server = Server::start(move |asked, number| {
        let sub = subs(asked).remove(0);
        match tries.get(number) {
            Some(&"outer 500") => failure(500, "broken"),
            Some(&"500") => reply(&[served(&sub.id, 500, &Value::Null)], &[]),
            Some(&"429") => reply(&[served(&sub.id, 429, &Value::Null)], &[]),
            Some(&"404") => {
                reply(&[served(&sub.id, 404, &value!({"error": {"message": "No Record found"}}))], &[])
            }
            Some(&"403") => {
                reply(&[served(&sub.id, 403, &value!({"error": {"message": "duplicate key"}}))], &[])
            }
            Some(&"nothing") => reply(&[], &[]),
            Some(&"cut") => json(200, r#"{"serviced_requests":[{"#),
            _ => reply(&[healthy(&sub)], &[]),
        }
    })
    .await;
    let mut results = run(&server.client(), BatchOptions::default(), vec![operation]).await;
    assert_eq!(results.len(), 1);
    (server.asked().iter().map(|asked| subs(asked)[0].method.clone()).collect(), results.remove(0))
}

#[tokio::test]
async fn a_write_with_an_unknown_outcome_is_looked_for_before_it_is_repeated() {
    for (operation, tries, sent, good) in [
        (create(Some(SYS_ID)), &["500"][..], "POST GET", true),
        (create(Some(SYS_ID)), &["outer 500"], "POST GET", true),
        (create(Some(SYS_ID)), &["cut"], "POST GET", true),
        (create(Some(SYS_ID)), &["nothing"], "POST GET", true),
        (create(Some(SYS_ID)), &["429"], "POST POST", true),
        (create(Some(SYS_ID)), &["cut", "404"], "POST GET POST", true),
        (create(Some(SYS_ID)), &["cut", "500", "404"], "POST GET GET POST", true),
        // The first try was still under way when it was looked for.
        (create(Some(SYS_ID)), &["cut", "404", "403"], "POST GET POST GET", true),
        (create(Some(SYS_ID)), &["cut", "404", "403", "404"], "POST GET POST GET", false),
        (create(Some(SYS_ID)), &["403"], "POST", false),
        (update("state"), &["cut"], "PATCH PATCH", true),
        (update("work_notes"), &["cut"], "PATCH", false),
        (update("work_notes"), &["429"], "PATCH PATCH", true),
        (delete(SYS_ID), &["cut", "404"], "DELETE DELETE", true),
        (delete(SYS_ID), &["429", "404"], "DELETE DELETE", false),
        (delete(SYS_ID), &["404"], "DELETE", false),
        (get(), &["500", "cut", "nothing"], "GET GET GET GET", true),
        (get(), &["404"], "GET", false),
    ] {
        let (methods, result) = story(operation, tries).await;
        assert_eq!((methods.join(" ").as_str(), result.result.is_ok()), (sent, good), "{tries:?} {result:?}");
    }
}

#[tokio::test]
async fn what_keeps_failing_is_given_up_alone() {
    // One operation brings each batch down that it is in.
    let server = Server::start(|asked, _| {
        let subs = subs(asked);
        match subs.iter().any(|sub| sub.method == "PATCH") {
            true => failure(500, "broken"),
            false => reply(&subs.iter().map(healthy).collect::<Vec<_>>(), &[]),
        }
    })
    .await;
    let options = BatchOptions { max_attempts: 4, ..BatchOptions::default() };
    let results = run(&server.client(), options, vec![get(), update("state"), get()]).await;
    let mut told: Vec<_> = results.iter().map(|result| (result.id.as_str(), result.result.is_ok())).collect();
    told.sort_unstable();
    assert_eq!(told, [("op0", true), ("op1", false), ("op2", true)]);
    let sizes: Vec<_> = server.asked().iter().map(|asked| subs(asked).len()).collect();
    assert_eq!(sizes, [3, 3, 1, 1, 1, 1]);
}

#[tokio::test]
async fn hooks_see_and_change_what_goes_and_comes() {
    let server =
        Server::start(|asked, _| reply(&subs(asked).iter().map(healthy).collect::<Vec<_>>(), &[])).await;
    let seen: Arc<Mutex<Vec<u16>>> = Arc::default();
    let log = seen.clone();
    let mut batch = server
        .client()
        .batch::<Record>(BatchOptions::default())
        .before_send(|request| {
            request.url.push_str("&sysparm_view=mobile");
            request.id.clear();
        })
        .after_receive(move |reply| {
            log.lock().unwrap().push(reply.status);
            reply.body = reply.body.to_vec().to_ascii_uppercase().into();
            reply.body = String::from_utf8(reply.body.to_vec()).unwrap().replace("RESULT", "result").into();
        });
    batch.push("a", get()).unwrap();
    let mut results = Vec::new();
    batch.execute_each(|result| results.push(result)).await;
    let Ok(BatchOutcome::Row(record)) = &results[0].result else { panic!("{results:?}") };
    assert!(record.value("URL").unwrap().ends_with("&SYSPARM_VIEW=MOBILE"), "{record:?}");
    assert_eq!(*seen.lock().unwrap(), [200]);
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_taken() {
    let server = Server::start(|_, _| failure(500, "no")).await;
    let options = BatchOptions { max_bytes: 1000, ..BatchOptions::default() };
    let mut batch = server.client().batch::<Record>(options);
    batch.push("a", get()).unwrap();
    let large = BatchOperation::Create {
        table: "incident".into(),
        fields: fields("description", &"x".repeat(1000)),
        options: WriteOptions::default(),
    };
    for (id, operation) in [
        ("a", get()),
        ("b", delete("../x")),
        ("c", create(Some("no/id"))),
        ("d", large),
        ("e", BatchOperation::List { table: "a/b".into(), list: List::default() }),
    ] {
        let error = batch.push(id, operation).unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{id}: {error:?}");
    }
    assert_eq!(batch.len(), 1);
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn one_batch_is_sent_as_it_is() {
    let server = Server::start(|asked, _| reply(&[healthy(&subs(asked)[0])], &["x".to_owned()])).await;
    let request = SubRequest {
        id: "my id".into(),
        method: "GET".into(),
        url: "/api/now/table/incident".into(),
        headers: Vec::new(),
        body: None,
    };
    let reply = server.client().batch_once(&[request]).await.unwrap();
    assert_eq!((reply.serviced[0].id.as_str(), reply.unserviced[0].as_str()), ("my id", "x"));
    let empty = Server::start(|_, _| crate::batch::reply(&[], &[])).await;
    assert_eq!(empty.client().batch_once(&[]).await.unwrap(), servicenow::BatchReply::default());
}
