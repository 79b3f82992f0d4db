//! `GlideRecord`: asking, going through, reading.

use futures::TryStreamExt as _;
use servicenow::query::{Join, Operator, Query, RelatedList};
use servicenow::{Client, DisplayMode, Error, Face, GlideRecord, Record, Serialization};

use crate::server::Server;
use crate::table::{Table, sys_id};

async fn incidents(rows: usize) -> (Server, GlideRecord) {
    let server = Table::of(rows).serve().await;
    let record = server.client().glide_record("incident").unwrap();
    (server, record)
}

/// The numbers of all rows from the next one on.
async fn numbers(record: &mut GlideRecord) -> Vec<String> {
    let mut numbers = Vec::new();
    while record.next().await.unwrap() {
        numbers.push(record.value("number").unwrap().to_owned());
    }
    numbers
}

fn expected(rows: impl Iterator<Item = usize>) -> Vec<String> {
    rows.map(|number| format!("INC{number}")).collect()
}

fn limits(server: &Server) -> Vec<String> {
    server.asked().iter().map(|asked| asked.param("sysparm_limit").unwrap_or("none").to_owned()).collect()
}

fn offline() -> GlideRecord {
    Client::builder("dev1").build().unwrap().glide_record("incident").unwrap()
}

#[test]
fn settings_are_kept_and_have_sound_defaults() {
    let mut record = offline();
    assert_eq!(
        (record.table(), record.limit(), record.batch_size(), record.is_rewindable()),
        ("incident", None, 100, true)
    );
    assert_eq!(record.location(), None);
    assert_eq!(record.row_count(), 0);
    record.set_fields(["number, state", "caller_id.email"]).set_limit(Some(3)).set_batch_size(0);
    assert_eq!(record.fields(), ["sys_id", "number", "state", "caller_id.email"]);
    assert_eq!((record.limit(), record.batch_size()), (Some(3), 1));
    let none: [&str; 0] = [];
    assert!(record.set_fields(none).fields().is_empty(), "all fields");
    assert!(Client::builder("dev1").build().unwrap().glide_record("a/b").is_err());
}

#[test]
fn conditions_make_the_encoded_query() {
    let mut record = offline();
    assert_eq!(record.encoded_query(), "ORDERBYsys_id");
    record.add_query("priority", Operator::GreaterThan, "0").add_or_query("priority", Operator::Is, "");
    record.add_active_query().add_null_query("closed_at").add_not_null_query("caller_id");
    assert_eq!(
        record.encoded_query(),
        "priority>0^ORpriority=^active=true^closed_atISEMPTY^caller_idISNOTEMPTY^ORDERBYsys_id"
    );
    record.order_by("number").order_by_desc("state");
    assert!(record.encoded_query().ends_with("^ORDERBYnumber^ORDERBYDESCstate"));
    record.set_query(Query::new());
    assert_eq!(record.encoded_query(), "ORDERBYsys_id");
}

#[test]
fn an_encoded_query_is_added_to_the_conditions() {
    let mut record = offline();
    record.add_query("a", Operator::Is, "1").add_encoded_query("b=2^NQc=3^ORDERBYd").add_encoded_query("e=4");
    assert_eq!(record.encoded_query(), "a=1^b=2^e=4^NQa=1^c=3^e=4^ORDERBYd");
    record.add_new_query().add_query("f", Operator::Is, "5");
    assert!(record.encoded_query().contains("^NQf=5^ORDERBYd"));
}

#[test]
fn joins_and_related_lists_stand_beside_conditions() {
    let join = Join {
        table: "incident".into(),
        field: "sys_id".into(),
        other_table: "task_sla".into(),
        other_field: "task".into(),
        condition: None,
    };
    let related = RelatedList {
        table: "task_sla".into(),
        field: "task".into(),
        comparison: Operator::GreaterOrEqual,
        count: 1,
        many_to_many: false,
        conditions: Box::default(),
    };
    let mut record = offline();
    record.add_join_query(join).add_rl_query(related).add_encoded_query("active=true");
    let query = record.encoded_query();
    assert_eq!(
        query,
        "JOINincident.sys_id=task_sla.task^RLQUERYtask_sla.task,>=1^ENDRLQUERY^active=true^ORDERBYsys_id"
    );
}

#[tokio::test]
async fn rows_come_page_by_page() {
    for (rows, batch_size, limit, sizes) in [
        (7, 3, None, "3 3 3 3"),
        (250, 100, None, "100 100 100 100"),
        (10, 3, Some(7), "3 3 1"),
        (2, 10, Some(2), "2"),
        (0, 10, None, "10 10 10"),
        (5, 10, Some(0), "0"),
    ] {
        let (server, mut record) = incidents(rows).await;
        record.set_batch_size(batch_size).set_limit(limit);
        let read = rows.min(limit.map_or(rows, |limit| usize::try_from(limit).unwrap()));
        assert_eq!(numbers(&mut record).await, expected(0..read), "{rows} {batch_size} {limit:?}");
        let asked = limits(&server).join(" ");
        assert!(asked.starts_with(sizes.split(' ').next().unwrap()), "{asked}");
        if limit.is_some() {
            assert_eq!(asked, sizes, "not one row more than the limit is asked for");
        }
        assert_eq!(record.row_count(), rows as u64, "whatever the limit");
        assert!(!record.is_valid_record());
        assert!(!record.next().await.unwrap());
    }
}

#[tokio::test]
async fn another_order_goes_by_offset() {
    let (server, mut record) = incidents(7).await;
    record.order_by_desc("number").set_batch_size(3);
    assert_eq!(numbers(&mut record).await, expected((0..7).rev()));
    let offsets: Vec<_> =
        server.asked().iter().map(|asked| asked.param("sysparm_offset").unwrap_or("0").to_owned()).collect();
    assert_eq!(offsets, ["0", "3", "6"]);
    assert!(server.asked().iter().all(|asked| asked.param("sysparm_query") == Some("ORDERBYDESCnumber")));
}

#[tokio::test]
async fn hidden_rows_are_stepped_over() {
    for descending in [false, true] {
        for hidden in [0..4, 3..6, 6..9] {
            let table = Table { hidden: hidden.clone().map(sys_id).collect(), ..Table::of(9) };
            let server = table.serve().await;
            let mut record = server.client().glide_record("incident").unwrap();
            record.set_batch_size(2);
            let mut rows = expected((0..9).filter(|number| !hidden.contains(number)));
            if descending {
                record.order_by_desc("number");
                rows.reverse();
            }
            assert_eq!(numbers(&mut record).await, rows, "{hidden:?} {descending}");
        }
    }
}

#[tokio::test]
async fn the_cursor_goes_back_and_anywhere() {
    let (server, mut record) = incidents(7).await;
    record.set_batch_size(3);
    assert_eq!(record.value("number"), Err(Error::NoRecord));
    record.query().await.unwrap();
    assert_eq!(record.location(), None);
    assert!(record.has_next().await.unwrap());
    assert!(record.next().await.unwrap());
    assert_eq!(record.location(), Some(0));
    for _ in 0..2 {
        record.next().await.unwrap();
    }
    assert!(record.has_next().await.unwrap(), "the next page is looked at");
    assert!(record.set_location(6).await.unwrap());
    assert_eq!(record.value("number").unwrap(), "INC6");
    assert!(!record.has_next().await.unwrap());
    assert!(!record.set_location(7).await.unwrap());
    assert_eq!(record.location(), Some(6), "it stays");
    let before = server.count();
    record.rewind().unwrap();
    assert_eq!(numbers(&mut record).await, expected(0..7));
    assert_eq!(server.count(), before, "rows are kept");
    record.query().await.unwrap();
    assert_eq!(numbers(&mut record).await, expected(0..7), "a query begins anew");
}

#[tokio::test]
async fn rows_that_are_not_kept_come_once_and_whole() {
    let (_server, mut record) = incidents(20).await;
    record.set_batch_size(3).set_rewindable(false);
    assert_eq!(numbers(&mut record).await, expected(0..20));
    assert!(matches!(record.rewind(), Err(Error::InvalidInput(_))));
    assert!(matches!(record.records().await, Err(Error::InvalidInput(_))));
    assert!(matches!(record.set_location(0).await, Err(Error::InvalidInput(_))));
    record.query().await.unwrap();
    assert_eq!(numbers(&mut record).await, expected(0..20), "a query begins anew");
}

#[tokio::test]
async fn rows_come_as_a_stream() {
    let (_server, mut record) = incidents(7).await;
    record.set_batch_size(3).set_limit(Some(5));
    let rows: Vec<Record> = record.into_stream().try_collect().await.unwrap();
    let numbers: Vec<_> = rows.iter().map(|row| row.value("number").unwrap()).collect();
    assert_eq!(numbers, expected(0..5));
}

#[tokio::test]
async fn one_row_is_got_by_its_sys_id_or_a_field() {
    let (server, mut record) = incidents(5).await;
    assert!(record.get(&sys_id(3)).await.unwrap());
    assert_eq!(
        (record.value("number").unwrap(), record.row_count(), record.location()),
        ("INC3", 1, Some(0))
    );
    assert!(!record.next().await.unwrap());
    assert!(!record.get(&sys_id(99)).await.unwrap());
    assert!(!record.is_valid_record(), "the row before is not current any more");
    assert!(matches!(record.get("../x").await, Err(Error::InvalidInput(_))));

    record.add_active_query();
    assert!(record.get_by("number", "INC2").await.unwrap());
    assert_eq!(record.value("number").unwrap(), "INC2");
    assert!(record.get_by("number", "INC4").await.unwrap());
    assert_eq!(record.value("number").unwrap(), "INC4", "conditions do not pile up");
    assert!(!record.get_by("number", "INC9").await.unwrap());
    assert!(!record.is_valid_record());
    let last = server.asked().pop().unwrap();
    assert!(last.param("sysparm_query").unwrap().starts_with("number=INC9"));
}

#[tokio::test]
async fn fields_are_read_with_both_faces_and_their_types() {
    let (server, mut record) = incidents(1).await;
    record.set_view(Some("mobile")).set_fields(["number", "state"]);
    assert!(record.get(&sys_id(0)).await.unwrap());
    assert_eq!((record.value("state").unwrap(), record.display_value("state").unwrap()), ("1", "<1>"));
    assert_eq!((record.value("absent").unwrap(), record.contains("absent").unwrap()), ("", false));
    assert!(record.contains("state").unwrap());
    assert_eq!(record.sys_id().unwrap(), Some(sys_id(0).as_str()));
    let state = record.element("state").unwrap().unwrap();
    assert_eq!((state.name(), state.integer().unwrap(), state.changes()), ("state", Some(1), false));
    assert_eq!(state.to_string(), "1");
    assert!(record.element("absent").unwrap().is_none());
    let opened = record.element("opened_at").unwrap().unwrap().date_time().unwrap().unwrap();
    assert_eq!(opened.timestamp_millis(), 1_709_251_198_000);
    let asked = &server.asked()[0];
    assert_eq!(asked.param("sysparm_display_value"), Some("all"));
    assert_eq!(asked.param("sysparm_exclude_reference_link"), Some("true"));
    assert_eq!(asked.param("sysparm_view"), Some("mobile"));
    assert_eq!(asked.param("sysparm_fields"), Some("sys_id,number,state"));
    record.set_display(DisplayMode::Value).set_exclude_reference_link(false).get(&sys_id(0)).await.unwrap();
    let asked = &server.asked()[1];
    assert_eq!(asked.param("sysparm_display_value"), Some("false"));
    assert_eq!(asked.param("sysparm_exclude_reference_link"), None);
}

#[tokio::test]
async fn elements_are_walked() {
    let server = Server::start(|_, _| {
        crate::server::json(
            200,
            r#"{"result":{"sys_id":{"value":"1"},"caller_id":{"value":"6816","display_value":"Abel","link":"http://i/api/now/table/sys_user/6816"},"caller_id.email":{"value":"a@b.c"},"caller_id.vip":{"value":"false"}}}"#,
        )
    })
    .await;
    let mut record = server.client().glide_record("incident").unwrap();
    record.get(&sys_id(0)).await.unwrap();
    let caller = record.element("caller_id").unwrap().unwrap();
    assert_eq!(caller.walk("email").unwrap().text(), "a@b.c");
    assert_eq!(caller.walk("vip").unwrap().bool().unwrap(), Some(false), "a false value is there");
    assert!(caller.walk("title").is_none());
    assert_eq!(caller.reference().unwrap().table(), Some("sys_user"));
    assert!(caller.link().unwrap().ends_with("/sys_user/6816"));
}

#[tokio::test]
async fn rows_are_serialized() {
    let (_server, mut record) = incidents(3).await;
    record.set_batch_size(2);
    let form = Serialization {
        face: Face::Smart,
        fields: vec!["number".into(), "state".into()],
        ..Serialization::default()
    };
    assert_eq!(record.serialize(&form, false), Err(Error::NoRecord));
    let mut csv = Vec::new();
    form.write_csv(record.records().await.unwrap(), &mut csv).unwrap();
    assert_eq!(
        String::from_utf8(csv).unwrap(),
        "number,state__value,state__display\nINC0,1,<1>\nINC1,1,<1>\nINC2,1,<1>\n"
    );
    record.next().await.unwrap();
    record.set_value("state", 2).unwrap();
    let changes = record.serialize(&Serialization::default(), true).unwrap();
    assert_eq!(changes, serde_json::json!({"state": "2"}));
    assert_eq!(record.changed().unwrap().fields.len(), 1);
    assert_eq!(record.record().unwrap().value("number"), Some("INC0"));
}

#[tokio::test]
async fn links_lead_to_the_form_and_the_list() {
    let (server, mut record) = incidents(1).await;
    assert_eq!(record.link(false), Err(Error::NoRecord));
    record.add_active_query().query().await.unwrap();
    record.next().await.unwrap();
    let form = format!("{}/incident.do?sys_id={}", server.url, sys_id(0));
    assert_eq!(record.link(false).unwrap(), form);
    let stack = "&sysparm_stack=incident_list.do?sysparm_query=active=true";
    assert_eq!(record.link(true).unwrap(), format!("{form}{stack}"));
    assert_eq!(
        record.link_list(),
        format!("{}/incident_list.do?sysparm_query=active%3Dtrue%5EORDERBYsys%5Fid", server.url)
    );
}
