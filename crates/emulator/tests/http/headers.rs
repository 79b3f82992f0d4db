//! The headers of replies (section 1.2), HEAD, and the requests that headers change.

use reqwest::Method;

use crate::harness::{Harness, INCIDENT, Reply};

#[tokio::test]
async fn what_every_reply_carries() {
    let instance = Harness::start().await;
    for (path, signed_in) in [
        (format!("/api/now/table/incident/{INCIDENT}"), true),
        ("/api/now/table/no_such_table".to_owned(), true),
        ("/api/now/nothing".to_owned(), false),
        ("/no_such_page".to_owned(), false),
    ] {
        let reply = instance.get(&path).await;
        for (name, expected) in [
            ("server", "ServiceNow"),
            ("cache-control", "no-cache,no-store,must-revalidate,max-age=-1"),
            ("pragma", "no-store,no-cache"),
            ("expires", "0"),
            ("server-timing", "sem_wait;dur=0, sesh_wait;dur=0"),
            ("x-content-type-options", "nosniff"),
            ("x-is-logged-in", if signed_in { "true" } else { "false" }),
        ] {
            assert_eq!(reply.header(name), Some(expected), "{path}: {name}");
        }
        let transaction = reply.header("x-transaction-id").unwrap();
        assert!(
            transaction.len() == 12 && transaction.bytes().all(|b| b.is_ascii_hexdigit()),
            "{transaction}"
        );
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let instance = Harness::start().await;
    for path in [
        "/api/now/table/sys_user?sysparm_limit=2",
        "/api/now/table/sys_user/6816f79cc0a8016401c5a33be04be441",
        "/api/now/table/no_such_table",
    ] {
        let get = instance.get(path).await;
        let head = Reply::of(instance.request(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        for name in ["content-type", "x-total-count", "link", "server"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn a_post_may_stand_for_another_method() {
    let instance = Harness::start().await;
    let id = "0123456789abcdef0123456789abcdef";
    let path = format!("/api/now/table/incident/{id}?sysparm_fields=short_description");
    instance.incident(id, "before").await;
    for (method, header, body, status, text) in [
        (
            "POST",
            "PATCH",
            r#"{"short_description":"patched"}"#,
            200,
            r#"{"result":{"short_description":"patched"}}"#,
        ),
        ("POST", "put", r#"{"short_description":"put"}"#, 200, r#"{"result":{"short_description":"put"}}"#),
        ("POST", "GET", "", 200, r#"{"result":{"short_description":"put"}}"#),
        ("GET", "DELETE", "", 200, r#"{"result":{"short_description":"put"}}"#),
        ("POST", "DELETE", "", 204, ""),
    ] {
        let request =
            instance.request(method.parse().unwrap(), &path).header("X-HTTP-Method-Override", header);
        let reply = Reply::of(request.header("Content-Type", "application/json").body(body)).await;
        assert_eq!((reply.status, reply.text.as_str()), (status, text), "{method} as {header}");
    }
    assert_eq!(instance.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_writer_may_want_no_body() {
    let instance = Harness::start().await;
    let create =
        instance.request(Method::POST, "/api/now/table/incident").header("X-no-response-body", "true");
    let created = Reply::of(create.body("{}").header("Content-Type", "application/json")).await;
    assert_eq!((created.status, created.text.as_str()), (201, ""));
    let location = created.header("location").unwrap().to_owned();
    let path = location.strip_prefix(&instance.running.http_url()).unwrap();
    let update =
        instance.request(Method::PUT, path).header("X-no-response-body", "true").body(r#"{"state":"2"}"#);
    let updated = Reply::of(update).await;
    assert_eq!((updated.status, updated.text.as_str()), (200, ""));
    assert_eq!(instance.get(path).await.result()["state"], "2");
}
