//! Callers that hold on to what they do not use: silent, slow, idle, and too many at once. Each would keep a connection,
//! or a place on one, for ever.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use sncgate::config::{Config, Limit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{Gateway, PATIENCE, config};

const SHORT: Duration = Duration::from_millis(150);
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

async fn gateway(change: impl FnOnce(&mut Config)) -> Gateway {
    let mut config = config(([127, 0, 0, 1], 9).into());
    change(&mut config);
    Gateway::start(config).await
}

/// Sends the text, and gives what comes until the gateway ends the connection.
async fn until_ended(gateway: &Gateway, text: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    // The other end may be gone before all is written.
    let _ = stream.write_all(text).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the gateway ends it");
    answer
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A preface, and settings that change nothing.
fn hello() -> Vec<u8> {
    [PREFACE, &frame(4, 0, 0, &[])].concat()
}

/// The error of the GOAWAY frame in an answer.
fn goaway(mut answer: &[u8]) -> Option<u32> {
    while answer.len() >= 9 {
        let length = u32::from_be_bytes([0, answer[0], answer[1], answer[2]]) as usize;
        if answer[3] == 7 {
            return Some(u32::from_be_bytes(answer[13..17].try_into().unwrap()));
        }
        answer = answer.get(9 + length..)?;
    }
    None
}

#[tokio::test]
async fn whoever_says_nothing_is_cut_off() {
    let mut gateway = gateway(|config| config.limits.header_timeout = SHORT).await;
    let hello = hello();
    let open_header = [&hello[..], &frame(1, 0, 1, &[0x82])].concat(); // HEADERS without END_HEADERS
    for (what, text) in [
        ("nothing", &b""[..]),
        ("half a preface", &PREFACE[..10]),
        ("a preface", &hello),
        ("half a head of HTTP/2", &open_header),
        ("half a head", b"GET /.well-known/jwks.json HTTP/1.1\r\nhost: a\r\nx: "),
    ] {
        let answer = until_ended(&gateway, text).await;
        assert!(!answer.windows(4).any(|four| four == b"keys"), "{what}: {answer:?}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_connection_without_calls_ends() {
    let mut gateway = gateway(|config| config.limits.idle_timeout = SHORT).await;
    let answer = until_ended(&gateway, b"GET /.well-known/jwks.json HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    // GET http / on a: a call, and then nothing.
    let get = frame(1, 5, 1, &[0x82, 0x86, 0x84, 0x41, 1, b'a']);
    let answer = until_ended(&gateway, &[hello(), get].concat()).await;
    assert_eq!(goaway(&answer), Some(0), "it is said farewell: {answer:?}");
    gateway.stop().await;
}

/// A message that comes byte by byte holds a place among a connection's calls. Streams of messages may take their time.
#[tokio::test]
async fn a_slow_message_is_cut_off() {
    let mut gateway = gateway(|config| config.limits.body_timeout = SHORT).await;
    let http = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    for path in ["/sncgate.v1.RecordService/ListRecords", "/sncgate.v1.AuthService/Login"] {
        // Its first byte, and never a second one.
        let body = futures::stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(&[0])) });
        let body = body.chain(futures::stream::pending());
        let call = http
            .post(format!("http://{}{path}", gateway.address))
            .header("content-type", "application/grpc")
            .header("authorization", format!("Bearer {}", gateway.token))
            .body(reqwest::Body::wrap_stream(body));
        let answer = timeout(PATIENCE, call.send()).await.expect("it is cut off").unwrap();
        assert_eq!(answer.headers()["grpc-status"], "4", "{path}");
    }
    gateway.stop().await;
}

/// CVE-2023-44487: streams that are reset as soon as they are opened are work for nothing.
#[tokio::test]
async fn rapid_resets_end_the_connection() {
    let mut gateway = gateway(|_| {}).await;
    let mut text = hello();
    for number in 0..2000u32 {
        let stream = number * 2 + 1;
        text.extend(frame(1, 5, stream, &[0x82, 0x86, 0x84, 0x41, 1, b'a']));
        text.extend(frame(3, 0, stream, &8u32.to_be_bytes()));
    }
    assert_eq!(goaway(&until_ended(&gateway, &text).await), Some(11), "ENHANCE_YOUR_CALM");
    gateway.stop().await;
}

#[tokio::test]
async fn headers_have_a_size_and_a_number() {
    let mut gateway = gateway(|_| {}).await;
    let large = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(100 * 1024));
    let many = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(200));
    for text in [large, many] {
        let answer = until_ended(&gateway, text.as_bytes()).await;
        assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
    }
    let http = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let url = format!("http://{}/.well-known/jwks.json", gateway.address);
    let ask = async |bytes: usize| http.get(&url).header("x", "x".repeat(bytes)).send().await;
    assert_eq!(ask(1024).await.unwrap().status(), 200);
    // The client itself keeps to what the gateway's settings say, where it has them already.
    let large = ask(100 * 1024).await;
    assert!(large.is_err() || large.is_ok_and(|answer| answer.status() == 431));
    gateway.stop().await;
}

#[tokio::test]
async fn an_address_has_so_many_connections() {
    let mut gateway = gateway(|config| config.limits.max_connections_per_source = Limit::of(2)).await;
    let held = [
        TcpStream::connect(gateway.address).await.unwrap(),
        TcpStream::connect(gateway.address).await.unwrap(),
    ];
    let ask = b"GET /.well-known/jwks.json HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert_eq!(until_ended(&gateway, ask).await, b"", "the third is closed at once");
    drop(held);
    let end = std::time::Instant::now() + PATIENCE;
    while !until_ended(&gateway, ask).await.starts_with(b"HTTP/1.1 200") {
        assert!(std::time::Instant::now() < end, "the places come back");
    }
    gateway.stop().await;
}
