use super::*;

/// Missing fields, separators, quotes, line breaks, terminal codes, wide letters and a value that is too long.
fn rows() -> (Vec<Column>, Vec<Vec<Cell>>) {
    let columns =
        vec![Column::new("number"), Column::both("state"), Column::new("text"), Column::nested("tree")];
    let both = |value: &str, shown: &str| Cell::Both {
        value: value.into(),
        display_value: shown.into(),
        link: if value.is_empty() { String::new() } else { format!("https://x/{value}") },
    };
    let text = |text: &str| Cell::Text(text.into());
    let tree = Cell::Nested(serde_json::json!({"field": "a"}));
    let rows = vec![
        vec![text("INC1"), both("1", "New"), text("a, \"b\"\nc"), Cell::Missing],
        vec![text("INC22"), Cell::Missing, text("日本語 ✓"), Cell::Missing],
        vec![text("INC333"), both("", ""), text("\u{1b}[31mred"), tree],
        vec![Cell::Missing, both("7", "Closed"), text(&"long ".repeat(20)), Cell::Missing],
    ];
    (columns, rows)
}

fn written(format: Format, pages: &[&[Vec<Cell>]]) -> String {
    let mut bytes = Vec::new();
    let mut out = Rows::new(format, true, rows().0, &mut bytes);
    for page in pages {
        out.write(page).unwrap();
    }
    out.finish().unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn table() {
    let (_, rows) = rows();
    insta::assert_snapshot!(written(Format::Table, &[&rows]));
}

#[test]
fn csv() {
    let (_, rows) = rows();
    insta::assert_snapshot!(written(Format::Csv, &[&rows]));
}

#[test]
fn json() {
    let (_, rows) = rows();
    insta::assert_snapshot!(written(Format::Json, &[&rows]));
}

#[test]
fn ndjson() {
    let (_, rows) = rows();
    insta::assert_snapshot!(written(Format::Ndjson, &[&rows]));
}

#[test]
fn yaml() {
    let (_, rows) = rows();
    insta::assert_snapshot!(written(Format::Yaml, &[&rows]));
}

/// However the rows are cut into pages, the answer is the same. (A table's widths are those of its first page.)
#[test]
fn pages_do_not_show() {
    let (columns, rows) = rows();
    for format in [Format::Csv, Format::Json, Format::Ndjson, Format::Yaml] {
        let whole = written(format, &[&rows]);
        assert_eq!(written(format, &[&rows[..1], &[], &rows[1..]]), whole, "{format:?}");
        assert_eq!(written(format, &[&[], &rows[..3], &rows[3..], &[]]), whole, "{format:?}");
    }
    assert_eq!(columns.len(), rows[0].len());
}

#[test]
fn what_is_written_reads_back() {
    let (_, rows) = rows();
    let json: Vec<serde_json::Value> = serde_json::from_str(&written(Format::Json, &[&rows])).unwrap();
    let yaml: Vec<serde_json::Value> = serde_yaml_ng::from_str(&written(Format::Yaml, &[&rows])).unwrap();
    assert_eq!(json, yaml);
    assert_eq!(json[0]["text"], "a, \"b\"\nc");

    let text = written(Format::Csv, &[&rows]);
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let lines: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), rows.len());
    assert_eq!(&lines[0][3], "a, \"b\"\nc");
}

#[test]
fn no_rows() {
    let cases = [
        (Format::Table, "number  state  dv_state  text\n"),
        (Format::Csv, "number,state,dv_state,text\n"),
        (Format::Json, "[]\n"),
        (Format::Ndjson, ""),
        (Format::Yaml, "[]\n"),
    ];
    for (format, expected) in cases {
        assert_eq!(written(format, &[]), expected, "{format:?}");
        assert_eq!(written(format, &[&[]]), expected, "{format:?}");
    }
}

#[test]
fn one_thing() {
    let columns = || vec![Column::new("number"), Column::new("open"), Column::new("tables")];
    let cells = vec![Cell::Number(3), Cell::Flag(true), Cell::List(vec!["task".into(), "cmdb".into()])];
    let cases = [
        (Format::Table, "number  3\nopen    true\ntables  task, cmdb\n"),
        (Format::Csv, "number,open,tables\n3,true,\"task, cmdb\"\n"),
        (
            Format::Json,
            "{\n  \"number\": 3,\n  \"open\": true,\n  \"tables\": [\n    \"task\",\n    \"cmdb\"\n  ]\n}\n",
        ),
        (Format::Ndjson, "{\"number\":3,\"open\":true,\"tables\":[\"task\",\"cmdb\"]}\n"),
        (Format::Yaml, "number: 3\nopen: true\ntables:\n- task\n- cmdb\n"),
    ];
    for (format, expected) in cases {
        let mut bytes = Vec::new();
        write_one(format, true, columns(), cells.clone(), &mut bytes).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), expected, "{format:?}");
    }
}

/// A reader that went away is told as such by every format.
#[test]
fn a_broken_pipe_stays_one() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (columns, rows) = rows();
    for format in [Format::Table, Format::Csv, Format::Json, Format::Ndjson, Format::Yaml] {
        let error = Rows::new(format, true, columns.clone(), Broken).write(&rows).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format:?}");
    }
}
