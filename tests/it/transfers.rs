//! Transfers of attachments that do not go straight on: callers who leave or stop, a gateway that ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use servicenow_emulator::faults::{Fault, Rule};
use sncgate_client::pb;
use sncgate_client::pb::attachment_service_client::AttachmentServiceClient;
use sncgate_client::pb::upload_attachment_request::Part as Up;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tonic::{Code, Status};

use crate::attachments::{content, header, incident, list, open, part, parts, take};
use crate::harness::{Gateway, PATIENCE, System, config, reason};

const MIB: usize = 1024 * 1024;

/// Looks until it is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let look = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(PATIENCE, look).await.is_ok(), "not in time: {what}");
}

/// Some chunks, then nothing, and no end.
fn unfinished(
    header: pb::UploadHeader,
    content: &Bytes,
    chunks: usize,
    taken: Arc<AtomicUsize>,
) -> impl Stream<Item = pb::UploadAttachmentRequest> + Send + 'static {
    let count = move |_: &_| {
        taken.fetch_add(1, Ordering::SeqCst);
    };
    parts(header, content, MIB / 4).take(chunks + 1).inspect(count).chain(stream::pending())
}

/// The caller vanishes after some chunks, with and without having said how many there will be.
#[tokio::test]
async fn an_upload_that_breaks_leaves_nothing() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    let content = content(2 * MIB);
    for (chunks, size_bytes) in [(0, None), (1, None), (3, Some(2 * MIB as i64)), (8, None)] {
        let header = pb::UploadHeader { size_bytes, ..header(&record) };
        let taken = Arc::new(AtomicUsize::new(0));
        let messages = unfinished(header, &content, chunks, taken.clone());
        let mut client = system.attachments();
        let call = tokio::spawn(async move { client.upload_attachment(messages).await });
        until("all was taken", async || taken.load(Ordering::SeqCst) == chunks + 1).await;
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        assert_eq!(list(&system, &record).await, [], "{chunks} chunks");
    }
    // One after the other: what was to be stored late would be there by now.
    let whole = system.attachments().upload_attachment(parts(header(&record), &content, MIB)).await;
    let stored = whole.unwrap().into_inner().attachment.unwrap();
    assert_eq!(list(&system, &record).await, [stored]);
    system.stop().await;
}

/// All was sent, and then the caller left before the answer: what was stored is deleted again.
#[tokio::test]
async fn an_upload_whose_caller_left_is_taken_back() {
    let system = System::with_records(0).await;
    let record = incident(&system).await;
    let kind = Some("attachment.upload".to_owned());
    system.faults().add(Rule { kind, ..Rule::new(Fault::Latency { millis: 1500 }) }).unwrap();
    let mut client = system.attachments();
    let upload = client.upload_attachment(parts(header(&record), &content(1000), MIB));
    assert!(timeout(Duration::from_millis(500), upload).await.is_err(), "the caller gave up");
    until("it is deleted", async || system.counted("attachment.delete").await == 1).await;
    assert_eq!(list(&system, &record).await, []);
    assert_eq!(system.counted("attachment.upload").await, 1);
    system.stop().await;
}

#[tokio::test]
async fn a_drain_ends_transfers() {
    let mut system = System::with_records(0).await;
    let record = incident(&system).await;
    let content = content(5 * MIB);
    let whole = system.attachments().upload_attachment(parts(header(&record), &content, MIB)).await.unwrap();
    let stored = whole.into_inner().attachment.unwrap();

    let mut running = open(&system, &stored.sys_id, 0).await.unwrap();
    running.message().await.unwrap().unwrap();
    let taken = Arc::new(AtomicUsize::new(0));
    let messages = unfinished(header(&record), &content, 2, taken.clone());
    let mut client = system.attachments();
    let upload = tokio::spawn(async move { client.upload_attachment(messages).await });
    until("it is on its way", async || taken.load(Ordering::SeqCst) == 3).await;

    system.gateway.begin_stop();
    let (_, bytes, download) = take(&mut running).await;
    assert!(bytes.len() < content.len(), "5 MiB cannot have gone out in one step");
    let upload = timeout(PATIENCE, upload).await.unwrap().unwrap().unwrap_err();
    for status in [download.expect("it must not end as if it were whole"), upload] {
        assert_eq!((status.code(), reason(&status).0.as_str()), (Code::Unavailable, "DRAINING"));
    }
    system.gateway.stop().await;
    system.gateway = Gateway::start(config(system.emulator.as_ref().unwrap().http())).await;
    assert_eq!(list(&system, &record).await, [stored]);
    system.stop().await;
}

/// A deadline of the caller's ends a stream; the gateway's own, which is for calls, does not.
#[tokio::test]
async fn only_the_callers_deadline_ends_a_transfer() {
    let system = System::with_records(0).await;
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    settings.server.default_deadline = Duration::from_millis(700);
    let mut hasty = Gateway::start(settings).await;
    let mut client = AttachmentServiceClient::new(hasty.channel());
    let record = incident(&system).await;
    let content = content(MIB);

    let slow = parts(header(&record), &content, MIB / 4).then(|message| async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        message
    });
    let stored = client.upload_attachment(slow).await.unwrap().into_inner().attachment.unwrap();
    let kind = Some("attachment.download".to_owned());
    let slow = Rule { kind, ..Rule::new(Fault::Drip { bytes: MIB / 4, millis: 250 }) };
    system.faults().add(slow).unwrap();
    let request = pb::DownloadAttachmentRequest { sys_id: stored.sys_id.clone(), ..Default::default() };
    let mut running = client.download_attachment(request.clone()).await.unwrap().into_inner();
    let (_, bytes, error) = take(&mut running).await;
    assert!(error.is_none() && bytes == content, "{error:?}");

    let mut timed = tonic::Request::new(request);
    timed.set_timeout(Duration::from_millis(600));
    let ended: Status = match client.download_attachment(timed).await {
        Ok(running) => take(&mut running.into_inner()).await.2.expect("its time is over"),
        Err(status) => status,
    };
    assert!(matches!(ended.code(), Code::DeadlineExceeded | Code::Cancelled), "{ended:?}");
    hasty.stop().await;
    system.stop().await;
}

/// The head of a request, byte by byte.
async fn head(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// An instance that knows every record, takes no content, and has one of 64 MiB to give. It counts what it could send.
async fn lazy_instance(sent: Arc<AtomicUsize>) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(serve_lazily(connection, sent.clone()));
        }
    });
    address
}

async fn serve_lazily(mut connection: TcpStream, sent: Arc<AtomicUsize>) {
    loop {
        let head = head(&mut connection).await;
        if head.starts_with("POST") {
            return std::future::pending().await; // the body stays in the socket
        }
        if !head.contains("/file") {
            let body = r#"{"result":{"sys_id":"a1"}}"#;
            let reply =
                format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            connection.write_all(format!("HTTP/1.1 200 OK\r\n{reply}").as_bytes()).await.unwrap();
            continue;
        }
        let known = format!(r#"{{"sys_id":"a1","size_bytes":"{}"}}"#, 64 * MIB);
        let reply = format!("X-Attachment-Metadata: {known}\r\nContent-Length: {}\r\n\r\n", 64 * MIB);
        connection.write_all(format!("HTTP/1.1 200 OK\r\n{reply}").as_bytes()).await.unwrap();
        let chunk = vec![7; 64 * 1024];
        // Ends with the connection.
        while let Ok(bytes) = connection.write(&chunk).await {
            sent.fetch_add(bytes, Ordering::SeqCst);
        }
        return;
    }
}

/// What a counter shows once it stands still.
async fn settled(counter: &AtomicUsize) -> usize {
    let mut last = 0;
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let now = counter.swap(counter.load(Ordering::SeqCst), Ordering::SeqCst);
        if now == last && now > 0 {
            return now;
        }
        last = now;
    }
    panic!("it never stood still");
}

/// Neither side's slowness is made up for with memory: it reaches the other side's connection.
#[tokio::test]
async fn whoever_is_slow_slows_the_other_down() {
    let sent = Arc::new(AtomicUsize::new(0));
    let mut gateway = Gateway::start(config(lazy_instance(sent.clone()).await)).await;
    let mut client = AttachmentServiceClient::new(gateway.channel());

    let request = pb::DownloadAttachmentRequest { sys_id: "a1".to_owned(), ..Default::default() };
    let mut unread = client.download_attachment(request).await.unwrap().into_inner();
    unread.message().await.unwrap().unwrap();
    let bytes = settled(&sent).await;
    assert!(bytes < 32 * MIB, "{bytes} bytes were read for a caller that took none");
    drop(unread);

    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    let chunks = stream::repeat_with(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        part(Up::Chunk(Bytes::from_static(&[7; MIB])))
    });
    let messages = stream::iter([part(Up::Header(header("a1")))]).chain(chunks.take(64));
    let upload = tokio::spawn(async move { client.upload_attachment(messages).await });
    let chunks = settled(&taken).await;
    assert!(chunks < 32, "{chunks} MiB were taken for an instance that took none");
    upload.abort();
    assert!(upload.await.unwrap_err().is_cancelled());
    gateway.stop().await;
}
