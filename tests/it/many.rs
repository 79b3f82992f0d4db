//! CreateRecords, UpdateRecords and DeleteRecords, through the Rust client: found and counted before anything is
//! written.

use futures::{StreamExt, TryStreamExt, stream};
use sncgate_client::{Client, ErrorReason, Operation, OperationResult, Query, pb};

use crate::harness::{System, encoded};

async fn connect(system: &System) -> Client {
    Client::builder(format!("http://{}", system.gateway.address))
        .token(&system.gateway.token)
        .connect()
        .await
        .unwrap()
}

fn crates(count: usize) -> Vec<Vec<(String, String)>> {
    let field = |name: &str, value: String| (name.to_owned(), value);
    let one =
        |number| vec![field("short_description", format!("Crate {number}")), field("urgency", "3".into())];
    (0..count).map(one).collect()
}

const CRATES: &str = "short_descriptionSTARTSWITHCrate";

#[tokio::test]
async fn many_are_created_in_their_order_and_once() {
    let system = System::with_records(0).await;
    let client = connect(&system).await;
    let created = client.create_many("incident", crates(1200)).await.unwrap();
    for (number, record) in created.iter().enumerate() {
        let text = &record.as_ref().unwrap().fields["short_description"].value;
        assert_eq!(*text, format!("Crate {number}"));
    }
    assert_eq!(client.count("incident", CRATES).await.unwrap(), 1200);

    let values = |pairs: &[(&str, &str)]| pb::RecordValues { fields: crate::batch::fields(pairs) };
    let request = |records: Vec<pb::RecordValues>| pb::CreateRecordsRequest {
        table: "incident".to_owned(),
        records,
        request_id: "6e0f4f0e-53c5-4d2c-9d3b-5c0a3f0f4a12".to_owned(),
        ..Default::default()
    };
    // The second is refused by the instance; it leaves the first be.
    let mixed = request(vec![values(&[("short_description", "fine")]), values(&[("state", "6")])]);
    let first = client.create_records(mixed.clone()).await.unwrap();
    let again = client.create_records(mixed).await.unwrap();
    assert_eq!(first, again, "the first answer is everybody's");
    let outcomes: Vec<_> = first.results.into_iter().map(OperationResult::into_result).collect();
    assert!(outcomes[0].is_ok());
    assert_eq!(outcomes[1].as_ref().unwrap_err().reason(), ErrorReason::InstanceRejected);
    assert_eq!(client.count("incident", "short_description=fine").await.unwrap(), 1);
    let reused = client.create_records(request(vec![values(&[])])).await.unwrap_err();
    assert_eq!(reused.reason(), ErrorReason::RequestIdReused);

    let anew = |records| pb::CreateRecordsRequest { request_id: String::new(), ..request(records) };
    let before = client.count("incident", "").await.unwrap();
    for (records, reason) in [
        (vec![values(&[]), values(&[("colour", "red")])], ErrorReason::FieldUnknown),
        (vec![], ErrorReason::RequestInvalid),
        (vec![values(&[]); 1001], ErrorReason::RequestInvalid),
        (vec![values(&[("sys_id", "../x")])], ErrorReason::RequestInvalid),
    ] {
        assert_eq!(client.create_records(anew(records)).await.unwrap_err().reason(), reason);
    }
    assert_eq!(client.count("incident", "").await.unwrap(), before, "nothing was written");
    system.stop().await;
}

#[tokio::test]
async fn what_a_query_finds_is_written_and_nothing_else() {
    let system = System::with_records(40).await;
    let client = connect(&system).await;
    client.create_many("incident", crates(250)).await.unwrap();
    let made = client.count("incident", CRATES).await.unwrap();
    assert_eq!(made, 250);

    let request = pb::UpdateRecordsRequest {
        table: "incident".to_owned(),
        query: Some(encoded(CRATES)),
        fields: crate::batch::fields(&[("urgency", "1")]),
        max_records: 250,
        ..Default::default()
    };
    let looked = pb::UpdateRecordsRequest { dry_run: true, ..request.clone() };
    let looked = client.update_records(looked).await.unwrap();
    assert_eq!(looked.matched, 250);
    let records: Vec<OperationResult> = looked.results.try_collect().await.unwrap();
    let urgency =
        |result: OperationResult| result.into_result().unwrap().unwrap().fields["urgency"].value.clone();
    assert_eq!(records.len(), 250);
    assert!(records.into_iter().all(|result| urgency(result) == "3"), "only looked");

    let too_many = pb::UpdateRecordsRequest { max_records: 249, ..request.clone() };
    let refused = client.update_records(too_many).await.err().unwrap();
    assert_eq!(refused.reason(), ErrorReason::LimitExceeded);
    assert_eq!(
        (refused.metadata()["matched"].as_str(), refused.metadata()["max_records"].as_str()),
        ("250", "249")
    );
    assert_eq!(client.count("incident", format!("{CRATES}^urgency=3").as_str()).await.unwrap(), 250);

    let written = client.update_records(request).await.unwrap();
    let records: Vec<OperationResult> = written.results.try_collect().await.unwrap();
    for result in records {
        let id = result.id.clone();
        let record = result.into_result().unwrap().unwrap();
        assert_eq!((record.sys_id, record.fields["urgency"].value.as_str()), (id, "1"));
    }
    assert_eq!(client.count("incident", format!("{CRATES}^urgency=1").as_str()).await.unwrap(), 250);

    // Only the first ten, in parts.
    let all = client.count("incident", "").await.unwrap();
    let ten = client.delete_where("incident", Query::encoded(CRATES).limit(10), 10).await.unwrap();
    assert_eq!((ten.matched, ten.results.count().await), (10, 10));
    let rest = client.delete_where("incident", CRATES, 100_000).await.unwrap();
    assert_eq!((rest.matched, rest.results.count().await), (240, 240));
    assert_eq!(client.count("incident", "").await.unwrap(), all - 250, "the others are there");
    let none = client.delete_where("incident", CRATES, 1).await.unwrap();
    assert_eq!((none.matched, none.results.count().await), (0, 0));
    system.stop().await;
}

#[tokio::test]
async fn writes_by_query_refuse_what_could_be_a_mistake() {
    let system = System::with_records(5).await;
    let client = connect(&system).await;
    let delete = |query: pb::Query, max_records| pb::DeleteRecordsRequest {
        table: "incident".to_owned(),
        query: Some(query),
        max_records,
        ..Default::default()
    };
    let fields = pb::Query { fields: vec!["number".to_owned()], ..encoded("active=true") };
    for (request, reason, says) in [
        (delete(encoded(""), 10), ErrorReason::RequestInvalid, "sys_idISNOTEMPTY"),
        (delete(pb::Query::default(), 10), ErrorReason::RequestInvalid, "sys_idISNOTEMPTY"),
        (delete(encoded("active=true^ORDERBYnumber"), 10), ErrorReason::RequestInvalid, "order_by"),
        (delete(fields, 10), ErrorReason::RequestInvalid, "fields"),
        (delete(encoded("active=true"), 0), ErrorReason::RequestInvalid, "max_records"),
        (delete(encoded("active=true"), 100_001), ErrorReason::RequestInvalid, "max_records"),
        (delete(encoded("colour=red"), 10), ErrorReason::FieldUnknown, "colour"),
        (delete(encoded("active"), 10), ErrorReason::QueryInvalid, "active"),
        (delete(encoded("sys_idISNOTEMPTY"), 1), ErrorReason::LimitExceeded, "nothing was written"),
    ] {
        let error = client.delete_records(request.clone()).await.err().unwrap();
        assert_eq!(error.reason(), reason, "{request:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let no_fields: [(&str, &str); 0] = [];
    for error in [
        client.update_where("incident", "active=true", no_fields, 10).await.err().unwrap(),
        client.update_where("incident", "active=true", [("sys_id", "x")], 10).await.err().unwrap(),
    ] {
        assert_eq!(error.reason(), ErrorReason::RequestInvalid);
    }
    let unknown =
        client.update_where("incident", "active=true", [("colour", "red")], 10).await.err().unwrap();
    assert_eq!(unknown.reason(), ErrorReason::FieldUnknown);
    system.stop().await;
}

#[tokio::test]
async fn the_clients_batch_gives_each_result_as_it_comes() {
    let system = System::with_records(0).await;
    let client = connect(&system).await;
    let sys_id = |number: usize| format!("{number:032x}");
    let creates = (0..300).map(move |number| {
        let fields = [("sys_id", sys_id(number)), ("short_description", format!("Crate {number}"))];
        Operation::create(format!("create {number}"), "incident", fields)
    });
    let rest = (0..300).flat_map(move |number| {
        [
            Operation::update(format!("update {number}"), "incident", sys_id(number), [("urgency", "1")]),
            Operation::get(format!("get {number}"), "incident", sys_id(number)),
            Operation::delete(format!("delete {number}"), "incident", sys_id(number)),
        ]
    });
    let results = client.batch(stream::iter(creates.chain(rest)));
    let results: Vec<OperationResult> = results.try_collect().await.unwrap();
    assert_eq!(results.len(), 1200);
    for result in results {
        let id = result.id.clone();
        let record = result.into_result().unwrap_or_else(|error| panic!("{id}: {error:?}"));
        let urgency = record.map(|record| record.fields["urgency"].value.clone());
        match id.split(' ').next().unwrap() {
            "delete" => assert_eq!(urgency, None, "{id}"),
            "create" => assert_ne!(urgency.as_deref(), Some("1"), "{id}"),
            _ => assert_eq!(urgency.as_deref(), Some("1"), "{id}: in order"),
        }
    }
    assert_eq!(client.count("incident", "").await.unwrap(), 0);
    system.stop().await;
}
