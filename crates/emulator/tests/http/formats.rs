//! JSON and XML, in both directions; compression.

use reqwest::Method;

use crate::harness::{Harness, INCIDENT, Reply};

#[tokio::test]
async fn xml_on_request() {
    let instance = Harness::start().await;
    let base = instance.running.http_url();
    let fields = "sysparm_fields=number,opened_by&sysparm_query=number=INC0000060";
    let head = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    let row = format!(
        "<result><number>INC0000060</number><opened_by><link>{base}/api/now/table/sys_user/681ccaf9c0a8016400b98a06818d57c7</link><value>681ccaf9c0a8016400b98a06818d57c7</value></opened_by></result>"
    );
    for (path, status, body) in [
        (format!("/api/now/table/incident?{fields}"), 200, format!("{head}<response>{row}</response>")),
        (
            format!("/api/now/table/incident/{INCIDENT}?{fields}"),
            200,
            format!("{head}<response>{row}</response>"),
        ),
        (
            "/api/now/table/incident?sysparm_query=number=none".to_owned(),
            200,
            format!("{head}<response></response>"),
        ),
        (
            "/api/now/table/a%3Cb".to_owned(),
            400,
            format!(
                "{head}<response><error><message>Invalid table a&lt;b</message><detail></detail></error><status>failure</status></response>"
            ),
        ),
    ] {
        for accept in ["application/xml", "text/xml"] {
            let reply = Reply::of(instance.request(Method::GET, &path).header("Accept", accept)).await;
            assert_eq!((reply.status, reply.text.as_str()), (status, body.as_str()), "{path}");
            assert_eq!(reply.header("content-type"), Some("application/xml;charset=UTF-8"));
        }
    }
}

#[tokio::test]
async fn what_a_caller_accepts() {
    let instance = Harness::start().await;
    for (accept, status, xml) in [
        (None, 200, false),
        (Some("*/*"), 200, false),
        (Some("application/json"), 200, false),
        (Some("text/html,application/xml;q=0.9,*/*;q=0.8"), 200, true),
        (Some("text/csv"), 406, false),
    ] {
        let mut request = instance.request(Method::GET, &format!("/api/now/table/incident/{INCIDENT}"));
        if let Some(accept) = accept {
            request = request.header("Accept", accept);
        }
        let reply = Reply::of(request).await;
        assert_eq!(reply.status, status, "{accept:?}");
        let content_type =
            if xml { "application/xml;charset=UTF-8" } else { "application/json;charset=UTF-8" };
        assert_eq!(reply.header("content-type"), Some(content_type), "{accept:?}");
    }
}

#[tokio::test]
async fn what_a_caller_may_send() {
    let instance = Harness::start().await;
    let xml = "<request><entry><short_description>a &amp; b</short_description></entry><entry/></request>";
    for (content_type, body, status) in [
        (Some("application/json"), r#"{"short_description":"a & b"}"#, 201),
        (Some("application/json; charset=utf-8"), r#"{"short_description":"a & b"}"#, 201),
        (None, r#"{'short_description':'a & b'}"#, 201),
        (Some("application/xml"), xml, 201),
        (
            Some("text/xml;charset=UTF-8"),
            "<incident><short_description>a &amp; b</short_description></incident>",
            201,
        ),
        (Some("application/x-www-form-urlencoded"), "short_description=x", 415),
        (Some("text/plain"), "x", 415),
        (Some("application/xml"), "<request>", 400),
    ] {
        let mut request = instance
            .request(Method::POST, "/api/now/table/incident?sysparm_fields=short_description")
            .body(body);
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        let reply = Reply::of(request).await;
        assert_eq!(reply.status, status, "{content_type:?} {body}: {}", reply.text);
        if status == 201 {
            assert_eq!(reply.text, r#"{"result":{"short_description":"a & b"}}"#, "{content_type:?}");
        }
    }
}

#[tokio::test]
async fn replies_are_compressed_on_request() {
    let instance = Harness::start().await;
    let path = "/api/now/table/sys_dictionary?sysparm_limit=50";
    let plain = Reply::of(instance.request(Method::GET, path).header("Accept-Encoding", "identity")).await;
    assert_eq!(plain.header("content-encoding"), None);
    let packed = instance.request(Method::GET, path).header("Accept-Encoding", "gzip").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let bytes = packed.bytes().await.unwrap();
    assert_eq!(&bytes[..2], [0x1f, 0x8b]);
    assert!(bytes.len() * 4 < plain.text.len(), "{} of {}", bytes.len(), plain.text.len());
}
