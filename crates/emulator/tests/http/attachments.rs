//! The Attachment API (section 5).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt as _;
use reqwest::{Body, Method};
use serde_json::json;
use servicenow_emulator::settings::Settings;

use crate::harness::{Harness, INCIDENT, Reply};

/// `abc`
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/// More than two pieces of storage.
const LONG: usize = 1_300_001;

fn long() -> Vec<u8> {
    (0..LONG).map(|at| (at / 251 + at) as u8).collect()
}

fn path(version: &str, name: &str) -> String {
    format!("/api/now/{version}attachment/file?table_name=incident&table_sys_id={INCIDENT}&file_name={name}")
}

async fn upload(instance: &Harness, name: &str, body: impl Into<Body>) -> Reply {
    let request = instance.request(Method::POST, &path("v1/", name)).header("Content-Type", "text/plain");
    Reply::of(request.body(body)).await
}

async fn sys_id_of(instance: &Harness, name: &str, body: impl Into<Body>) -> String {
    upload(instance, name, body).await.result()["sys_id"].as_str().unwrap().to_owned()
}

/// How many attachments and pieces there are.
async fn stored(instance: &Harness) -> (String, String) {
    let total = async |table: &str| {
        let reply = instance.get(&format!("/api/now/table/{table}?sysparm_limit=0")).await;
        reply.header("x-total-count").unwrap().to_owned()
    };
    (total("sys_attachment").await, total("sys_attachment_doc").await)
}

#[tokio::test]
async fn a_file_from_birth_to_death() {
    let instance = Harness::start().await;
    let base = instance.running.http_url();
    for version in ["", "v1/"] {
        let request = instance.request(Method::POST, &path(version, "a%C3%A9.txt"));
        let created = Reply::of(request.header("Content-Type", "text/plain").body("abc")).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let meta = created.result();
        let id = meta["sys_id"].as_str().unwrap();
        let content = format!("{base}/api/now/{version}attachment/{id}/file");
        assert_eq!(created.header("location"), Some(content.as_str()));
        for (field, expected) in [
            ("table_name", "incident"),
            ("table_sys_id", INCIDENT),
            ("file_name", "aé.txt"),
            ("content_type", "text/plain"),
            ("size_bytes", "3"),
            ("size_compressed", "3"),
            ("hash", ABC),
            ("download_link", &content),
            ("sys_created_by", "admin"),
            ("sys_mod_count", "0"),
        ] {
            assert_eq!(meta[field], expected, "{field}");
        }
        assert!(meta.as_object().unwrap().values().all(serde_json::Value::is_string), "{meta}");

        let one = format!("/api/now/{version}attachment/{id}");
        assert_eq!(instance.get(&one).await.result(), meta);
        let query = format!(
            "/api/now/{version}attachment?sysparm_query=table_name=incident^table_sys_id={INCIDENT}&sysparm_display_value=all"
        );
        let list = instance.get(&query).await;
        assert_eq!(list.header("x-total-count"), Some("1"));
        assert_eq!(list.result(), json!([meta]));

        let file = instance.request(Method::GET, &format!("{one}/file")).header("Accept", "image/png");
        let file = Reply::of(file).await;
        assert_eq!((file.status, file.text.as_str()), (200, "abc"));
        assert_eq!(file.header("content-type"), Some("text/plain"));
        assert_eq!(file.header("content-length"), Some("3"));
        let told: serde_json::Value =
            serde_json::from_str(file.header("x-attachment-metadata").unwrap()).unwrap();
        assert_eq!(told, meta);

        let renamed = instance.send(Method::PATCH, &one, r#"{"file_name":"b.txt","hash":"no"}"#).await;
        assert_eq!((renamed.status, renamed.text.as_str()), (204, ""));
        let meta = instance.get(&one).await.result();
        assert_eq!((&meta["file_name"], &meta["hash"]), (&json!("b.txt"), &json!(ABC)));

        let deleted = Reply::of(instance.request(Method::DELETE, &one)).await;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
        for gone in [one.clone(), format!("{one}/file")] {
            assert_eq!(instance.get(&gone).await.error().0, 404, "{gone}");
        }
        assert_eq!(stored(&instance).await, ("0".into(), "0".into()));
    }
}

#[tokio::test]
async fn lists_have_pages() {
    let instance = Harness::start().await;
    for name in ["a", "b", "c"] {
        upload(&instance, name, "").await;
    }
    for (parameters, names) in [
        ("", &["a", "b", "c"][..]),
        ("&sysparm_limit=2", &["a", "b"]),
        ("&sysparm_limit=2&sysparm_offset=2", &["c"]),
    ] {
        let path = format!("/api/now/attachment?sysparm_query=ORDERBYfile_name{parameters}");
        let reply = instance.get(&path).await;
        assert_eq!(reply.header("x-total-count"), Some("3"), "{parameters}");
        let rows = reply.result();
        let got: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["file_name"].clone()).collect();
        assert_eq!(got, names, "{parameters}");
    }
}

#[tokio::test]
async fn parts_of_a_content_of_several_pieces() {
    let instance = Harness::start().await;
    let content = long();
    let id = sys_id_of(&instance, "long", content.clone()).await;
    let size = content.len();
    for (range, expected) in [
        (None, Some(0..size)),
        (Some("bytes=0-0".to_owned()), Some(0..1)),
        (Some("bytes=524287-524288".to_owned()), Some(524_287..524_289)),
        (Some("bytes=524288-".to_owned()), Some(524_288..size)),
        (Some("bytes=-5".to_owned()), Some(size - 5..size)),
        (Some(format!("bytes={size}-")), None),
    ] {
        let path = format!("/api/now/attachment/{id}/file");
        let mut request = instance.request(Method::GET, &path).header("Accept-Encoding", "gzip");
        if let Some(range) = &range {
            request = request.header("Range", range);
        }
        let response = request.send().await.unwrap();
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let Some(expected) = expected else {
            assert_eq!(response.status().as_u16(), 416);
            assert_eq!(header("content-range"), Some(format!("bytes */{size}")));
            continue;
        };
        let (part, whole) = (response.status().as_u16() == 206, range.is_none());
        assert_eq!(part, !whole, "{range:?}");
        let bounds = format!("bytes {}-{}/{size}", expected.start, expected.end - 1);
        assert_eq!(header("content-range"), part.then_some(bounds), "{range:?}");
        assert_eq!(header("content-length"), Some(expected.len().to_string()), "{range:?}");
        assert_eq!(header("content-encoding"), None);
        assert!(response.bytes().await.unwrap() == content[expected], "{range:?}");
    }
}

#[tokio::test]
async fn ranges_are_a_switch() {
    let settings = Settings { attachment_ranges: false, ..Settings::default() };
    let instance = Harness::with(|builder| builder.settings(settings)).await;
    let id = sys_id_of(&instance, "a", "abc").await;
    let request = instance.request(Method::GET, &format!("/api/now/attachment/{id}/file"));
    let reply = Reply::of(request.header("Range", "bytes=1-1")).await;
    assert_eq!((reply.status, reply.text.as_str(), reply.header("accept-ranges")), (200, "abc", None));
}

fn form(parts: &[(&str, &str)], file: Option<&str>) -> String {
    let mut text = String::new();
    for (name, value) in parts {
        text.push_str(&format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    if let Some(file) = file {
        text.push_str(&format!(
            "--B\r\nContent-Disposition: form-data; name=\"uploadFile\"; filename=\"f.csv\"\r\nContent-Type: text/csv\r\n\r\n{file}\r\n"
        ));
    }
    text + "--B--\r\n"
}

#[tokio::test]
async fn forms() {
    let instance = Harness::start().await;
    let target = [("table_name", "incident"), ("table_sys_id", INCIDENT)];
    let whole = form(&target, Some("abc"));
    for (what, content_type, body, status, says) in [
        ("a form", "multipart/form-data; boundary=B", whole.clone(), 201, "f.csv"),
        ("no file", "multipart/form-data; boundary=B", form(&target, None), 400, "uploadFile is missing"),
        ("no table", "multipart/form-data; boundary=B", form(&target[1..], Some("abc")), 400, "table_name"),
        (
            "cut",
            "multipart/form-data; boundary=B",
            whole[..whole.len() - 6].to_owned(),
            400,
            "reading request",
        ),
        ("no boundary", "multipart/form-data", whole.clone(), 415, "Unsupported"),
        ("no form", "application/json", "{}".to_owned(), 415, "Unsupported"),
    ] {
        let request = instance.request(Method::POST, "/api/now/attachment/upload");
        let reply = Reply::of(request.header("Content-Type", content_type).body(body)).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.text);
        assert!(reply.text.contains(says), "{what}: {}", reply.text);
    }
    let meta = instance.get("/api/now/attachment").await.result();
    assert_eq!((&meta[0]["hash"], &meta[0]["content_type"]), (&json!(ABC), &json!("text/csv")));
    assert_eq!(stored(&instance).await, ("1".into(), "1".into()));
}

#[tokio::test]
async fn what_cannot_be_attached() {
    let settings = Settings {
        max_attachment_bytes: 1_000_000,
        attachment_extensions: vec!["txt".to_owned()],
        ..Settings::default()
    };
    let instance = Harness::with(|builder| builder.settings(settings)).await;
    let at = |table: &str, record: &str, name: &str| {
        format!("/api/now/attachment/file?table_name={table}&table_sys_id={record}&file_name={name}")
    };
    for (path, status, says) in [
        (at("", INCIDENT, "a.txt"), 400, "table_name is missing"),
        (at("incident", "", "a.txt"), 400, "table_sys_id is missing"),
        (at("incident", INCIDENT, ""), 400, "file_name is missing"),
        (at("no_such_table", INCIDENT, "a.txt"), 400, "Invalid table no_such_table"),
        (at("incident", "nothing", "a.txt"), 404, "No Record found"),
        (at("incident", INCIDENT, "a.exe"), 400, "glide.attachment.extensions"),
        (at("incident", INCIDENT, "a.txt"), 201, ABC),
    ] {
        let reply = Reply::of(instance.request(Method::POST, &path).body("abc")).await;
        assert_eq!(reply.status, status, "{path}: {}", reply.text);
        assert!(reply.text.contains(says), "{path}: {}", reply.text);
    }
    let ready = at("incident", INCIDENT, "a.txt");
    let by_employee = instance.anonymous(Method::POST, &ready).basic_auth("employee", Some("employee"));
    assert_eq!(Reply::of(by_employee.body("abc")).await.error().0, 403);
    let chunked = Body::wrap_stream(futures::stream::iter([Ok::<_, std::io::Error>(long())]));
    for (what, body) in [("declared", Body::from(long())), ("not declared", chunked)] {
        let reply = Reply::of(instance.request(Method::POST, &ready).body(body)).await;
        let (status, _, detail) = reply.error();
        assert_eq!(status, 400, "{what}");
        assert!(detail.unwrap().contains("com.glide.attachment.max_size"), "{what}");
    }
    assert_eq!(stored(&instance).await, ("1".into(), "1".into()));
}

#[tokio::test]
async fn a_broken_upload_leaves_nothing() {
    let instance = Harness::start().await;
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let pieces = futures::stream::iter(0..4).map(move |at| {
        counted.fetch_add(1, Ordering::Relaxed);
        if at < 3 { Ok(long()) } else { Err(std::io::Error::other("cut")) }
    });
    let request = instance.request(Method::POST, &path("v1/", "cut"));
    assert!(request.body(Body::wrap_stream(pieces)).send().await.is_err());
    assert_eq!(sent.load(Ordering::Relaxed), 4);
    // The instance learns of the cut a moment later; every look at it is a request, so this is no busy loop.
    for _ in 0..1_000 {
        if stored(&instance).await == ("0".into(), "0".into()) {
            return;
        }
    }
    panic!("pieces stay: {:?}", stored(&instance).await);
}

#[tokio::test]
async fn files_go_with_their_record_and_stay_from_strangers() {
    let instance = Harness::start().await;
    let record = "0123456789abcdef0123456789abcdef";
    instance.incident(record, "with a file").await;
    let path = format!("/api/now/attachment/file?table_name=incident&table_sys_id={record}&file_name=a");
    let id = Reply::of(instance.request(Method::POST, &path).body("abc")).await.result()["sys_id"].clone();
    let file = format!("/api/now/attachment/{}/file", id.as_str().unwrap());
    let ask = async |user: &'static str| {
        Reply::of(instance.anonymous(Method::GET, &file).basic_auth(user, Some(user))).await.status
    };
    assert_eq!((ask("itil").await, ask("employee").await), (200, 404));
    Reply::of(instance.request(Method::DELETE, &format!("/api/now/table/incident/{record}"))).await;
    assert_eq!(ask("itil").await, 404);
    assert_eq!(stored(&instance).await, ("0".into(), "0".into()));
}

#[tokio::test]
async fn attributes_are_kept_with_a_file() {
    let instance = Harness::start().await;
    let id = sys_id_of(&instance, "a.txt", "abc").await;
    let all = format!("/api/now/attachment/{id}/attributes");
    let one = format!("{all}/color");
    assert_eq!(instance.get(&all).await.result(), json!([]));
    let made = instance.send(Method::POST, &all, r#"{"key":"color","value":"red"}"#).await;
    assert_eq!((made.status, made.result()), (201, json!({"key": "color", "value": "red"})));
    instance.send(Method::POST, &all, r#"{"key":"a b","value":""}"#).await;
    assert_eq!(
        instance.get(&all).await.result(),
        json!([{"key": "a b", "value": ""}, {"key": "color", "value": "red"}])
    );
    let changed = instance.send(Method::PUT, &one, r#"{"value":"blue"}"#).await;
    assert_eq!((changed.status, changed.result()), (200, json!({"key": "color", "value": "blue"})));
    assert_eq!(instance.get(&one).await.result()["value"], "blue");
    for (method, path, body, status) in [
        (Method::POST, all.clone(), r#"{"value":"x"}"#, 400),
        (Method::PUT, one.clone(), "{}", 400),
        (Method::PUT, format!("{all}/none"), r#"{"value":"x"}"#, 404),
        (Method::GET, format!("{all}/none"), "", 404),
        (Method::DELETE, format!("{all}/none"), "", 404),
        (Method::GET, "/api/now/attachment/none/attributes".to_owned(), "", 404),
    ] {
        assert_eq!(instance.send(method.clone(), &path, body).await.status, status, "{method} {path}");
    }
    let stranger = instance.anonymous(Method::PUT, &one).basic_auth("employee", Some("employee"));
    assert_eq!(Reply::of(stranger.body(r#"{"value":"x"}"#)).await.status, 404, "the record is hidden");
    assert_eq!(Reply::of(instance.request(Method::DELETE, &one)).await.status, 204);
    assert_eq!(instance.get(&one).await.status, 404);
    assert_eq!(
        Reply::of(instance.request(Method::DELETE, &format!("/api/now/attachment/{id}"))).await.status,
        204
    );
    let left = instance.get("/api/now/table/sys_attachment_attribute").await;
    assert_eq!(left.header("x-total-count"), Some("0"), "they go with the file");
    let id = sys_id_of(&instance, "b.txt", "abc").await;
    let all = format!("/api/now/attachment/{id}/attributes");
    instance.send(Method::POST, &all, r#"{"key":"k","value":"v"}"#).await;
    assert_eq!(Reply::of(instance.request(Method::DELETE, &all)).await.status, 204);
    assert_eq!(instance.get(&all).await.result(), json!([]));
}
