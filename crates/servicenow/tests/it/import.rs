//! Import sets: what is sent, and results that are not all good.

use servicenow::{Error, Fields, ImportStatus};

use crate::server::{Server, failure, json};

const ID: &str = "1c741bd70b2322007518478d83673af3";

const REPLY: &str = r#"{"import_set":"ISET0010001","staging_table":"imp_user","result":[
    {"transform_map":"User","table":"sys_user","display_name":"name","display_value":"John Public","record_link":"https://i/x","status":"inserted","sys_id":"1"},
    {"transform_map":"Group","table":"sys_user_group","status":"error","error_message":"no name","status_message":"left","extra":7}]}"#;

fn row(name: &str) -> Fields {
    [("u_name".to_owned(), Some(name.to_owned()))].into_iter().collect()
}

#[tokio::test]
async fn a_row_is_imported_and_looked_at() {
    let server = Server::start(|asked, _| json(if asked.method == "POST" { 201 } else { 200 }, REPLY)).await;
    let client = server.client();
    let reply = client.import("imp_user", &row("John")).await.unwrap();
    assert_eq!((reply.import_set.as_str(), reply.staging_table.as_str()), ("ISET0010001", "imp_user"));
    let statuses: Vec<_> = reply.results.iter().map(|result| result.status.clone()).collect();
    assert_eq!(statuses, [ImportStatus::Inserted, ImportStatus::Error]);
    assert_eq!(reply.results[0].display_value, "John Public");
    assert_eq!(reply.results[1].error_message.as_deref(), Some("no name"));
    assert_eq!(reply.results[1].other, [("extra".to_owned(), "7".to_owned())]);
    assert_eq!(client.imported("imp_user", ID).await.unwrap(), reply);
    let asked = server.asked();
    assert_eq!(
        (asked[0].path.as_str(), asked[0].body.as_str()),
        ("/api/now/import/imp_user", r#"{"u_name":"John"}"#)
    );
    assert_eq!(asked[1].path, format!("/api/now/import/imp_user/{ID}"));
}

#[tokio::test]
async fn many_rows_are_queued() {
    let server = Server::start(|_, number| match number {
        0 => json(201, r#"{"import_set_id":"a","multi_import_set_id":"b"}"#),
        1 => json(201, r#"{"error":{"message":"Transaction cancelled: maximum execution time exceeded"}}"#),
        2 => json(201, r#"{"import_set_"#),
        _ => failure(403, "User Not Authorized"),
    })
    .await;
    let client = server.client();
    let queued = client.import_many("imp_user", &[row("a"), row("b")]).await.unwrap();
    assert_eq!((queued.import_set_id.as_str(), queued.multi_import_set_id.as_deref()), ("a", Some("b")));
    assert_eq!(server.asked()[0].path, "/api/now/import/imp_user/insertMultiple");
    assert_eq!(server.asked()[0].body, r#"{"records":[{"u_name":"a"},{"u_name":"b"}]}"#);
    for expected in ["TransactionTimeout", "Truncated", "Forbidden"] {
        let error = client.import_many("imp_user", &[]).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{error:?}");
    }
    assert!(matches!(client.import("a/b", &row("a")).await, Err(Error::InvalidInput(_))));
}
