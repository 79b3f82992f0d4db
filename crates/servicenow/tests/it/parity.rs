//! `docs/pysnc-parity.md` speaks of every capability of PySNC, and of tests that exist.

use std::collections::BTreeSet;
use std::path::Path;

/// How many rows each section of the list of capabilities has; 0 where the section is one row without a number.
const SECTIONS: [(char, usize); 15] = [
    ('A', 4),
    ('B', 19),
    ('C', 7),
    ('D', 10),
    ('E', 10),
    ('F', 18),
    ('G', 26),
    ('H', 16),
    ('I', 6),
    ('J', 12),
    ('K', 6),
    ('L', 5),
    ('M', 14),
    ('N', 0),
    ('O', 0),
];

fn expected() -> Vec<String> {
    let row = |(section, count): &(char, usize)| match count {
        0 => vec![section.to_string()],
        count => (1..=*count).map(|number| format!("{section}{number}")).collect(),
    };
    SECTIONS.iter().flat_map(row).collect()
}

/// The names of all tests in the crate.
fn tests(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, names);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut marked = false;
        for line in text.lines().map(str::trim) {
            marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            let name = line.trim_start_matches("async ").strip_prefix("fn ").filter(|_| marked);
            if let Some(name) = name {
                names.insert(name.split('(').next().unwrap().to_owned());
                marked = false;
            }
        }
    }
}

#[test]
fn every_row_is_there_and_shown_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = BTreeSet::new();
    tests(&root.join("src"), &mut names);
    tests(&root.join("tests"), &mut names);
    let document = std::fs::read_to_string(root.join("../../docs/pysnc-parity.md")).unwrap();
    let mut rows = Vec::new();
    for line in document.lines() {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [row, pysnc, here, shown] = cells.as_slice() else { continue };
        if *row == "row" {
            continue;
        }
        assert!(!pysnc.is_empty() && !here.is_empty(), "{row}");
        rows.push((*row).to_owned());
        let named: Vec<_> = shown.split('`').skip(1).step_by(2).collect();
        if shown.starts_with("By type: ") {
            continue;
        }
        assert!(!named.is_empty(), "{row} names no test");
        for name in named {
            assert!(names.contains(name), "{row}: there is no test `{name}`");
        }
    }
    assert_eq!(rows, expected());
}
