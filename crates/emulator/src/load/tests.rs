use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::generate::{self, Plan};

const MAP: &str = r#"
key = "Ticket"
version = "Version"
missing = ["?", "none"]
date_formats = ["%d.%m.%Y %H:%M"]
zone = "Europe/Berlin"
ignore = ["Comment"]
[columns]
Ticket = "number"
Opened = "opened_at"
Changed = { element = "sys_updated_on", otherwise = "Opened" }
Status = { element = ["state", "incident_state"], values = { "In Arbeit" = "2", Seltsam = "-100" } }
Kind = "category"
Who = { element = "caller_id", fill = { user_name = "{slug}" } }
Live = "active"
Mood = { element = "u_mood", label = "Mood", type = "string" }
"#;
const HEADER: &str = "Ticket,Version,Opened,Changed,Status,Kind,Who,Live,Mood,Comment\n";

struct Bench {
    folder: tempfile::TempDir,
    store: Store,
}

impl Bench {
    fn new() -> Self {
        let store = Store::open(None).unwrap();
        generate::fill(&store, &Plan { seed: 1, records: 0, now: None }, &mut |_| ()).unwrap();
        Bench { folder: tempfile::tempdir().unwrap(), store }
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn load(&self, map: &str, csv: &[u8]) -> Result<Summary, Error> {
        let load = Load {
            table: "incident".to_owned(),
            file: self.write("file", csv),
            map: self.write("map.toml", map.as_bytes()),
        };
        file(&self.store, &load, &mut |_| ())
    }

    fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        rows(&self.store, sql)
    }
}

fn rows(store: &Store, sql: &str) -> Vec<Vec<String>> {
    store
        .read(|conn| {
            let mut query = conn.prepare(sql)?;
            let columns = query.column_count();
            let text =
                |row: &rusqlite::Row<'_>, at| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
            let rows = query.query_map([], |row| (0..columns).map(|at| text(row, at)).collect())?;
            Ok::<_, store::Error>(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

fn csv(lines: &[&str]) -> Vec<u8> {
    format!("{HEADER}{}\n", lines.join("\n")).into_bytes()
}

#[test]
fn the_final_state_of_each_record_is_kept() {
    let bench = Bench::new();
    let summary = bench
        .load(
            MAP,
            &csv(&[
                "A1,0,1.2.2023 08:30,?,New,Garden,Ada Lovelace,true,calm,x",
                "A2,0,1.7.2023 08:30,2.7.2023 09:00,in arbeit,hardware,none,true,?,x",
                "A1,5,1.2.2023 08:30,3.2.2023 10:00,Closed,Garden,ada lovelace,false,loud,x",
                "A1,4,1.2.2023 08:30,9.9.2023 10:00,New,Garden,Ada Lovelace,true,late,x",
                "A2,0,1.7.2023 08:30,none,Seltsam,hardware,?,true,last,x",
            ]),
        )
        .unwrap();
    let expected = Summary { rows: 5, records: 2, referred: 1, choices: 3, columns: 1, kept: false };
    assert_eq!(summary, expected);
    let sql = "SELECT t.number, CAST(t.state AS TEXT), CAST(t.incident_state AS TEXT), t.category, u.name, u.user_name,
               CAST(t.active AS TEXT), t.u_mood, t.opened_at, t.sys_updated_on, t.approval
               FROM task t LEFT JOIN sys_user u ON u.sys_id = t.caller_id
               WHERE t.sys_class_name = 'incident' ORDER BY t.number";
    let found = bench.rows(sql);
    let first = [
        "A1",
        "7",
        "7",
        "Garden",
        "ada lovelace",
        "ada.lovelace",
        "0",
        "loud",
        "2023-02-01 07:30:00",
        "2023-02-03 09:00:00",
        "not requested",
    ];
    let second = [
        "A2",
        "-100",
        "-100",
        "hardware",
        "",
        "",
        "1",
        "last",
        "2023-07-01 06:30:00",
        "2023-07-01 06:30:00",
        "not requested",
    ];
    assert_eq!(found, [first, second]);
    let schema = bench.store.schema();
    let incident = schema.table("incident").unwrap();
    assert_eq!(incident.column("u_mood").unwrap().label, "Mood");
    let garden =
        schema.choices(incident, "category").iter().any(|one| one.value == "Garden" && one.label == "Garden");
    assert!(garden, "the unknown category is a choice");
    assert!(
        schema.choices(incident, "state").iter().any(|one| one.value == "-100" && one.label == "Seltsam")
    );
}

#[test]
fn loading_again_replaces_and_the_same_file_is_kept() {
    let bench = Bench::new();
    let count =
        "SELECT CAST(count(*) AS TEXT), max(sys_id), max(u_mood) FROM task WHERE sys_class_name = 'incident'";
    let line = "A1,0,1.2.2023 08:30,?,New,Garden,Ada,true,calm,x";
    bench.load(MAP, &csv(&[line])).unwrap();
    let first = bench.rows(count);
    assert!(bench.load(MAP, &csv(&[line])).unwrap().kept);
    let again = bench.load(MAP, &csv(&[&line.replace("calm", "loud")])).unwrap();
    assert_eq!((again.kept, again.referred, again.choices, again.columns), (false, 0, 0, 0));
    let second = bench.rows(count);
    assert_eq!((second[0][0].as_str(), &second[0][1], second[0][2].as_str()), ("1", &first[0][1], "loud"));
}

#[test]
fn a_zip_archive_is_read_in_place() {
    let bench = Bench::new();
    let line = "A1,0,1.2.2023 08:30,?,New,Garden,Ada,true,calm,x";
    let archive = |files: &[(&str, &[u8])]| {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let table = csv(&[line]);
    let none = bench.load(MAP, &archive(&[("readme.txt", b"hello")])).unwrap_err();
    assert!(none.to_string().contains("holds 0 csv files"), "{none}");
    let two = bench.load(MAP, &archive(&[("a.csv", &table), ("b.csv", &table)])).unwrap_err();
    assert!(two.to_string().contains("holds 2 csv files"), "{two}");
    let damaged = bench.load(MAP, b"PK\x03\x04 and no more").unwrap_err();
    assert!(matches!(damaged, Error::Archive { .. }), "{damaged}");
    let loaded = bench.load(MAP, &archive(&[("readme.txt", b"hello"), ("log.CSV", &table)])).unwrap();
    assert_eq!(loaded.records, 1);
}

/// (what is wrong, csv, part of the message)
const BAD_FILES: &[(&str, &str, &str)] = &[
    (
        "date",
        "A1,0,31.2.2023 08:30,?,New,hardware,Ada,true,calm,x",
        "line 2, column Opened: \"31.2.2023 08:30\"",
    ),
    ("flag", "A1,0,1.2.2023 08:30,?,New,hardware,Ada,perhaps,calm,x", "line 2, column Live: \"perhaps\""),
    ("label", "A1,0,1.2.2023 08:30,?,Odd,hardware,Ada,true,calm,x", "line 2, column Status: \"Odd\""),
    ("version", "A1,zero,1.2.2023 08:30,?,New,hardware,Ada,true,calm,x", "line 2, column Version: \"zero\""),
    ("key", "?,0,1.2.2023 08:30,?,New,hardware,Ada,true,calm,x", "line 2, column Ticket: \"?\""),
    ("fields", "A1,0,1.2.2023 08:30", "line 2:"),
];

#[test]
fn a_bad_row_is_named_and_nothing_is_loaded() {
    let bench = Bench::new();
    let before = bench.rows("SELECT CAST(count(*) AS TEXT) FROM sys_user");
    for (what, line, message) in BAD_FILES {
        let bad = bench.load(MAP, &csv(&[line])).unwrap_err().to_string();
        assert!(bad.contains(message), "{what}: {bad}");
        // The same after good rows, so that something could be left behind.
        let good = "B1,0,1.2.2023 08:30,?,New,Garden,Grace Hopper,true,calm,x";
        let bad = bench.load(MAP, &csv(&[good, good, line])).unwrap_err().to_string();
        assert!(bad.starts_with(&message.replace("line 2", "line 4")), "{what}: {bad}");
    }
    assert_eq!(
        bench.rows("SELECT number FROM task WHERE sys_class_name = 'incident'"),
        Vec::<Vec<String>>::new()
    );
    assert_eq!(bench.rows("SELECT CAST(count(*) AS TEXT) FROM sys_user"), before);
    assert!(bench.store.reload_schema().unwrap().table("incident").unwrap().column("u_mood").is_none());
}

/// (part of the map, its replacement, part of the message)
const BAD_MAPS: &[(&str, &str, &str)] = &[
    ("[columns]", "[columns", "map "),
    ("Europe/Berlin", "Europe/Nowhere", "no time zone is named"),
    ("key = \"Ticket\"", "key = \"Absent\"", "\"Absent\" is not one of its columns"),
    ("key = \"Ticket\"", "key = \"Opened\"", "is the key but does not become a text"),
    ("key = \"Ticket\"", "keys = \"Ticket\"", "keys"),
    ("Live = \"active\"", "", "column Live: is in the file but neither mapped nor ignored"),
    (
        "Live = \"active\"",
        "Live = \"active\"\nGone = \"impact\"",
        "column Gone: is in the map but not in the file",
    ),
    ("Live = \"active\"", "Live = \"u_alive\"", "incident has no column u_alive"),
    ("Live = \"active\"", "Live = { element = [] }", "has no element"),
    ("label = \"Mood\", ", "", "needs both label and type"),
    ("type = \"string\"", "type = \"strong\"", "no field type is named \"strong\""),
    ("u_mood", "U Mood", "is not a column name"),
    ("user_name =", "no_such =", "cannot be filled into no_such"),
];

#[test]
fn a_bad_map_is_refused() {
    let bench = Bench::new();
    for (part, replacement, message) in BAD_MAPS {
        assert!(MAP.contains(part), "{part}");
        let line = "A1,0,1.2.2023 08:30,?,New,Garden,Ada,true,calm,x";
        let error = bench.load(&MAP.replacen(part, replacement, 1), &csv(&[line])).unwrap_err().to_string();
        assert!(error.contains(message), "{replacement}: {error}");
    }
}

#[test]
fn a_missing_file_and_an_unknown_table_are_named() {
    let bench = Bench::new();
    let map = bench.write("map.toml", MAP.as_bytes());
    let csv = bench.write("a.csv", &csv(&["A1,0,1.2.2023 08:30,?,New,Garden,Ada,true,calm,x"]));
    let load = |table: &str, file: &Path| {
        let load = Load { table: table.to_owned(), file: file.to_owned(), map: map.clone() };
        super::file(&bench.store, &load, &mut |_| ()).unwrap_err().to_string()
    };
    assert!(load("incident", Path::new("/nowhere/log.csv")).starts_with("/nowhere/log.csv"));
    assert_eq!(load("nowhere", &csv), "no table is named \"nowhere\"");
}

#[test]
fn numbers_continue_after_the_loaded_ones() {
    let bench = Bench::new();
    bench.load(MAP, &csv(&["INC0123456,0,1.2.2023 08:30,?,New,Garden,Ada,true,calm,x"])).unwrap();
    let counter =
        bench.rows("SELECT CAST(number AS TEXT) FROM sys_number_counter WHERE \"table\" = 'incident'");
    assert_eq!(counter, [["123456"]]);
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(rows in "[A1,\"?\n\r0x]{0,60}", junk in prop::collection::vec(any::<u8>(), 0..40)) {
        let map: Map = MAP.parse::<toml::Table>().unwrap().try_into().unwrap();
        let mut file = HEADER.as_bytes().to_vec();
        file.extend(rows.bytes());
        file.extend(junk);
        let lines = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
        match keep::final_rows(&mut file.as_slice(), &map, &mut |_| ()) {
            Ok(kept) => prop_assert!(kept.rows.len() as u64 <= kept.read && kept.read <= lines),
            Err(error) => prop_assert!(matches!(error, Error::Row { .. } | Error::Value { .. }), "{error}"),
        }
    }
}

#[test]
fn a_row_that_never_ends_is_stopped() {
    let map: Map = MAP.parse::<toml::Table>().unwrap().try_into().unwrap();
    let mut endless = HEADER.as_bytes().chain(&b"A1,\""[..]).chain(std::io::repeat(b'x'));
    let error = keep::final_rows(&mut endless, &map, &mut |_| ()).err().unwrap();
    assert!(error.to_string().contains("longer than"), "{error}");
}

/// The real log, where it lies beside the project: counts are taken from the csv here and from the instance.
#[test]
fn the_incident_log_ends_with_its_final_states() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let log = root.join("../shared/data/uci498/incident_event_log.zip");
    if !log.exists() {
        println!("skipped: {} is not there", log.display());
        return;
    }
    let bench = Bench::new();
    let load =
        Load { table: "incident".to_owned(), file: log.clone(), map: root.join("tests/maps/uci498.toml") };
    let summary = file(&bench.store, &load, &mut |_| ()).unwrap();
    assert_eq!((summary.rows, summary.records, summary.columns), (141_712, 24_918, 3));
    let expected = final_rows(&log);
    for (column, sql) in [
        (
            "incident_state",
            "SELECT c.label, CAST(count(*) AS TEXT) FROM task t JOIN sys_choice c ON c.name = 'incident' AND c.element = 'state' AND c.value = CAST(t.state AS TEXT) WHERE t.sys_class_name = 'incident' GROUP BY 1",
        ),
        (
            "priority",
            "SELECT c.label, CAST(count(*) AS TEXT) FROM task t JOIN sys_choice c ON c.name = 'task' AND c.element = 'priority' AND c.value = CAST(t.priority AS TEXT) WHERE t.sys_class_name = 'incident' GROUP BY 1",
        ),
        (
            "category",
            "SELECT category, CAST(count(*) AS TEXT) FROM task WHERE sys_class_name = 'incident' GROUP BY 1",
        ),
        (
            "assignment_group",
            "SELECT g.name, CAST(count(*) AS TEXT) FROM task t LEFT JOIN sys_user_group g ON g.sys_id = t.assignment_group WHERE t.sys_class_name = 'incident' GROUP BY 1",
        ),
        (
            "sys_mod_count",
            "SELECT CAST(sys_mod_count AS TEXT), CAST(count(*) AS TEXT) FROM task WHERE sys_class_name = 'incident' GROUP BY 1",
        ),
        (
            "sys_updated_at",
            "SELECT ltrim(strftime('%d', sys_updated_on), '0') || '/' || ltrim(strftime('%m', sys_updated_on), '0') || strftime('/%Y %H:%M', sys_updated_on), CAST(count(*) AS TEXT) FROM task WHERE sys_class_name = 'incident' GROUP BY 1",
        ),
    ] {
        let found: HashMap<String, usize> =
            bench.rows(sql).into_iter().map(|row| (row[0].clone(), row[1].parse().unwrap())).collect();
        let mut counted: HashMap<String, usize> = HashMap::new();
        for row in expected.values() {
            let value = row.1[column].trim();
            *counted.entry(if value == "?" { String::new() } else { value.to_owned() }).or_default() += 1;
        }
        assert_eq!(found, counted, "{column}");
    }
}

/// Plain csv, no code of the loader.
fn final_rows(log: &Path) -> HashMap<String, (i64, HashMap<String, String>)> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(log).unwrap()).unwrap();
    let mut reader = csv::Reader::from_reader(archive.by_index(0).unwrap());
    let mut rows: HashMap<String, (i64, HashMap<String, String>)> = HashMap::new();
    for row in reader.deserialize() {
        let row: HashMap<String, String> = row.unwrap();
        let version = row["sys_mod_count"].parse().unwrap();
        let number = row["number"].clone();
        if rows.get(&number).is_none_or(|(highest, _)| version >= *highest) {
            rows.insert(number, (version, row));
        }
    }
    rows
}
