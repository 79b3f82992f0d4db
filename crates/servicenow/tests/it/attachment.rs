//! Attachments: descriptions, and content both ways with everything that can go wrong with it.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use servicenow::query::{Operator, Query};
use servicenow::{AttachmentList, Client, Error, RetryPolicy, Upload};

use crate::server::{Server, answer, failure, json, with_header};

const ID: &str = "615ea769c0a80166001cf5f2367302f5";

/// The instance's description of a content.
fn described(content: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, content);
    let hash: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        r#"{{"sys_id":"{ID}","table_name":"incident","table_sys_id":"{ID}","file_name":"a.txt","content_type":"text/plain","size_bytes":"{}","hash":"{hash}","sys_created_on":"2024-01-02 03:04:05","sys_created_by":"admin","download_link":"http://x/"}}"#,
        content.len()
    )
}

#[tokio::test]
async fn descriptions_are_listed_read_and_deleted() {
    let server = Server::start(|asked, _| match (asked.method.as_str(), asked.path.ends_with(ID)) {
        ("DELETE", _) => answer(204, "", ""),
        (_, true) => json(200, format!(r#"{{"result":{}}}"#, described(b"abc"))),
        _ => with_header(json(200, format!(r#"{{"result":[{}]}}"#, described(b"abc"))), "x-total-count", "5"),
    })
    .await;
    let client = server.client();
    let query = Query::new().and("table_name", Operator::Is, "incident");
    let page = client.attachments(&AttachmentList { query, limit: 1, offset: 2 }).await.unwrap();
    assert_eq!((page.rows.len(), page.total), (1, Some(5)));
    let attachment = client.attachment(ID).await.unwrap();
    assert_eq!(attachment, page.rows[0]);
    assert_eq!((attachment.size_bytes, attachment.file_name.as_str()), (3, "a.txt"));
    assert!(attachment.hash.unwrap().starts_with("ba7816bf"));
    client.delete_attachment(ID).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked[0].path, "/api/now/attachment");
    assert_eq!(asked[0].param("sysparm_query"), Some("table_name=incident"));
    assert_eq!(asked[0].param("sysparm_offset"), Some("2"));
    assert_eq!(asked[2].path, format!("/api/now/attachment/{ID}"));
    assert_eq!(client.attachment_url(ID).unwrap(), format!("{}/api/now/v1/attachment/{ID}/file", server.url));
    assert!(matches!(client.attachment("../x").await, Err(Error::InvalidInput(_))));
}

fn upload() -> Upload {
    Upload { table: "incident".into(), record: ID.into(), file_name: "a b&c.txt".into(), ..Upload::default() }
}

/// Stores what it gets, less what `lose` takes away.
async fn store(lose: usize) -> Server {
    Server::start(move |asked, _| match asked.method.as_str() {
        "POST" => {
            let kept = &asked.body.as_bytes()[..asked.body.len() - lose];
            json(201, format!(r#"{{"result":{}}}"#, described(kept)))
        }
        _ => answer(204, "", ""),
    })
    .await
}

#[tokio::test]
async fn content_goes_up_from_bytes_a_stream_and_a_file() {
    let server = store(0).await;
    let client = server.client();
    let stated = Upload { content_type: Some("text/plain".into()), ..upload() };
    assert_eq!(client.upload_bytes(&stated, "abc").await.unwrap().size_bytes, 3);
    let chunks = stream::iter(["a", "", "bc", "d"]).map(|chunk| Ok(Bytes::from(chunk)));
    assert_eq!(client.upload(&upload(), chunks).await.unwrap().size_bytes, 4);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.txt");
    std::fs::write(&path, "x".repeat(200_000)).unwrap();
    let unnamed = Upload { file_name: String::new(), ..upload() };
    assert_eq!(client.upload_path(&unnamed, &path).await.unwrap().size_bytes, 200_000);
    assert_eq!(client.upload_bytes(&upload(), "").await.unwrap().size_bytes, 0);

    let asked = server.asked();
    assert_eq!(asked[0].path, "/api/now/attachment/file");
    assert_eq!(asked[0].param("file_name"), Some("a b&c.txt"));
    assert_eq!(asked[0].param("table_name"), Some("incident"));
    assert_eq!(asked[0].param("table_sys_id"), Some(ID));
    assert_eq!(asked[0].header("content-type"), Some("text/plain"));
    assert_eq!(asked[0].header("content-length"), Some("3"));
    assert_eq!(asked[1].header("content-type"), Some("application/octet-stream"));
    assert_eq!(
        (asked[1].header("transfer-encoding"), asked[1].header("content-length")),
        (Some("chunked"), None)
    );
    assert_eq!(asked[1].body, "abcd");
    assert_eq!(asked[2].param("file_name"), Some("large.txt"));
    assert_eq!(asked[2].header("content-length"), Some("200000"));
}

#[tokio::test]
async fn what_was_not_stored_whole_is_deleted() {
    let server = store(1).await;
    let error = server.client().upload_bytes(&upload(), "abc").await.unwrap_err();
    let expected = Error::ContentMismatch { expected: "3 bytes".into(), found: "2 bytes".into() };
    assert_eq!(error, expected);
    let asked = server.asked();
    assert_eq!(
        (asked[1].method.as_str(), asked[1].path.as_str()),
        ("DELETE", &*format!("/api/now/attachment/{ID}"))
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_stored() {
    let server = store(0).await;
    let client = server.client();
    let broken = stream::iter([Ok(Bytes::from("abc")), Err(io::Error::other("disk on fire"))]);
    let error = client.upload(&upload(), broken).await.unwrap_err();
    assert_eq!(error, Error::Source("disk on fire".into()));
    for (size, content) in [(2, "abc"), (4, "abc")] {
        let stated = Upload { size: Some(size), ..upload() };
        let error = client.upload(&stated, stream::iter([Ok(Bytes::from(content))])).await.unwrap_err();
        assert!(matches!(error, Error::Source(_)), "{size}: {error:?}");
    }
    let error = client.upload_path(&upload(), "/no/such/file").await.unwrap_err();
    assert!(matches!(error, Error::Source(_)), "{error:?}");
    let nameless = Upload { file_name: String::new(), ..upload() };
    let error = client.upload_bytes(&nameless, "abc").await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    // The server's side of a test reads whole bodies before it answers: it never saw one.
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn bytes_are_sent_again_where_nothing_was_stored_and_a_stream_never() {
    let busy = || {
        Server::start(|asked, number| match number {
            0 => with_header(failure(429, "slower"), "retry-after", "0"),
            _ => json(201, format!(r#"{{"result":{}}}"#, described(asked.body.as_bytes()))),
        })
    };
    let server = busy().await;
    server.client().upload_bytes(&upload(), "abc").await.unwrap();
    assert_eq!(server.count(), 2);
    let server = busy().await;
    let error = server.client().upload(&upload(), stream::iter([Ok(Bytes::from("abc"))])).await.unwrap_err();
    assert!(matches!(error, Error::RateLimited { .. }), "{error:?}");
    assert_eq!(server.count(), 1);
}

/// How the instance of a download test behaves.
#[derive(Clone, Copy, Default)]
struct Behaviour {
    /// Each connection breaks after that many bytes.
    breaks_after: Option<usize>,
    ignores_ranges: bool,
    hides_description: bool,
    spoils: bool,
}

/// An instance with one attachment; remembers the ranges it was asked for.
async fn instance(content: &'static [u8], behaviour: Behaviour) -> (Client, Arc<Mutex<Vec<String>>>) {
    let ranges: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = ranges.clone();
    let router = Router::new().fallback(move |request: Request| {
        let log = log.clone();
        async move { Ok::<_, Infallible>(serve(content, behaviour, request, &log).await) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let retry = RetryPolicy { base_delay: Duration::ZERO, ..RetryPolicy::default() };
    (Client::builder(&url).retry(retry).build().unwrap(), ranges)
}

async fn serve(
    content: &'static [u8],
    behaviour: Behaviour,
    request: Request,
    log: &Mutex<Vec<String>>,
) -> Response {
    let path = request.uri().path().to_owned();
    let range = request.headers().get("range").map(|range| range.to_str().unwrap().to_owned());
    to_bytes(request.into_body(), 0).await.unwrap();
    if !path.ends_with("/file") {
        return json(200, format!(r#"{{"result":{}}}"#, described(content)));
    }
    log.lock().unwrap().push(range.clone().unwrap_or_default());
    let start = range.filter(|_| !behaviour.ignores_ranges);
    let start: usize =
        start.map_or(0, |range| range["bytes=".len()..].trim_end_matches('-').parse().unwrap());
    if start > 0 && start >= content.len() {
        return failure(416, "Range not satisfiable");
    }
    let mut rest = content[start..].to_vec();
    if behaviour.spoils {
        rest[0] ^= 1;
    }
    let body = match behaviour.breaks_after {
        Some(bytes) if rest.len() > bytes => {
            rest.truncate(bytes);
            // The pause lets the first part go out before the connection breaks.
            let cut = stream::once(async {
                tokio::task::yield_now().await;
                Err(io::Error::other("cut"))
            });
            Body::from_stream(stream::iter([Ok(Bytes::from(rest))]).chain(cut))
        }
        _ => Body::from(rest),
    };
    let mut reply = answer(if start > 0 { 206 } else { 200 }, "text/plain", body);
    if start > 0 {
        let range = format!("bytes {start}-{}/{}", content.len() - 1, content.len());
        reply = with_header(reply, "content-range", &range);
    }
    if behaviour.hides_description {
        return reply;
    }
    with_header(reply, "x-attachment-metadata", &described(content))
}

const CONTENT: &[u8] = b"first line\r\nsecond\n\nlast without an end";

#[tokio::test]
async fn content_comes_down_from_any_offset() {
    for behaviour in [
        Behaviour::default(),
        Behaviour { ignores_ranges: true, ..Behaviour::default() },
        Behaviour { hides_description: true, ..Behaviour::default() },
    ] {
        for offset in [0, 1, 20, CONTENT.len()] {
            let (client, _) = instance(CONTENT, behaviour).await;
            let download = client.download(ID, offset as u64).await.unwrap();
            assert_eq!(download.attachment().size_bytes, CONTENT.len() as u64);
            assert_eq!(download.offset(), offset as u64);
            assert_eq!(download.bytes().await.unwrap(), &CONTENT[offset..], "{offset}");
        }
        let (client, _) = instance(CONTENT, behaviour).await;
        let error = client.download(ID, CONTENT.len() as u64 + 1).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    let (client, _) = instance(b"", Behaviour::default()).await;
    assert_eq!(client.download(ID, 0).await.unwrap().bytes().await.unwrap(), "");
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_was() {
    let breaks_after = Some(15);
    let (client, ranges) = instance(CONTENT, Behaviour { breaks_after, ..Behaviour::default() }).await;
    assert_eq!(client.download(ID, 0).await.unwrap().bytes().await.unwrap(), CONTENT);
    assert_eq!(*ranges.lock().unwrap(), ["", "bytes=15-", "bytes=30-"]);

    // Without ranges each connection gets no further than the one before: it ends in an error.
    let behaviour = Behaviour { breaks_after, ignores_ranges: true, ..Behaviour::default() };
    let (client, ranges) = instance(CONTENT, behaviour).await;
    let chunks: Vec<_> = client.download(ID, 0).await.unwrap().collect().await;
    assert!(chunks.last().unwrap().as_ref().is_err_and(Error::retryable), "{chunks:?}");
    let given: Vec<u8> = chunks.iter().flatten().flatten().copied().collect();
    assert_eq!(given, &CONTENT[..15], "nothing is given twice");
    assert_eq!(ranges.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn content_that_differs_is_an_error() {
    let (client, _) = instance(CONTENT, Behaviour { spoils: true, ..Behaviour::default() }).await;
    let error = client.download(ID, 0).await.unwrap().bytes().await.unwrap_err();
    assert!(matches!(error, Error::ContentMismatch { .. }), "{error:?}");
    let directory = tempfile::tempdir().unwrap();
    client.download_to_path(ID, directory.path()).await.unwrap_err();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "no half file is left");
}

#[tokio::test]
async fn content_goes_to_a_writer_a_path_a_temporary_file_and_lines() {
    use std::io::Read as _;
    let (client, _) = instance(CONTENT, Behaviour::default()).await;
    let mut written = Vec::new();
    let download = client.download(ID, 0).await.unwrap();
    assert_eq!(download.write_to(&mut written).await.unwrap(), CONTENT.len() as u64);
    assert_eq!(written, CONTENT);

    let directory = tempfile::tempdir().unwrap();
    let named = client.download_to_path(ID, directory.path()).await.unwrap();
    assert_eq!(named, directory.path().join("a.txt"));
    let given = client.download_to_path(ID, directory.path().join("b")).await.unwrap();
    assert_eq!(
        (std::fs::read(named).unwrap(), std::fs::read(given).unwrap()),
        (CONTENT.to_vec(), CONTENT.to_vec())
    );

    let mut text = String::new();
    client.download_to_temporary_file(ID).await.unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text.as_bytes(), CONTENT);

    let breaks_after = Some(4);
    let (client, _) = instance(CONTENT, Behaviour { breaks_after, ..Behaviour::default() }).await;
    let lines: Vec<String> = client.download(ID, 0).await.unwrap().lines().try_collect().await.unwrap();
    assert_eq!(lines, ["first line", "second", "", "last without an end"]);
}

#[tokio::test]
async fn what_is_no_content_is_told() {
    for (reply, expected) in [
        ((404, "application/json", r#"{"error":{"message":"No Record found"}}"#), "NotFound"),
        ((202, "text/plain", ""), "Accepted"),
        ((200, "text/html", "<html>log in</html>"), "NotJson"),
        ((204, "", ""), "Decode"),
    ] {
        let server = Server::start(move |asked, _| match asked.path.ends_with("/file") {
            true => answer(reply.0, reply.1, reply.2),
            false => json(200, format!(r#"{{"result":{}}}"#, described(b"abc"))),
        })
        .await;
        let error = server.client().download(ID, 0).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{error:?}");
    }
}

#[tokio::test]
async fn a_transfer_may_take_long_but_not_be_silent() {
    // Silence: the head comes, and nothing follows.
    let router = Router::new().fallback(|_: Request| async {
        let content = stream::iter([Ok::<_, Infallible>(Bytes::from("ab"))]).chain(stream::pending());
        let reply = answer(200, "text/plain", Body::from_stream(content));
        Ok::<_, Infallible>(with_header(reply, "x-attachment-metadata", &described(b"abc")))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::builder(&url)
        .retry(RetryPolicy::never())
        .read_timeout(Duration::from_millis(200))
        .total_timeout(Duration::from_millis(1))
        .build()
        .unwrap();
    let download = client.download(ID, 0).await.unwrap();
    assert_eq!(download.bytes().await.unwrap_err(), Error::Timeout);
    let silent = stream::iter([Ok(Bytes::from("abc"))]).chain(stream::pending());
    assert_eq!(client.upload(&upload(), silent).await.unwrap_err(), Error::Timeout);
}
