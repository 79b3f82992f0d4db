//! What one caller and one address may take, and what each answer tells browsers.

use std::time::{Duration, Instant};

use http::HeaderMap;
use sncgate::config::{Config, Limit};
use sncgate_client::pb::audit_service_client::AuditServiceClient;
use sncgate_client::pb::auth_service_client::AuthServiceClient;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use sncgate_client::pb::role_service_client::RoleServiceClient;
use sncgate_client::{Export, pb};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::access::{sign_in, user};
use crate::harness::{Gateway, PATIENCE, System, config, encoded, reason};

/// A gateway whose calls do not reach an instance.
async fn gateway(change: impl FnOnce(&mut Config)) -> Gateway {
    let mut config = config(([127, 0, 0, 1], 9).into());
    change(&mut config);
    Gateway::start(config).await
}

/// Calls until one is refused, and gives the refusal.
async fn refused(gateway: &Gateway) -> Status {
    let mut auth = AuthServiceClient::new(gateway.channel());
    for _ in 0..1000 {
        if let Err(status) = auth.who_am_i(pb::WhoAmIRequest {}).await {
            return status;
        }
    }
    panic!("a thousand calls, and none was refused");
}

#[tokio::test]
async fn a_user_and_an_address_have_so_many_calls_a_second() {
    for (subject, limit) in [("user", 3), ("source", 4)] {
        let mut gateway = gateway(|config| match subject {
            "user" => config.limits.user_requests_per_second = Limit::of(limit),
            _ => config.limits.source_requests_per_second = Limit::of(limit),
        })
        .await;
        let status = refused(&gateway).await;
        let (reason, metadata) = reason(&status);
        assert_eq!((status.code(), reason.as_str()), (Code::ResourceExhausted, "RATE_LIMITED"));
        assert_eq!(
            (metadata["subject"].as_str(), metadata["limit"].as_str()),
            (subject, &*limit.to_string())
        );
        let details = status.get_error_details();
        let delay = details.retry_info().unwrap().retry_delay.unwrap();
        assert!(delay > Duration::ZERO && delay <= Duration::from_secs(1), "{delay:?}");
        let violation = &details.quota_failure().unwrap().violations[0];
        assert_eq!((violation.subject.as_str(), violation.description.contains("a second")), (subject, true));

        // After that time there is room again.
        let end = Instant::now() + PATIENCE;
        let mut auth = AuthServiceClient::new(gateway.channel());
        while auth.who_am_i(pb::WhoAmIRequest {}).await.is_err() {
            assert!(Instant::now() < end, "it goes on");
            tokio::time::sleep(delay).await;
        }
        gateway.stop().await;
    }
}

/// An address is told in the protocol that it speaks; who is behind a proxy counts by itself, and nobody else can say so.
#[tokio::test]
async fn addresses_behind_a_proxy_count_each_by_itself() {
    for trusted in [true, false] {
        let mut gateway = gateway(|config| {
            config.limits.source_requests_per_second = Limit::of(2);
            if trusted {
                let text = "[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\n[instances.a]\nurl = \"https://a.example\"\n\
                            auth = {type = \"basic\", username = \"u\", password = \"p\"}";
                config.server.trusted_proxies = Config::from_text(text).unwrap().server.trusted_proxies;
            }
        })
        .await;
        let http = reqwest::Client::new();
        let url = format!("http://{}/.well-known/jwks.json", gateway.address);
        let from =
            async |address: &str| http.get(&url).header("x-forwarded-for", address).send().await.unwrap();
        let mut last = from("192.0.2.1").await;
        for _ in 0..100 {
            if last.status() == 429 {
                break;
            }
            last = from("192.0.2.1").await;
        }
        assert_eq!(last.status(), 429);
        assert_eq!(last.headers()["retry-after"], "1");
        assert!(last.text().await.unwrap().contains("RATE_LIMITED"));
        assert_eq!(from("192.0.2.2").await.status(), if trusted { 200 } else { 429 });

        let web = http.post(format!("http://{}/sncgate.v1.SystemService/GetInfo", gateway.address));
        let web =
            web.header("content-type", "application/grpc-web+proto").header("x-forwarded-for", "192.0.2.1");
        let answer = web.body(vec![0u8; 5]).send().await.unwrap();
        let headers = answer.headers();
        assert_eq!(answer.status(), 200);
        assert_eq!(headers["grpc-status"], "8", "{headers:?}");
        assert_eq!(headers["content-type"], "application/grpc-web+proto");
        gateway.stop().await;
    }
}

async fn token(gateway: &Gateway, username: &str) -> String {
    sign_in(gateway, username).await.tokens.unwrap().access_token
}

fn role(name: &str, rows_per_day: i64) -> pb::Role {
    pb::Role {
        name: name.to_owned(),
        permissions: vec![pb::Permission::RecordsRead.into(), pb::Permission::SchemaRead.into()],
        table_rules: vec![pb::TableRule { tables: vec!["*".to_owned()], ..pb::TableRule::default() }],
        quota: Some(pb::RoleQuota { rows_per_day: Some(rows_per_day), concurrent_streams: None }),
        ..pb::Role::default()
    }
}

#[tokio::test]
async fn a_user_reads_so_many_rows_a_day() {
    let system = System::with_records(100).await;
    let gateway = &system.gateway;
    let mut roles = RoleServiceClient::new(gateway.channel());
    let create = pb::CreateRoleRequest { role: Some(role("small", 25)) };
    roles.create_role(create).await.unwrap();
    let mut wrong = role("wrong", -1);
    let create = pb::CreateRoleRequest { role: Some(wrong.clone()) };
    assert_eq!(reason(&roles.create_role(create).await.unwrap_err()).0, "REQUEST_INVALID");
    wrong.quota = None;
    user(gateway, "alice", &["small"]).await;
    user(gateway, "bob", &["small"]).await;

    // A stream ends when the rows are used up, with the token to go on from.
    let channel = gateway.channel_of(&token(gateway, "alice").await);
    let mut records = RecordServiceClient::new(channel.clone());
    let request = pb::StreamRecordsRequest {
        table: "incident".to_owned(),
        query: Some(encoded("")),
        page_size: 10,
        ..pb::StreamRecordsRequest::default()
    };
    let mut stream = records.stream_records(request).await.unwrap().into_inner();
    let mut got = 0;
    let status = loop {
        match stream.message().await {
            Ok(page) => got += page.expect("it is cut before its end").records.len(),
            Err(status) => break status,
        }
    };
    assert_eq!(got, 30, "the page that goes over is given, and none after it");
    let (why, metadata) = reason(&status);
    assert_eq!((status.code(), why.as_str()), (Code::ResourceExhausted, "ROW_QUOTA_EXCEEDED"));
    assert!(metadata["limit"] == "25" && !metadata["resume_token"].is_empty(), "{metadata:?}");
    let delay = status.get_error_details().retry_info().unwrap().retry_delay.unwrap();
    assert!(delay > Duration::ZERO && delay <= Duration::from_secs(86_400), "{delay:?}");

    let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..pb::ListRecordsRequest::default() };
    assert_eq!(reason(&records.list_records(list.clone()).await.unwrap_err()).0, "ROW_QUOTA_EXCEEDED");
    let get =
        pb::GetRecordRequest { table: "incident".to_owned(), sys_id: "a".repeat(32), ..Default::default() };
    assert_eq!(reason(&records.get_record(get).await.unwrap_err()).0, "ROW_QUOTA_EXCEEDED");
    let me = AuthServiceClient::new(channel).who_am_i(pb::WhoAmIRequest {}).await.unwrap().into_inner();
    let quota = me.quota.unwrap();
    assert_eq!((quota.rows_per_day, quota.rows_read, quota.concurrent_streams), (25, 30, 1000));

    // Others have their own; an export counts as well.
    let bob = token(gateway, "bob").await;
    let client = sncgate_client::Client::builder(format!("http://{}", gateway.address)).token(&bob);
    let client = client.retries(0).connect().await.unwrap();
    let mut whole = RecordServiceClient::new(gateway.channel_of(&bob));
    whole.list_records(pb::ListRecordsRequest { page_size: 30, ..list.clone() }).await.unwrap();
    let error = export(&client).await.expect_err("there are no rows left");
    assert_eq!(error.reason(), pb::ErrorReason::RowQuotaExceeded, "{error:?}");
    assert!(!error.is_retryable(), "it would wait until tomorrow");

    // Nobody raises their own by giving themselves another role.
    let mut lead = role("lead", 25);
    lead.permissions.extend([pb::Permission::RolesRead, pb::Permission::RolesWrite].map(i32::from));
    roles.create_role(pb::CreateRoleRequest { role: Some(lead) }).await.unwrap();
    user(gateway, "lea", &["lead"]).await;
    let mut lea = RoleServiceClient::new(gateway.channel_of(&token(gateway, "lea").await));
    for (rows, expected) in [(26, "ACCESS_CONFLICT"), (0, "ACCESS_CONFLICT")] {
        let create = pb::CreateRoleRequest { role: Some(role("more", rows)) };
        assert_eq!(reason(&lea.create_role(create).await.unwrap_err()).0, expected);
    }
    system.stop().await;
}

/// Reads all of a table as columns.
async fn export(client: &sncgate_client::Client) -> Result<(), sncgate_client::Error> {
    let plan = client.export(&Export::of("incident")).await?;
    for number in 0..plan.parts() {
        let mut part = plan.part(number).await?;
        while part.next_batch().await?.is_some() {}
    }
    Ok(())
}

#[tokio::test]
async fn a_user_has_so_many_streams_open() {
    let mut gateway = gateway(|config| config.limits.concurrent_streams = Limit::of(1)).await;
    let mut audit = AuditServiceClient::new(gateway.channel());
    let request = pb::StreamAuditEventsRequest { after_sequence: -1 };
    let first = audit.stream_audit_events(request).await.unwrap();
    let status = audit.stream_audit_events(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).0.as_str()),
        (Code::ResourceExhausted, "STREAM_QUOTA_EXCEEDED")
    );
    drop(first);
    let end = Instant::now() + PATIENCE;
    let again = loop {
        match audit.stream_audit_events(request).await {
            Ok(stream) => break stream,
            Err(_) if Instant::now() < end => tokio::task::yield_now().await,
            Err(status) => panic!("the place does not come back: {status:?}"),
        }
    };
    drop((again, audit));
    gateway.stop().await;
}

/// Every kind of answer, and what it says to browsers.
#[tokio::test]
async fn every_answer_tells_browsers_what_not_to_do() {
    let mut gateway =
        gateway(|config| config.server.cors_origins = sncgate::config::Origins::loopback()).await;
    let http = reqwest::Client::new();
    let url = |path: &str| format!("http://{}{path}", gateway.address);
    let login = "/sncgate.v1.AuthService/Login";
    let web = |path: &str| {
        http.post(url(path)).header("content-type", "application/grpc-web+proto").body(vec![0; 5])
    };
    let cases: [(&str, reqwest::RequestBuilder, &str); 6] = [
        ("keys", http.get(url("/.well-known/jwks.json")), "max-age=300"),
        ("nothing there", http.get(url("/nothing")), "no-store"),
        ("no such method", web("/sncgate.v1.RecordService/Nothing"), "no-store"),
        ("a token's answer", web(login), "no-store"),
        ("a refusal", web("/sncgate.v1.RecordService/ListRecords"), "no-store"),
        (
            "a preflight",
            http.request(http::Method::OPTIONS, url(login))
                .header("origin", "http://127.0.0.1:3000")
                .header("access-control-request-method", "POST"),
            "no-store",
        ),
    ];
    for (what, request, cache) in cases {
        let answer = request.send().await.unwrap();
        let headers: &HeaderMap = answer.headers();
        let said = |name: &str| {
            let values: Vec<_> = headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
            values.join("|")
        };
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", cache),
            ("strict-transport-security", ""), // it would lock out who has no TLS
            ("access-control-allow-credentials", ""), // tokens are in a header; a browser adds none by itself
            ("server", ""),
        ] {
            assert_eq!(said(name), value, "{what}: {name}");
        }
        let policy = said("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{what}");
    }
    gateway.stop().await;
}

/// Messages beyond the limit, on each face, are refused before they are read.
#[tokio::test]
async fn a_large_message_is_refused_on_every_face() {
    let mut gateway = gateway(|config| config.server.max_message_bytes = 64 * 1024).await;
    let large = "x".repeat(100 * 1024);
    let mut records = RecordServiceClient::new(gateway.channel());
    let list = pb::ListRecordsRequest { table: large.clone(), ..pb::ListRecordsRequest::default() };
    assert_eq!(records.list_records(list).await.unwrap_err().code(), Code::OutOfRange);

    let mut flight = arrow_flight::flight_service_client::FlightServiceClient::new(gateway.channel());
    let ticket = arrow_flight::Ticket { ticket: large.clone().into() };
    assert_eq!(flight.do_get(ticket).await.unwrap_err().code(), Code::OutOfRange);

    let mut body = vec![0];
    body.extend(u32::try_from(large.len()).unwrap().to_be_bytes());
    body.extend(large.as_bytes());
    let url = format!("http://{}/sncgate.v1.RecordService/ListRecords", gateway.address);
    let web = reqwest::Client::new().post(url).header("content-type", "application/grpc-web+proto");
    let answer =
        web.header("authorization", format!("Bearer {}", gateway.token)).body(body).send().await.unwrap();
    assert_eq!(answer.headers()["grpc-status"], "11");
    gateway.stop().await;
}
