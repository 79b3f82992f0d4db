//! Scans over a table whose server applies the limit before it hides rows, as ServiceNow does.

use std::sync::{Arc, Mutex};

use axum::response::Response;
use futures::TryStreamExt;
use servicenow::query::{Operator, Query, Term};
use servicenow::{Cursor, Error, Read, Record, Scan};

use crate::server::{Asked, Server, json, with_header};

/// Rows by ascending sys_id, and whether the caller may see each.
type Table = Arc<Mutex<Vec<(u32, bool)>>>;

/// What the server tells of what follows.
#[derive(Clone, Copy)]
enum Tells {
    Count,
    Link,
}

fn sys_id(number: u32) -> String {
    format!("{number:032x}")
}

fn serve(table: &Table, tells: Tells, asked: &Asked) -> Response {
    let query = Query::parse(asked.param("sysparm_query").unwrap());
    let number = |name| asked.param(name).map_or(0, |text| text.parse::<usize>().unwrap());
    let (limit, offset) = (number("sysparm_limit"), number("sysparm_offset"));
    let beyond = query.terms().find_map(|term| match term {
        Term::Condition(condition) if condition.operator == Operator::GreaterThan => {
            Some(condition.value.clone())
        }
        _ => None,
    });
    let table = table.lock().unwrap();
    let matching: Vec<_> = table
        .iter()
        .filter(|(number, _)| beyond.as_ref().is_none_or(|beyond| sys_id(*number) > *beyond))
        .collect();
    let page = matching.iter().skip(offset).take(limit).filter(|(_, visible)| *visible);
    let rows: Vec<_> = page.map(|(number, _)| format!(r#"{{"sys_id":"{}"}}"#, sys_id(*number))).collect();
    let reply = json(200, format!(r#"{{"result":[{}]}}"#, rows.join(",")));
    let next = offset + limit < matching.len();
    match tells {
        _ if asked.param("sysparm_no_count").is_some() => reply,
        Tells::Count => with_header(reply, "x-total-count", &matching.len().to_string()),
        Tells::Link if next => with_header(reply, "link", r#"<http://x>;rel="first",<http://x>;rel="next""#),
        Tells::Link => with_header(reply, "link", r#"<http://x>;rel="first""#),
    }
}

async fn instance(rows: impl IntoIterator<Item = (u32, bool)>, tells: Tells) -> (Server, Table) {
    let table: Table = Arc::new(Mutex::new(rows.into_iter().collect()));
    let served = table.clone();
    (Server::start(move |asked, _| serve(&served, tells, asked)).await, table)
}

fn scan(page_size: u64, after: Option<Cursor>) -> Scan {
    Scan { query: Query::parse("a=1^NQb=2^ORDERBYc"), page_size, after, ..Scan::default() }
}

fn ids(rows: &[Record]) -> Vec<String> {
    rows.iter().map(|row| row.value("sys_id").unwrap().to_owned()).collect()
}

/// Whether a row is hidden.
type Hidden = fn(u32) -> bool;

/// Which of 20 rows are hidden, by name.
fn patterns() -> Vec<(&'static str, Hidden)> {
    vec![
        ("none", |_| false),
        ("all", |_| true),
        ("first half", |number| number < 10),
        ("second half", |number| number >= 10),
        ("middle", |number| (4..17).contains(&number)),
        ("every other", |number| number % 2 == 0),
        ("all but the last", |number| number != 19),
        ("all but the first", |number| number != 0),
        ("runs", |number| number % 9 < 7),
    ]
}

#[tokio::test]
async fn every_visible_row_comes_once_whatever_the_page_size() {
    for tells in [Tells::Count, Tells::Link] {
        for (name, hidden) in patterns() {
            let rows: Vec<_> = (0..20).map(|number| (number, !hidden(number))).collect();
            let visible: Vec<_> = rows.iter().filter(|row| row.1).map(|row| sys_id(row.0)).collect();
            let (server, _) = instance(rows, tells).await;
            let client = server.client();
            for page_size in [1, 3, 7, 20, 100] {
                let pages = client.scan::<Record>("t", scan(page_size, None)).into_stream();
                let pages: Vec<_> = pages.try_collect().await.unwrap();
                let found: Vec<_> = pages.iter().flat_map(|page| ids(&page.rows)).collect();
                assert_eq!(found, visible, "{name} hidden, pages of {page_size}");
                let mut before = 0;
                for page in pages {
                    before += page.rows.len();
                    let rest = client.scan::<Record>("t", scan(page_size, Some(page.cursor))).into_stream();
                    let rest: Vec<_> = rest.try_collect().await.unwrap();
                    let rest: Vec<_> = rest.iter().flat_map(|page| ids(&page.rows)).collect();
                    assert_eq!(rest, visible[before..], "{name} hidden, resumed after {before}");
                }
            }
        }
    }
}

#[tokio::test]
async fn rows_that_come_and_go_move_no_other() {
    let (server, table) = instance((0..100).map(|number| (number * 10, number % 7 != 0)), Tells::Count).await;
    let mut scan = server.client().scan::<Record>("t", scan(8, None));
    let mut found = Vec::new();
    let mut round = 0;
    while let Some(page) = scan.next_page().await.unwrap() {
        found.extend(ids(&page.rows));
        // Before and behind the key alike: some new rows, some visible ones gone.
        let mut table = table.lock().unwrap();
        table.push((round * 10 + 1, true));
        table.push((999 - round * 4, true));
        table.retain(|(number, _)| *number != 10 * (95 - round) && *number != 10 * round);
        table.sort();
        round += 1;
    }
    let unique: std::collections::BTreeSet<_> = found.iter().collect();
    assert_eq!(unique.len(), found.len(), "no row comes twice");
    let stayed = (0..100).filter(|number| number % 7 != 0 && *number >= round && *number + round <= 95);
    let missing: Vec<_> =
        stayed.map(|number| sys_id(number * 10)).filter(|id| !unique.contains(id)).collect();
    assert!(round > 8 && missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn a_page_is_asked_for_by_key() {
    let (server, _) = instance((0..5).map(|number| (number, true)), Tells::Count).await;
    let read = Read { fields: vec!["number".into()], ..Read::default() };
    let mut pages = server.client().scan::<Record>("t", Scan { read, ..scan(2, None) });
    while pages.next_page().await.unwrap().is_some() {}
    let asked = server.asked();
    let last = sys_id(1);
    let queries: Vec<_> = asked.iter().map(|asked| asked.param("sysparm_query").unwrap()).collect();
    assert_eq!(queries[0], "a=1^NQb=2^ORDERBYsys_id");
    assert_eq!(queries[1], format!("a=1^sys_id>{last}^NQb=2^sys_id>{last}^ORDERBYsys_id"));
    assert_eq!(asked[0].param("sysparm_fields"), Some("number,sys_id"));
    assert_eq!(asked.len(), 5);
}

#[tokio::test]
async fn only_the_end_is_counted() {
    for (rows, page_size, expected) in [
        // Full, full, half, empty, and again with the count.
        (5, 2, vec![false, false, false, false, true]),
        // A page of which little came is likely the last.
        (5, 20, vec![false, true]),
        (0, 20, vec![false, true]),
    ] {
        let (server, _) = instance((0..rows).map(|number| (number, true)), Tells::Count).await;
        let mut pages = server.client().scan::<Record>("t", scan(page_size, None));
        while pages.next_page().await.unwrap().is_some() {}
        let counted: Vec<_> =
            server.asked().iter().map(|asked| asked.param("sysparm_no_count").is_none()).collect();
        assert_eq!(counted, expected, "{rows} rows by {page_size}");
    }
}

#[tokio::test]
async fn rows_out_of_order_end_the_scan() {
    for (rows, expected) in [
        (r#"{"sys_id":"b"},{"sys_id":"a"}"#, "OutOfOrder"),
        (r#"{"sys_id":"a"},{"sys_id":"A"}"#, "OutOfOrder"),
        (r#"{"sys_id":"a"},{"number":"1"}"#, "Decode"),
        (r#"{"sys_id":"a"},{"sys_id":""}"#, "Decode"),
    ] {
        let server = Server::start(move |_, _| json(200, format!(r#"{{"result":[{rows}]}}"#))).await;
        let error = server.client().scan::<Record>("t", scan(2, None)).next_page().await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{rows}: {error:?}");
    }
    let server = Server::start(|_, _| json(200, r#"{"result":[{"sys_id":"a_b"},{"sys_id":"AB"}]}"#)).await;
    let page = server.client().scan::<Record>("t", scan(2, None)).next_page().await.unwrap();
    assert_eq!(page.map(|page| page.rows.len()), Some(2), "a collation's order of `_` is its own affair");
}

#[tokio::test]
async fn a_page_that_failed_can_be_asked_for_again() {
    let server = Server::start(|_, number| match number {
        0 => json(200, r#"{"result":[{"sys_id":"1"}]}"#),
        1 => crate::server::failure(400, "no"),
        _ => with_header(json(200, r#"{"result":[]}"#), "x-total-count", "0"),
    })
    .await;
    let mut scan = server.client().scan::<Record>("t", scan(1, None));
    assert!(scan.next_page().await.unwrap().is_some());
    assert!(matches!(scan.next_page().await, Err(Error::InvalidRequest(_))));
    assert_eq!(scan.next_page().await, Ok(None));
    assert_eq!(scan.next_page().await, Ok(None));
}

/// The keys of a page, decoded by the caller.
struct Ids(Vec<String>);

impl servicenow::PageRows for Ids {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn sys_id(&self, row: usize) -> Option<&str> {
        self.0.get(row).map(String::as_str)
    }
}

fn decode(body: &[u8]) -> Result<Ids, Error> {
    let rows = servicenow::decode_rows::<Record>(body, "t", servicenow::DisplayMode::Value)?;
    Ok(Ids(ids(&rows)))
}

#[tokio::test]
async fn whole_pages_walk_as_rows_do_at_any_changing_size() {
    for (name, hidden) in patterns() {
        let rows: Vec<_> = (0..20).map(|number| (number, !hidden(number))).collect();
        let visible: Vec<_> = rows.iter().filter(|row| row.1).map(|row| sys_id(row.0)).collect();
        let (server, _) = instance(rows, Tells::Count).await;
        let mut pages = server.client().scan_pages("t", scan(1, None));
        let (mut found, mut requests) = (Vec::new(), 0);
        while let Some(page) = pages.next_page(decode).await.unwrap() {
            found.extend(page.rows.0);
            requests += page.effort.requests;
            assert!(page.effort.bytes > 0);
            pages.set_page_size(pages.page_size() % 5 + 1);
        }
        requests += pages.effort().requests;
        assert_eq!(found, visible, "{name} hidden");
        assert_eq!(requests, server.count() as u64, "{name} hidden");
    }
}

#[tokio::test]
async fn whole_pages_are_retried_but_not_after_a_time_out() {
    let server = Server::start(|_, number| match number {
        0 => crate::server::failure(503, "no"),
        1 => json(200, r#"{"result":[{"sys_id":"1"}"#),
        2 => json(200, r#"{"result":[{"sys_id":"1"}]}"#),
        3 => json(
            200,
            r#"{"error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":""},"status":"failure"}"#,
        ),
        _ => with_header(json(200, r#"{"result":[]}"#), "x-total-count", "0"),
    })
    .await;
    let mut pages = server.client().scan_pages("t", scan(1, None));
    let page = pages.next_page(decode).await.unwrap().unwrap();
    assert_eq!((page.effort.requests, page.effort.retries), (3, 2));
    let failed = pages.next_page(decode).await.err();
    assert!(matches!(failed, Some(Error::TransactionTimeout(_))), "{failed:?}");
    assert_eq!(server.count(), 4, "a smaller page has better prospects than the same again");
    assert!(pages.next_page(decode).await.unwrap().is_none());
}
