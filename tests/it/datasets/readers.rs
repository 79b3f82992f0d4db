//! pyarrow, DuckDB and polars on a dataset: the table's rows, however it was cut.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::export_to;
use crate::demo::Demo;
use crate::program::{program, root, sncgate, tool};

/// What `tests/dataset_check.py` prints, by reader.
#[derive(Debug, Deserialize, PartialEq)]
struct Read {
    /// Rows by state.
    by_state: BTreeMap<String, u64>,
    /// Of all rows in sys_id order.
    digest: String,
}

fn read(folder: &Path) -> BTreeMap<String, Read> {
    let script = root().join("tests/dataset_check.py");
    let arguments = [script.to_str().unwrap(), folder.to_str().unwrap()];
    let said = program(tool("arrow/bin/python"), &arguments).text();
    serde_json::from_str(&said).unwrap()
}

/// By the instance's own aggregates.
fn counted(demo: &Demo) -> BTreeMap<String, u64> {
    let counted = ["aggregate", "incident", "--count", "--group-by", "state", "-o", "csv", "--no-header"];
    let text = sncgate(&demo.at, &counted).text();
    let row = |line: &str| {
        let (state, count) = line.split_once(',').unwrap();
        (state.to_owned(), count.parse().unwrap())
    };
    text.lines().map(row).collect()
}

#[test]
fn a_dataset_is_the_table_however_it_is_cut() {
    let demo = Demo::with_records(3_000);
    let counted = counted(&demo);
    assert_eq!(counted.values().sum::<u64>(), 3_000);
    let mut digests = BTreeMap::new();
    for (name, cut) in [
        ("whole", &[][..]),
        ("rows", &["--part-rows", "1000", "--row-group", "1000", "--compression", "snappy"]),
        ("state", &["--partition-by", "state", "--parallel", "1"]),
        ("months", &["--partition-by", "state,opened_at:month", "--compression", "none"]),
        ("years", &["--partition-by", "opened_at:year,active", "--part-rows", "1000"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let fields = "sys_id,number,state,active,opened_at,category,caller_id.name";
        let told = export_to(&demo.at, folder.path(), &[&["--fields", fields], cut].concat());
        assert_eq!(told.code, Some(0), "{name}: {}", told.stderr);
        for (reader, read) in read(folder.path()) {
            assert_eq!(read.by_state, counted, "{reader} of {name}");
            digests.insert(format!("{name}, {reader}"), read.digest);
        }
    }
    assert_eq!(digests.len(), 15, "{digests:?}");
    let one = digests.values().next().unwrap();
    assert!(digests.values().all(|digest| digest == one), "{digests:#?}");
}
