//! GetRecord, ListRecords, AggregateRecords, and the schema, query and system services.

use std::collections::BTreeMap;

use sncgate_client::pb;
use sncgate_client::pb::query_service_client::QueryServiceClient;
use sncgate_client::pb::schema_service_client::SchemaServiceClient;
use sncgate_client::pb::system_service_client::SystemServiceClient;

use crate::harness::{System, encoded, reason};

async fn list_all(system: &System, query: &pb::Query, page_size: i32) -> Vec<pb::Record> {
    let mut client = system.records();
    let mut request = pb::ListRecordsRequest {
        table: "incident".to_owned(),
        query: Some(query.clone()),
        page_size,
        ..Default::default()
    };
    let mut records = Vec::new();
    loop {
        let page = client.list_records(request.clone()).await.unwrap().into_inner();
        records.extend(page.records);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return records;
        }
        assert!(records.len() < 10_000, "a list that does not end");
    }
}

/// Golden matrix: whatever the page size, a list holds the same records in the same order.
#[tokio::test]
async fn a_list_is_the_same_at_any_page_size() {
    let system = System::with_records(137).await;
    let cases = [
        encoded(""),
        encoded("active=true"),
        encoded("active=true^NQpriority=1^ORDERBYpriority"),
        pb::Query {
            order_by: vec![pb::Order { field: "caller_id.name".to_owned(), descending: true }],
            fields: vec!["number".to_owned(), "caller_id.name".to_owned()],
            display: pb::DisplayMode::Both.into(),
            ..encoded("priorityIN1,2,3,4,5")
        },
        pb::Query { limit: 33, ..encoded("ORDERBYDESCnumber") },
    ];
    for query in cases {
        let golden = list_all(&system, &query, 10_000).await;
        assert!(!golden.is_empty(), "{query:?} matches nothing");
        for page_size in [1, 5, 16, 100] {
            let records = list_all(&system, &query, page_size).await;
            assert!(records == golden, "page size {page_size} of {query:?}");
        }
    }
    assert_eq!(list_all(&system, &encoded(""), 0).await.len(), 137);
    let limited = pb::Query { limit: 33, ..encoded("ORDERBYDESCnumber") };
    let records = list_all(&system, &limited, 5).await;
    assert_eq!(records.len(), 33);
    assert!(records.is_sorted_by(|one, other| one.fields["number"].value > other.fields["number"].value));
    system.stop().await;
}

#[tokio::test]
async fn values_are_shown_as_asked() {
    let system = System::with_records(100).await;
    let inc0000060 = "1c741bd70b2322007518478d83673af3"; // of the out-of-box demo data
    let fields = ["number", "state", "opened_by", "opened_by.email"].map(str::to_owned).to_vec();
    let mut seen = BTreeMap::new();
    for display in [pb::DisplayMode::Unspecified, pb::DisplayMode::Display, pb::DisplayMode::Both] {
        let request = pb::GetRecordRequest {
            table: "incident".to_owned(),
            sys_id: inc0000060.to_owned(),
            fields: fields.clone(),
            display: display.into(),
            ..Default::default()
        };
        let record = system.records().get_record(request).await.unwrap().into_inner().record.unwrap();
        assert_eq!(record.sys_id, inc0000060);
        assert!(record.etag.parse::<u32>().is_ok(), "{:?}", record.etag);
        seen.insert(display.as_str_name(), record);
    }
    let field = |display: &str, name: &str| {
        let field = &seen[display].fields[name];
        (field.value.clone(), field.display_value.clone())
    };
    let joe = "681ccaf9c0a8016400b98a06818d57c7";
    assert_eq!(field("DISPLAY_MODE_UNSPECIFIED", "state"), ("7".to_owned(), String::new()));
    assert_eq!(field("DISPLAY_MODE_DISPLAY", "state"), (String::new(), "Closed".to_owned()));
    assert_eq!(field("DISPLAY_MODE_BOTH", "state"), ("7".to_owned(), "Closed".to_owned()));
    assert_eq!(field("DISPLAY_MODE_BOTH", "opened_by"), (joe.to_owned(), "Joe Employee".to_owned()));
    assert!(seen["DISPLAY_MODE_BOTH"].fields["opened_by"].link.ends_with(&format!("/sys_user/{joe}")));
    assert!(seen["DISPLAY_MODE_BOTH"].fields["opened_by.email"].value.contains('@'));
    system.stop().await;
}

#[tokio::test]
async fn aggregates_agree_with_the_records_themselves() {
    let system = System::with_records(211).await;
    let records = list_all(&system, &encoded("active=true"), 1000).await;
    let mut by_state: BTreeMap<String, i64> = BTreeMap::new();
    for record in &records {
        *by_state.entry(record.fields["state"].value.clone()).or_default() += 1;
    }
    let request = pb::AggregateRecordsRequest {
        table: "incident".to_owned(),
        query: Some(pb::Query { display: pb::DisplayMode::Both.into(), ..encoded("active=true") }),
        count: true,
        group_by: vec!["state".to_owned()],
        max: vec!["number".to_owned()],
        ..Default::default()
    };
    let groups = system.records().aggregate_records(request.clone()).await.unwrap().into_inner().groups;
    let counted: BTreeMap<String, i64> =
        groups.iter().map(|group| (group.keys[0].value.clone(), group.count)).collect();
    assert_eq!(counted, by_state);
    assert!(groups.iter().all(|group| !group.keys[0].display_value.is_empty()));
    assert!(groups.iter().all(|group| group.max["number"].starts_with("INC")));

    let whole = pb::AggregateRecordsRequest { group_by: Vec::new(), ..request };
    let groups = system.records().aggregate_records(whole).await.unwrap().into_inner().groups;
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].count, records.len() as i64);
    system.stop().await;
}

#[tokio::test]
async fn the_schema_says_what_the_dictionary_holds() {
    let system = System::with_records(0).await;
    let mut client = SchemaServiceClient::new(system.gateway.channel());
    let request = pb::GetTableRequest { table: "incident".to_owned(), ..Default::default() };
    let table = client.get_table(request).await.unwrap().into_inner().table.unwrap();
    assert_eq!(table.label, "Incident");
    assert_eq!(table.ancestors, ["task"]);
    let column = |name: &str| table.columns.iter().find(|column| column.name == name).unwrap();
    assert_eq!(column("caller_id").reference, "sys_user");
    assert_eq!(column("short_description").defined_on, "task");
    assert_eq!(column("opened_at").r#type, "glide_date_time");
    let states: Vec<&str> = column("state").choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(states, ["New", "In Progress", "On Hold", "Resolved", "Closed", "Canceled"]);

    let request = pb::ListTablesRequest { contains: "INCID".to_owned(), ..Default::default() };
    let tables = client.list_tables(request).await.unwrap().into_inner().tables;
    assert!(tables.iter().any(|table| table.name == "incident" && table.extends == "task"));

    let mut names = Vec::new();
    let mut request = pb::ListTablesRequest { page_size: 7, ..Default::default() };
    loop {
        let page = client.list_tables(request.clone()).await.unwrap().into_inner();
        names.extend(page.tables.into_iter().map(|table| table.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert!(names.is_sorted() && names.len() > 30, "{names:?}");
    system.stop().await;
}

#[tokio::test]
async fn a_query_is_explained() {
    let system = System::with_records(0).await;
    let mut client = QueryServiceClient::new(system.gateway.channel());
    let request = pb::ExplainQueryRequest {
        table: "incident".to_owned(),
        query: Some(encoded("active=true^ORbananaLIKEx^caller_id.colour=red^ORDERBYnumber^???")),
        ..Default::default()
    };
    let answer = client.explain_query(request).await.unwrap().into_inner();
    assert_eq!(answer.unknown_fields, ["banana", "caller_id.colour"]);
    assert_eq!(answer.invalid_terms.len(), 1, "{:?}", answer.invalid_terms);
    assert_eq!(answer.order_by[0].field, "number");
    assert!(answer.url.contains("/api/now/table/incident?"), "{}", answer.url);
    let tree = answer.tree.unwrap();
    assert_eq!(tree.groups[0].clauses[0].any_of.len(), 2, "^OR binds to the term before it");

    // Reading it works all the same: it goes where a URL may be of any length.
    let long = encoded(&format!("sys_idIN{}", "a".repeat(20_000)));
    let request =
        pb::ExplainQueryRequest { table: "incident".to_owned(), query: Some(long), ..Default::default() };
    let status = client.explain_query(request).await.unwrap_err();
    assert_eq!(reason(&status).0, "QUERY_TOO_LONG", "there is no URL to show");

    let operators = client.list_operators(pb::ListOperatorsRequest {}).await.unwrap().into_inner().operators;
    let like = operators.iter().find(|info| info.operator() == pb::Operator::Contains).unwrap();
    assert_eq!(like.text, "LIKE");
    system.stop().await;
}

#[tokio::test]
async fn the_gateway_says_how_its_instances_do() {
    let mut system = System::with_records(0).await;
    let mut client = SystemServiceClient::new(system.gateway.channel());
    let info = client.get_info(pb::GetInfoRequest::default()).await.unwrap().into_inner();
    assert_eq!(info.build.unwrap().version, env!("CARGO_PKG_VERSION"));
    assert!(info.instances[0].reachable && info.instances[0].latency.is_some(), "{:?}", info.instances);

    system.kill_emulator().await;
    let info = client.get_info(pb::GetInfoRequest::default()).await.unwrap().into_inner();
    assert!(!info.instances[0].reachable);
    assert_eq!(info.instances[0].reason, "INSTANCE_UNAVAILABLE");
    system.stop().await;
}
