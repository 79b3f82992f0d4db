//! A value that is not of its column's type: null and counted, or with `--strict` the end.

use rusqlite::Connection;

use super::{export_to, files};
use crate::demo::Demo;
use crate::program::sncgate;

const BAD: &str = "the day after";

/// Puts text into a moment of that row, an SQL expression, as instances have them from imports long ago; gives its key.
pub(super) fn spoil(demo: &Demo, row: &str) -> String {
    let instance = Connection::open(demo.instance_file()).unwrap();
    // The instance's own, without which its indexes cannot be written; dates have no case.
    instance
        .create_collation("NOCASE_UNICODE", |one, other| one.to_lowercase().cmp(&other.to_lowercase()))
        .unwrap();
    instance.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    let key: String = instance.query_row(&format!("select {row}"), [], |row| row.get(0)).unwrap();
    let changed = instance.execute("update task set due_date = ?1 where sys_id = ?2", (BAD, &key)).unwrap();
    assert_eq!(changed, 1, "{key}");
    key
}

#[test]
fn a_value_that_is_not_of_its_type_is_told_or_is_the_end() {
    let demo = Demo::with_records(1_200);
    let key = spoil(&demo, "(select min(sys_id) from task where sys_class_name = 'incident')");
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let report_name = report.to_str().unwrap();
    let fields = ["--fields", "sys_id,number,state,due_date", "--report", report_name];

    let into = folder.path().join("strict");
    let told = export_to(&demo.at, &into, &[&fields[..], &["--strict", "--partition-by", "state"]].concat());
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    let said = format!("due_date of {key} is {BAD:?}, which is not of the column's type");
    assert!(told.stderr.contains(&said), "{}", told.stderr);
    assert_eq!((files(&into), report.exists()), (vec![], false), "something is left");

    let file = folder.path().join("strict.csv");
    let arguments = [&["export", "incident", "--strict", "-o", file.to_str().unwrap()][..], &fields].concat();
    let told = sncgate(&demo.at, &arguments);
    assert!(told.code == Some(1) && told.stderr.contains(&said), "{}", told.stderr);
    assert_eq!(files(folder.path()), [""; 0], "something is left");

    let into = folder.path().join("lenient");
    let told = export_to(&demo.at, &into, &fields);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    assert!(told.stderr.contains("1 values are not of their column's type"), "{}", told.stderr);
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    assert_eq!(
        (&written["rows_expected"], &written["rows_read"], &written["rows_hidden"], &written["unparsed"]),
        (&1_200.into(), &1_200.into(), &0.into(), &1.into())
    );
    let sample = serde_json::json!([{ "column": "due_date", "sys_id": key, "text": BAD }]);
    assert_eq!(written["unparsed_samples"], sample);
    for positive in ["requests", "bytes", "rows_per_second", "seconds"] {
        assert!(written[positive].as_f64().unwrap() > 0.0, "{positive}: {written}");
    }

    // As text it is a value like any other.
    let into = folder.path().join("text");
    let told = export_to(&demo.at, &into, &["--strict", "--types", "string", "--report", "-"]);
    let written: serde_json::Value = serde_json::from_str(&told.text()).unwrap();
    assert_eq!((&written["rows_read"], &written["unparsed"]), (&1_200.into(), &0.into()));
}
