//! `GlideRecord`: changing rows, one and many.

use servicenow::query::Operator;
use servicenow::{Error, Fields, GlideRecord};

use crate::server::{Server, json, with_header};
use crate::table::{Table, sys_id};

async fn incidents(rows: usize) -> (Table, Server, GlideRecord) {
    let table = Table::of(rows);
    let server = table.serve().await;
    let record = server.client().glide_record("incident").unwrap();
    (table, server, record)
}

#[tokio::test]
async fn a_new_row_is_inserted() {
    let (table, server, mut record) = incidents(0).await;
    assert_eq!(record.set_value("state", 1), Err(Error::NoRecord));
    record.initialize();
    assert!(record.is_new_record() && record.is_valid_record());
    assert_eq!((record.location(), record.row_count()), (Some(0), 1));
    record.set_value("state", 2).unwrap();
    record.set_value("active", true).unwrap();
    assert_eq!(record.sys_id().unwrap(), None);
    assert_eq!(record.update().await, Err(Error::NoRecord), "it is not there yet");
    assert_eq!(record.delete().await, Err(Error::NoRecord));
    let id = record.insert().await.unwrap();
    assert_eq!(record.sys_id().unwrap(), Some(id.as_str()));
    assert!(!record.is_new_record() && !record.changes());
    assert_eq!((record.value("number").unwrap(), record.display_value("state").unwrap()), ("INC_NEW", "<2>"));
    assert_eq!(server.asked()[0].body, r#"{"active":"true","state":"2"}"#);
    record.initialize();
    record.insert().await.unwrap();
    assert_eq!(server.asked()[1].body, "{}", "an empty row is a row");
    assert_eq!(table.rows.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_sys_id_is_chosen_ahead() {
    let (table, _server, mut record) = incidents(0).await;
    record.initialize();
    assert!(matches!(record.set_new_guid_value("short"), Err(Error::InvalidInput(_))));
    record.set_new_guid_value("AAAABBBBCCCCDDDDEEEEFFFF00001111").unwrap();
    assert_eq!(record.insert().await.unwrap(), "AAAABBBBCCCCDDDDEEEEFFFF00001111");
    assert!(table.rows.lock().unwrap().contains_key("AAAABBBBCCCCDDDDEEEEFFFF00001111"));
}

#[tokio::test]
async fn only_changed_fields_are_updated() {
    let (table, server, mut record) = incidents(2).await;
    record.get(&sys_id(1)).await.unwrap();
    assert_eq!(record.update().await.unwrap(), sys_id(1));
    assert_eq!(server.count(), 1, "nothing changed, nothing is sent");
    record.set_value("state", 1).unwrap();
    assert!(!record.changes());
    record.set_value("state", 3).unwrap();
    record.set_value("urgency", "1").unwrap();
    assert!(record.changes() && record.element("state").unwrap().unwrap().changes());
    record.update().await.unwrap();
    assert_eq!(server.asked()[1].body, r#"{"state":"3","urgency":"1"}"#, "also what was not read");
    assert!(!record.changes());
    assert_eq!(record.display_value("state").unwrap(), "<3>", "the row is what was stored");
    assert_eq!(table.field(1, "urgency").as_deref(), Some("1"));
    assert_eq!(table.field(0, "state").as_deref(), Some("1"));

    record.set_value("state", "forbidden").unwrap();
    assert!(matches!(record.update().await, Err(Error::Rejected(_))));
    assert!(record.changes(), "what was not written is still to be");
    record.set_input_display_value(true);
    record.set_value("state", "New").unwrap();
    record.update().await.unwrap();
    assert_eq!(server.asked().pop().unwrap().param("sysparm_input_display_value"), Some("true"));
}

#[tokio::test]
async fn moments_are_set_in_utc() {
    let (_table, server, mut record) = incidents(1).await;
    record.get(&sys_id(0)).await.unwrap();
    let opened = record.element("opened_at").unwrap().unwrap().date_time().unwrap().unwrap();
    record.set_date_time("opened_at", opened + chrono::TimeDelta::milliseconds(2500)).unwrap();
    record.update().await.unwrap();
    assert_eq!(server.asked()[1].body, r#"{"opened_at":"2024-03-01 00:00:00"}"#);
}

#[tokio::test]
async fn a_row_is_deleted() {
    let (table, _server, mut record) = incidents(1).await;
    record.get(&sys_id(0)).await.unwrap();
    record.delete().await.unwrap();
    assert!(table.rows.lock().unwrap().is_empty());
    assert_eq!(record.value("number").unwrap(), "INC0", "what was read stays");
    assert!(matches!(record.delete().await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_popped_row_is_its_own_with_its_changes() {
    let (table, server, mut record) = incidents(3).await;
    assert!(matches!(record.pop_record(), Err(Error::NoRecord)));
    record.next().await.unwrap();
    record.set_value("state", 5).unwrap();
    let mut popped = record.pop_record().unwrap();
    assert_eq!((popped.row_count(), popped.location()), (1, Some(0)));
    record.next().await.unwrap();
    assert_eq!((popped.value("number").unwrap(), record.value("number").unwrap()), ("INC0", "INC1"));
    popped.update().await.unwrap();
    assert_eq!(server.asked().pop().unwrap().body, r#"{"state":"5"}"#, "only what was changed");
    assert_eq!(table.field(0, "state").as_deref(), Some("5"));
    assert!(!popped.next().await.unwrap());
}

#[tokio::test]
async fn a_copy_of_a_row_is_inserted() {
    let (table, server, mut record) = incidents(1).await;
    record.get(&sys_id(0)).await.unwrap();
    let copy = record.insert().await.unwrap();
    assert_ne!(copy, sys_id(0));
    assert_eq!(server.asked()[1].body, r#"{"number":"INC0","opened_at":"2024-02-29 23:59:58","state":"1"}"#);
    assert_eq!(table.rows.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn changed_rows_are_updated_in_a_batch() {
    let (table, server, mut record) = incidents(7).await;
    record.set_batch_size(3);
    while record.next().await.unwrap() {
        match record.location() {
            Some(2) => record.set_value("state", "forbidden").unwrap(),
            Some(location) if location % 2 == 0 => record.set_value("state", 4).unwrap(),
            _ => {}
        }
    }
    let before = server.count();
    let mut written = record.update_multiple().await.unwrap();
    assert_eq!(server.count(), before + 1);
    written.done.sort_unstable();
    assert_eq!(written.done, [sys_id(0), sys_id(4), sys_id(6)]);
    assert_eq!(written.failed.len(), 1);
    assert_eq!(written.failed[0].0, sys_id(2));
    assert!(matches!(written.failed[0].1, Error::Rejected(_)));
    let states: Vec<_> = (0..7).map(|number| table.field(number, "state").unwrap()).collect();
    assert_eq!(states, ["4", "1", "1", "1", "4", "1", "4"]);
    record.set_location(4).await.unwrap();
    assert!(!record.changes());
    assert_eq!(record.display_value("state").unwrap(), "<4>", "rows become what was stored");
    record.set_location(2).await.unwrap();
    assert!(record.changes());

    record.set_rewindable(false).query().await.unwrap();
    while record.next().await.unwrap() {}
    assert!(matches!(record.update_multiple().await, Err(Error::InvalidInput(_))), "changes may be lost");
}

#[tokio::test]
async fn all_that_matches_is_deleted_in_batches() {
    let (table, server, mut record) = incidents(250).await;
    let error = record.delete_multiple().await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "all rows of a table: {error:?}");
    record.add_encoded_query("active=true^???");
    let error = record.delete_multiple().await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "what an instance drops: {error:?}");
    assert_eq!(server.count(), 0);

    let mut record = server.client().glide_record("incident").unwrap();
    record.set_limit(Some(3)).order_by_desc("number");
    let mut written = record.delete_multiple().await.unwrap();
    written.done.sort_unstable();
    assert_eq!(written.done, [sys_id(247), sys_id(248), sys_id(249)]);

    let mut record = server.client().glide_record("incident").unwrap();
    record.add_active_query();
    let written = record.delete_multiple().await.unwrap();
    assert_eq!((written.done.len(), written.failed.len()), (247, 0));
    assert!(table.rows.lock().unwrap().is_empty());
    let before = server.count();
    assert_eq!(record.delete_multiple().await.unwrap().done.len(), 0);
    assert!(server.asked()[before..].iter().all(|asked| asked.method == "GET"), "no empty batch is sent");
}

#[tokio::test]
async fn a_long_query_deletes_only_what_it_names() {
    let (table, server, mut record) = incidents(5).await;
    record.add_query("number", Operator::Is, "INC1").add_query(
        "description",
        Operator::IsNot,
        "x".repeat(12_000),
    );
    let written = record.delete_multiple().await.unwrap();
    assert_eq!(written.done, [sys_id(1)]);
    assert_eq!(table.rows.lock().unwrap().len(), 4);
    assert!(server.asked().iter().all(|asked| asked.path == "/api/now/v1/batch"));
}

#[tokio::test]
async fn many_rows_are_inserted() {
    let (table, server, record) = incidents(0).await;
    let rows =
        (0..150).map(|number| -> Fields { [("number".to_owned(), Some(format!("N{number}")))].into() });
    let written = record.insert_multiple(rows).await.unwrap();
    assert_eq!((written.done.len(), written.failed.len()), (150, 0));
    assert_eq!(server.count(), 2);
    let rows = table.rows.lock().unwrap();
    assert!(written.done.iter().all(|sys_id| rows.contains_key(sys_id)) && rows.len() == 150);
}

#[tokio::test]
async fn attachments_hang_on_the_row() {
    let server = Server::start(|asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", _) => json(201, r#"{"result":{"sys_id":"1","size_bytes":"3"}}"#),
        (_, "/api/now/attachment") => {
            with_header(json(200, r#"{"result":[{"sys_id":"1","file_name":"a"}]}"#), "x-total-count", "1")
        }
        _ => json(200, format!(r#"{{"result":{{"sys_id":"{}"}}}}"#, sys_id(0))),
    })
    .await;
    let mut record = server.client().glide_record("incident").unwrap();
    assert_eq!(record.attachments().await, Err(Error::NoRecord));
    assert_eq!(record.add_attachment("a", None, "abc").await, Err(Error::NoRecord));
    record.get(&sys_id(0)).await.unwrap();
    assert_eq!(record.attachments().await.unwrap()[0].file_name, "a");
    assert_eq!(record.add_attachment("a.txt", Some("text/plain"), "abc").await.unwrap().sys_id, "1");
    let asked = server.asked();
    let query = format!("table_name=incident^table_sys_id={}^ORDERBYsys_id", sys_id(0));
    assert_eq!(asked[1].param("sysparm_query"), Some(query.as_str()));
    assert_eq!(asked[2].param("table_sys_id"), Some(sys_id(0).as_str()));
}
