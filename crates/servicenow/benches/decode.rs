//! Queries to trees and back, and a page of 1000 rows to records, beside a tree of JSON values of the same bytes.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use servicenow::query::Query;
use servicenow::{Cell, DisplayMode, Record, Row, decode_rows};

fn main() {
    divan::main();
}

const ROWS: usize = 1000;

const QUERY: &str = "active=true^priorityIN1,2^ORurgency=1^short_descriptionLIKEprinter^caller_id.department.name=IT\
    ^sys_created_onRELATIVEGT@hour@ago@2^NQstate!=7^assignment_groupISNOTEMPTY^RLQUERYtask_sla.task,>=1\
    ^ENDRLQUERY^ORDERBYDESCsys_updated_on^ORDERBYnumber";

#[divan::bench]
fn query_parse(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::of_str(QUERY)).bench(|| Query::parse(black_box(QUERY)));
}

#[divan::bench]
fn query_print(bencher: Bencher<'_, '_>) {
    let query = Query::parse(QUERY);
    bencher.counter(BytesCount::of_str(QUERY)).bench(|| black_box(&query).to_string());
}

/// A page of incidents as an instance sends it: 20 fields, two of them references with links.
fn page() -> Vec<u8> {
    let mut rows = Vec::with_capacity(ROWS);
    for number in 0..ROWS {
        let scalars: Vec<_> = (0..15).map(|field| format!(r#""u_field_{field}":"value {number}""#)).collect();
        rows.push(format!(
            r#"{{"sys_id":"{number:032x}","number":"INC{number:07}","short_description":"The printer says \"no\" again","caller_id":{{"link":"https://dev1.service-now.com/api/now/table/sys_user/{number:032x}","value":"{number:032x}"}},"assigned_to":{{"link":"https://dev1.service-now.com/api/now/table/sys_user/{number:032x}","value":"{number:032x}"}},{}}}"#,
            scalars.join(",")
        ));
    }
    format!(r#"{{"result":[{}]}}"#, rows.join(",")).into_bytes()
}

/// Keeps nothing but sums: what decoding costs without its target.
struct Tally {
    bytes: usize,
}

impl Row for Tally {
    fn new(_: &str) -> Tally {
        Tally { bytes: 0 }
    }

    fn cell(&mut self, name: &str, cell: Cell<'_>) {
        self.bytes += name.len() + cell.value.map_or(0, |value| value.len());
    }

    fn sys_id(&self) -> Option<&str> {
        None
    }
}

fn decode<R: Row>(bencher: Bencher<'_, '_>) {
    let page = page();
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::of_slice(&page)).bench(|| {
        decode_rows::<R>(black_box(&page), "incident", DisplayMode::Value).expect("the page is well-formed")
    });
}

#[divan::bench]
fn page_to_records(bencher: Bencher<'_, '_>) {
    decode::<Record>(bencher);
}

#[divan::bench]
fn page_to_tally(bencher: Bencher<'_, '_>) {
    let tally =
        &decode_rows::<Tally>(&page(), "incident", DisplayMode::Value).expect("the page is well-formed")[0];
    assert!(tally.bytes > 0);
    decode::<Tally>(bencher);
}

#[divan::bench]
fn page_to_json_values(bencher: Bencher<'_, '_>) {
    let page = page();
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::of_slice(&page)).bench(|| {
        serde_json::from_slice::<serde_json::Value>(black_box(&page)).expect("the page is well-formed")
    });
}
