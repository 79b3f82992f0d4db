//! ImportService: a result for each row, in order, and no row twice.

use futures::{Stream, stream};
use servicenow_emulator::faults::{Fault, Rule};
use sncgate_client::pb;
use sncgate_client::pb::import_service_client::ImportServiceClient;
use tokio::time::timeout;
use tonic::{Code, Status};

use crate::harness::{PATIENCE, System, reason};

fn row(fields: &[(&str, &str)]) -> pb::ImportRow {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    pb::ImportRow { fields }
}

fn rows(table: &str, rows: Vec<pb::ImportRow>) -> pb::ImportRowsRequest {
    pb::ImportRowsRequest { table: table.to_owned(), rows, ..Default::default() }
}

/// All results, and how the stream ended.
async fn import(
    system: &System,
    messages: impl Stream<Item = pb::ImportRowsRequest> + Send + 'static,
) -> (Vec<pb::ImportRowResult>, Option<Status>) {
    let mut client = ImportServiceClient::new(system.gateway.channel());
    let mut answers = match client.import_rows(messages).await {
        Ok(answers) => answers.into_inner(),
        Err(status) => return (Vec::new(), Some(status)),
    };
    let mut results = Vec::new();
    loop {
        match timeout(PATIENCE, answers.message()).await.expect("it goes on or ends") {
            Ok(Some(message)) => {
                assert!(!message.results.is_empty(), "an empty message");
                results.extend(message.results);
            }
            Ok(None) => return (results, None),
            Err(status) => return (results, Some(status)),
        }
    }
}

fn did(result: &pb::ImportRowResult) -> pb::TransformStatus {
    assert!(result.error.is_none(), "{result:?}");
    let [transform] = &result.transforms[..] else { panic!("one map: {result:?}") };
    transform.status()
}

async fn incidents(system: &System, query: &str) -> Vec<pb::Record> {
    let request = pb::ListRecordsRequest {
        table: "incident".to_owned(),
        query: Some(crate::harness::encoded(query)),
        ..Default::default()
    };
    system.records().list_records(request).await.unwrap().into_inner().records
}

#[tokio::test]
async fn each_row_says_what_became_of_it() {
    let system = System::with_records(0).await;
    let number = |number: &'static str, text: &'static str| {
        row(&[("u_number", number), ("u_short_description", text)])
    };
    let closed = row(&[("u_number", "INC0900001"), ("u_state", "6")]);
    let empty = row(&[("u_nothing_of_that_name", "x")]);

    let (first, ended) =
        import(&system, stream::iter([rows("u_imp_incident", vec![number("INC0900001", "one")])])).await;
    assert!(ended.is_none(), "{ended:?}");
    assert_eq!((first.len(), did(&first[0])), (1, pb::TransformStatus::Inserted));
    assert_eq!(first[0].transforms[0].table, "incident");
    assert_eq!(first[0].transforms[0].transform_map, "Incident");
    assert!(first[0].import_set.starts_with("ISET"));
    let made = incidents(&system, "number=INC0900001").await;
    assert_eq!(made[0].sys_id, first[0].transforms[0].sys_id);

    let messages = [
        rows("u_imp_incident", vec![number("INC0900001", "two")]),
        rows("", vec![closed, empty]), // only the first message's table counts
        pb::ImportRowsRequest::default(),
        rows("", vec![number("INC0900002", "three")]),
    ];
    let (results, ended) = import(&system, stream::iter(messages)).await;
    assert!(ended.is_none(), "{ended:?}");
    let indexes: Vec<i64> = results.iter().map(|result| result.index).collect();
    assert_eq!(indexes, [0, 1, 2, 3]);
    let statuses: Vec<_> = results.iter().map(did).collect();
    use pb::TransformStatus::{Error, Ignored, Inserted, Updated};
    assert_eq!(statuses, [Updated, Error, Ignored, Inserted]);
    let told = &results[1].transforms[0].message;
    assert!(told.contains("Resolution code"), "the instance's own words: {told}");
    assert_eq!(incidents(&system, "short_description=two").await.len(), 1);
    system.stop().await;
}

#[tokio::test]
async fn many_rows_keep_their_order() {
    let system = System::with_records(0).await;
    let number = |index: usize| format!("INC09{index:05}");
    let messages = (0..8).map(|message| {
        let row_of = |index: usize| row(&[("u_number", &number(index))]);
        rows("u_imp_incident", (message * 25..(message + 1) * 25).map(row_of).collect())
    });
    let messages: Vec<_> = messages.collect();
    let (results, ended) = import(&system, stream::iter(messages)).await;
    assert!(ended.is_none(), "{ended:?}");
    let values: Vec<String> = results.iter().map(|one| one.transforms[0].display_value.clone()).collect();
    assert_eq!(values, (0..200).map(number).collect::<Vec<_>>());
    system.stop().await;
}

/// Rows of one record come one after the other, though others are under way beside them.
#[tokio::test]
async fn rows_of_one_record_keep_their_order() {
    let system = System::with_records(0).await;
    // Requests of one moment are carried out in any order.
    let kind = Some("import".to_owned());
    let late = Rule { kind, share: Some(0.5), ..Rule::new(Fault::Latency { millis: 30 }) };
    system.faults().add(late).unwrap();
    let pair = |index: usize| {
        let number = format!("INC09{index:05}");
        ["first", "second"].map(|text| row(&[("u_number", &number), ("u_short_description", text)]))
    };
    let all = (0..30).flat_map(pair).collect();
    let (results, ended) = import(&system, stream::iter([rows("u_imp_incident", all)])).await;
    assert!(ended.is_none(), "{ended:?}");
    let statuses: Vec<_> = results.iter().map(did).collect();
    assert_eq!(statuses, [pb::TransformStatus::Inserted, pb::TransformStatus::Updated].repeat(30));
    assert_eq!(incidents(&system, "numberSTARTSWITHINC09^short_description=second").await.len(), 30);
    assert_eq!(incidents(&system, "numberSTARTSWITHINC09").await.len(), 30);
    system.stop().await;
}

#[tokio::test]
async fn what_cannot_be_imported_is_told() {
    let system = System::with_records(0).await;
    let one = || vec![row(&[("u_number", "INC0900001")])];
    for (messages, expected) in [
        (vec![], "REQUEST_INVALID"),
        (vec![rows("", one())], "REQUEST_INVALID"),
        (vec![rows("no_such_table", one())], "TABLE_UNKNOWN"),
        (
            vec![pb::ImportRowsRequest { instance: "nowhere".to_owned(), ..rows("incident", one()) }],
            "INSTANCE_UNKNOWN",
        ),
    ] {
        let (results, ended) = import(&system, stream::iter(messages)).await;
        let status = ended.expect(expected);
        assert_eq!((results.len(), reason(&status).0.as_str()), (0, expected), "{status:?}");
    }
    // A table that is none of staging: the instance says so of each row.
    let (results, ended) = import(&system, stream::iter([rows("incident", one())])).await;
    assert!(ended.is_none() && results.len() == 1, "{ended:?}");
    let error = results[0].error.as_ref().expect("an error");
    assert_eq!(
        (error.reason(), error.code),
        (pb::ErrorReason::InstanceBadRequest, Code::InvalidArgument as i32)
    );
    system.stop().await;
}

/// The answer to a row is lost after it was transformed: it is told, and the row is not sent again.
#[tokio::test]
async fn a_row_whose_answer_was_lost_is_not_sent_again() {
    let system = System::with_records(0).await;
    let kind = Some("import".to_owned());
    let lost = Rule { kind, skip: 1, ..Rule::new(Fault::Reset { committed: true }).times(1) };
    system.faults().add(lost).unwrap();
    let three = ["a", "b", "c"].map(|text| row(&[("u_short_description", text)])).to_vec();
    let (results, ended) = import(&system, stream::iter([rows("u_imp_incident", three)])).await;
    assert!(ended.is_none(), "{ended:?}");
    let failed: Vec<_> = results.iter().filter_map(|result| result.error.as_ref()).collect();
    let [error] = failed[..] else { panic!("one answer was lost: {results:?}") };
    assert_eq!(error.reason(), pb::ErrorReason::InstanceUnavailable);
    assert!(error.message.contains("may have been imported"), "{}", error.message);
    assert_eq!(incidents(&system, "short_descriptionINa,b,c").await.len(), 3, "each row once");
    assert_eq!(system.counted("import").await, 3);
    system.stop().await;
}

/// Rows that were taken have their results; then the stream says why it ends.
#[tokio::test]
async fn a_drain_ends_an_import_between_rows() {
    use futures::StreamExt;
    let mut system = System::with_records(0).await;
    let two = vec![row(&[("u_short_description", "a")]), row(&[("u_short_description", "b")])];
    let messages = stream::iter([rows("u_imp_incident", two)]).chain(stream::pending());
    let mut client = ImportServiceClient::new(system.gateway.channel());
    let mut answers = client.import_rows(messages).await.unwrap().into_inner();
    let mut results = 0;
    while results < 2 {
        results += timeout(PATIENCE, answers.message()).await.unwrap().unwrap().unwrap().results.len();
    }
    system.gateway.begin_stop();
    let status = timeout(PATIENCE, answers.message()).await.unwrap().unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::Unavailable, "DRAINING"));
    system.stop().await;
}
