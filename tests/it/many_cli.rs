//! The commands that write many records: `batch run`, `create --from`, `update --query`, `delete --query`.

use serde_json::Value;

use crate::demo::Demo;
use crate::program::sncgate;

fn write(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn files_of_operations_and_records_are_carried_out() {
    let demo = Demo::with_records(0);
    let folder = tempfile::tempdir().unwrap();
    let say = |arguments: &[&str]| sncgate(&demo.at, arguments);
    let count = |query: &str| say(&["count", "incident", query]).text().trim().parse::<u32>().unwrap();

    let sys_id = "00000000000000000000000000000abc";
    let good = format!(
        r#"{{"op":"create","table":"incident","fields":{{"sys_id":"{sys_id}","short_description":"one","urgency":1}}}}

{{"op":"update","table":"incident","sys_id":"{sys_id}","fields":{{"short_description":"two"}},"id":"mine"}}
{{"op":"get","table":"incident","sys_id":"{sys_id}"}}
"#
    );
    let file = write(&folder, "good.ndjson", &good);
    let outcome = say(&["batch", "run", &file, "-o", "ndjson"]);
    assert!(outcome.stderr.contains("3 done, 0 failed"), "{}", outcome.stderr);
    let results: Vec<Value> =
        outcome.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> =
        results.iter().map(|one| (one["id"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect();
    assert_eq!(seen, [("1", "ok"), ("mine", "ok"), ("4", "ok")], "in order: they are about one record");
    assert_eq!(results[2]["fields"]["short_description"], "two");

    let mixed = format!(
        "{}\n{}\n",
        good.lines().last().unwrap(),
        r#"{"op":"delete","table":"incident","sys_id":"nobody"}"#
    );
    let outcome = say(&["batch", "run", &write(&folder, "mixed.ndjson", &mixed)]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.contains("RECORD_UNKNOWN"), "the table has what failed: {}", outcome.stdout);
    assert!(outcome.stderr.contains("1 done, 1 failed"), "{}", outcome.stderr);

    let broken = format!("{}\n{}\n", r#"{"op":"create","table":"incident","fields":{}}"#, r#"{"op":"drop"}"#);
    let outcome = say(&["batch", "run", &write(&folder, "broken.ndjson", &broken)]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("line 2: "), "{}", outcome.stderr);
    assert_eq!(count(""), 1, "nothing was sent of a broken file");

    let mut csv = "short_description,urgency\n".to_owned();
    (0..600).for_each(|number| csv.push_str(&format!("\"Crate, {number}\",2\n")));
    let outcome = say(&["create", "incident", "--from", &write(&folder, "crates.csv", &csv)]);
    assert!(outcome.stderr.contains("600 created, 0 failed"), "{}", outcome.stderr);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), ""));
    let crates = "short_descriptionSTARTSWITHCrate, ";
    assert_eq!(count(crates), 600);

    let update = ["update", "incident", "--query", crates, "--set", "urgency=1"];
    let refused = say(&update);
    assert_eq!((refused.code, count(&format!("{crates}^urgency=1"))), (Some(2), 0), "nobody is there to ask");
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    let refused = say(&[&update[..], &["--yes", "--max", "599"]].concat());
    assert!(
        refused.stderr.contains("LIMIT_EXCEEDED") && refused.stderr.contains("--max"),
        "{}",
        refused.stderr
    );
    let looked = say(&[&update[..], &["--dry-run", "-o", "json"]].concat());
    let records: Vec<Value> = serde_json::from_str(&looked.text()).unwrap();
    assert_eq!((records.len(), count(&format!("{crates}^urgency=1"))), (600, 0), "only looked");
    let updated = say(&[&update[..], &["--yes"]].concat());
    assert!(updated.stderr.contains("600 updated, 0 failed"), "{}", updated.stderr);
    assert_eq!(count(&format!("{crates}^urgency=1")), 600);

    let deleted = say(&["delete", "incident", "--query", crates, "--yes"]);
    assert!(deleted.stderr.contains("600 deleted, 0 failed"), "{}", deleted.stderr);
    assert_eq!((deleted.code, count("")), (Some(0), 1), "the other one is there");
    for flag in ["--dry-run", "--yes"] {
        let refused = say(&["delete", "incident", sys_id, flag]);
        assert_eq!((refused.code, count("")), (Some(2), 1), "{flag} goes with --query");
    }
    let everything = say(&["delete", "incident", "--query", "", "--yes"]);
    assert_eq!((everything.code, count("")), (Some(2), 1), "{}", everything.stderr);
}
