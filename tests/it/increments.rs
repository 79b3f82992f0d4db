//! Increments: put together in their order they are the table, deletes included, whatever happens meanwhile.

mod lake;
mod replay;
mod rights;

use arrow_array::RecordBatch;
use sncgate_client::{Client, Error, Export, ExportReport, ExportStream, Types};

use crate::export::{client_of, column, export};
use crate::harness::System;
use lake::Lake;

/// What is compared; the first three make an increment.
const FIELDS: [&str; 8] = [
    "sys_id",
    "sys_updated_on",
    "sys_mod_count",
    "number",
    "short_description",
    "state",
    "active",
    "assignment_group",
];

pub(crate) fn wanted(query: &str) -> Export {
    Export {
        query: query.to_owned(),
        types: Types::String,
        fields: FIELDS.map(str::to_owned).to_vec(),
        ..Export::of("incident")
    }
}

/// An increment, with the cursor for the next one: rows, then what is gone.
pub(crate) struct Increment {
    pub(crate) rows: Vec<RecordBatch>,
    pub(crate) gone: Vec<RecordBatch>,
    pub(crate) cursor: String,
    pub(crate) report: ExportReport,
}

pub(crate) async fn increment(client: &Client, of: &Export, since: &str) -> Increment {
    let changed = Export { since: since.to_owned(), ..of.clone() };
    let plan = client.export(&changed).await.unwrap();
    let (rows, report) = crate::export::read(&plan).await;
    let cursor = plan.cursor(&report).expect("incidents have stamps");
    let gone = if since.is_empty() {
        Vec::new()
    } else {
        export(client, &Export { stream: ExportStream::Deletes, ..changed }).await.0
    };
    Increment { rows, gone, cursor, report }
}

async fn refused(client: &Client, export: &Export) -> Error {
    client.export(export).await.expect_err("it is refused")
}

fn count(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

#[tokio::test]
async fn an_increment_brings_what_changed_and_nothing_else() {
    let system = System::with_records(300).await;
    let client = client_of(&system, &system.gateway.token).await;
    let all = wanted("");
    let mut lake = Lake::default();
    let first = increment(&client, &all, "").await;
    assert_eq!(count(&first.rows), 300);
    lake.take(&first);
    let ids: Vec<String> = column(&first.rows, "sys_id").into_iter().flatten().collect();

    let made = client.create("incident", [("short_description", "made")]).await.unwrap();
    client.update("incident", &ids[5], [("short_description", "changed")]).await.unwrap();
    client.delete("incident", &ids[7]).await.unwrap();
    let second = increment(&client, &all, &first.cursor).await;
    let mut changed: Vec<String> = column(&second.rows, "sys_id").into_iter().flatten().collect();
    changed.retain(|id| *id == ids[5] || *id == made.sys_id);
    assert_eq!(changed.len(), 2);
    // Of the time before the first cursor only the last five minutes come again.
    assert!(count(&second.rows) < 20, "{} rows", count(&second.rows));
    assert_eq!(column(&second.gone, "sys_id"), [Some(ids[7].clone())]);
    assert_eq!(column(&second.gone, "reason"), [Some("deleted".to_owned())]);
    lake.take(&second);
    lake.is_the_state_of(&client, &all).await;

    let third = increment(&client, &all, &second.cursor).await;
    assert_eq!((count(&third.rows), third.report.rows), (0, 0), "nothing changed");
    lake.take(&third);
    lake.is_the_state_of(&client, &all).await;
    // What was done within the same second is not lost either.
    for text in ["one", "two", "three"] {
        client.update("incident", &ids[9], [("short_description", text)]).await.unwrap();
        let next = increment(&client, &all, &third.cursor).await;
        lake.take(&next);
        lake.is_the_state_of(&client, &all).await;
    }
    system.stop().await;
}

#[tokio::test]
async fn rows_that_leave_the_query_are_told() {
    let system = System::with_records(200).await;
    let client = client_of(&system, &system.gateway.token).await;
    let ours = wanted("short_descriptionSTARTSWITHours^NQshort_descriptionSTARTSWITHmine");
    let mut ids = Vec::new();
    for number in 0..4 {
        let record = client.create("incident", [("short_description", format!("ours {number}"))]).await;
        ids.push(record.unwrap().sys_id);
    }
    let mut lake = Lake::default();
    let first = increment(&client, &ours, "").await;
    assert_eq!(count(&first.rows), 4);
    lake.take(&first);

    client.update("incident", &ids[0], [("short_description", "theirs")]).await.unwrap();
    client.update("incident", &ids[1], [("short_description", "mine")]).await.unwrap();
    client.delete("incident", &ids[2]).await.unwrap();
    let second = increment(&client, &ours, &first.cursor).await;
    let reasons: Vec<_> =
        column(&second.gone, "sys_id").into_iter().zip(column(&second.gone, "reason")).collect();
    let told = |id: &String, reason: &str| reasons.contains(&(Some(id.clone()), Some(reason.to_owned())));
    assert!(told(&ids[0], "unmatched") && told(&ids[2], "deleted"), "{reasons:?}");
    assert!(reasons.iter().all(|(id, _)| id.as_ref() != Some(&ids[1])), "it still matches: {reasons:?}");
    lake.take(&second);
    lake.is_the_state_of(&client, &ours).await;

    // One that comes back.
    client.update("incident", &ids[0], [("short_description", "ours again")]).await.unwrap();
    let third = increment(&client, &ours, &second.cursor).await;
    lake.take(&third);
    lake.is_the_state_of(&client, &ours).await;
    system.stop().await;
}
