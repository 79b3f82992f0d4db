use servicenow::query::{Operator, Query};
use servicenow::{Aggregate, DisplayMode, Error, Fields, Having, List, Measure, Read, Record, WriteOptions};

use crate::server::{Server, json, with_header};

const SYS_ID: &str = "1c741bd70b2322007518478d83673af3";

#[tokio::test]
async fn a_row_is_read() {
    let server = Server::start(|_, _| {
        json(200, r#"{"result":{"sys_id":"1","state":{"display_value":"Closed","value":"7"}}}"#)
    })
    .await;
    let read = Read {
        fields: vec!["sys_id".into(), "state".into()],
        display: DisplayMode::Both,
        exclude_reference_link: true,
        view: Some("mobile".into()),
    };
    let record: Record = server.client().get("incident", SYS_ID, &read).await.unwrap();
    assert_eq!(record.value("state"), Some("7"));
    assert_eq!(record.display_value("state"), Some("Closed"));
    let asked = &server.asked()[0];
    assert_eq!(asked.path, format!("/api/now/table/incident/{SYS_ID}"));
    assert_eq!(asked.param("sysparm_fields"), Some("sys_id,state"));
    assert_eq!(asked.param("sysparm_display_value"), Some("all"));
    assert_eq!(asked.param("sysparm_exclude_reference_link"), Some("true"));
    assert_eq!(asked.param("sysparm_view"), Some("mobile"));
    assert_eq!(asked.header("authorization"), Some("Basic YWRtaW46aHVudGVyMg=="));
    assert_eq!(asked.header("accept-encoding"), Some("gzip"));
    assert_eq!(asked.header("cookie"), None);
}

#[tokio::test]
async fn a_page_is_read_with_and_without_its_count() {
    let server = Server::start(|_, _| {
        let reply = json(200, r#"{"result":[{"sys_id":"1"}]}"#);
        let reply = with_header(reply, "x-total-count", "67");
        with_header(with_header(reply, "set-cookie", "JSESSIONID=1"), "link", r#"<http://x/>;rel="next""#)
    })
    .await;
    let client = server.client();
    let query = Query::new().and("short_description", Operator::Contains, "a^b & c=é").order_by("number");
    let mut list = List { query, limit: 1, offset: 3, count: true, ..List::default() };
    let page = client.list::<Record>("incident", &list).await.unwrap();
    assert_eq!((page.rows.len(), page.total, page.has_next), (1, Some(67), Some(true)));
    list.count = false;
    let page = client.list::<Record>("incident", &list).await.unwrap();
    assert_eq!((page.rows.len(), page.total, page.has_next), (1, None, None));

    let asked = server.asked();
    assert_eq!(asked[0].param("sysparm_query"), Some("short_descriptionLIKEa^^b & c=é^ORDERBYnumber"));
    assert_eq!(asked[0].param("sysparm_limit"), Some("1"));
    assert_eq!(asked[0].param("sysparm_offset"), Some("3"));
    assert_eq!(asked[0].param("sysparm_no_count"), None);
    assert_eq!(asked[1].param("sysparm_no_count"), Some("true"));
    assert_eq!(asked[1].header("cookie"), None, "no session is kept");
}

#[tokio::test]
async fn rows_are_written() {
    let server = Server::start(|asked, _| match asked.method.as_str() {
        "DELETE" => axum::response::IntoResponse::into_response(axum::http::StatusCode::NO_CONTENT),
        "POST" => json(201, r#"{"result":{"sys_id":"new"}}"#),
        _ => json(200, r#"{"result":{"sys_id":"old"}}"#),
    })
    .await;
    let client = server.client();
    let fields: Fields =
        [("state".to_owned(), Some("2".to_owned())), ("caller_id".to_owned(), None)].into_iter().collect();
    let options = WriteOptions { input_display_value: true, ..WriteOptions::default() };
    let created: Record = client.create("incident", &fields, &options).await.unwrap();
    assert_eq!(created.value("sys_id"), Some("new"));
    let updated: Record = client.update("incident", SYS_ID, &fields, &WriteOptions::default()).await.unwrap();
    assert_eq!(updated.value("sys_id"), Some("old"));
    client.delete("incident", SYS_ID).await.unwrap();

    let asked = server.asked();
    let calls: Vec<_> = asked.iter().map(|asked| (asked.method.as_str(), asked.path.as_str())).collect();
    let row = format!("/api/now/table/incident/{SYS_ID}");
    assert_eq!(calls, [("POST", "/api/now/table/incident"), ("PATCH", &row), ("DELETE", &row)]);
    assert_eq!(asked[0].body, r#"{"caller_id":"","state":"2"}"#);
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].param("sysparm_input_display_value"), Some("true"));
    assert_eq!(asked[1].param("sysparm_input_display_value"), None);
}

#[tokio::test]
async fn groups_are_computed() {
    let server = Server::start(|_, _| {
        json(
            200,
            r#"{"result":[{"stats":{"count":"3","avg":{"impact":"1.8300"}},"groupby_fields":[{"value":"7","field":"state"}]}]}"#,
        )
    })
    .await;
    let aggregate = Aggregate {
        query: Query::parse("active=true"),
        count: true,
        avg: vec!["impact".into()],
        group_by: vec!["state".into()],
        having: vec![Having {
            measure: Measure::Count,
            field: "state".into(),
            operator: Operator::GreaterThan,
            value: "2".into(),
        }],
        ..Aggregate::default()
    };
    let groups = server.client().aggregate("incident", &aggregate).await.unwrap();
    assert_eq!((groups[0].count, groups[0].keys[0].value.as_str()), (Some(3), "7"));
    let asked = &server.asked()[0];
    assert_eq!(asked.path, "/api/now/stats/incident");
    for (name, value) in [
        ("sysparm_query", "active=true"),
        ("sysparm_count", "true"),
        ("sysparm_avg_fields", "impact"),
        ("sysparm_group_by", "state"),
        ("sysparm_having", "count^state^>^2"),
        ("sysparm_display_value", "false"),
    ] {
        assert_eq!(asked.param(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn bad_input_is_not_sent() {
    let server = Server::start(|_, _| json(200, r#"{"result":[]}"#)).await;
    let client = server.client();
    let read = Read::default();
    for table in ["", "a/b", "../x", "a?b"] {
        let error = client.get::<Record>(table, SYS_ID, &read).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{table}: {error:?}");
    }
    let error = client.delete("incident", "x/../../sys_user").await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    let query = Query::new().and("short_description", Operator::In, "x".repeat(5_000_000));
    let list = List { query, ..List::default() };
    let error = client.list::<Record>("incident", &list).await.unwrap_err();
    assert!(matches!(error, Error::UrlTooLong { bytes } if bytes > 5_000_000), "{error:?}");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_ping_is_one_cheap_read() {
    let server = Server::start(|_, _| json(200, r#"{"result":[]}"#)).await;
    server.client().ping().await.unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].param("sysparm_limit"), Some("1"));
}
