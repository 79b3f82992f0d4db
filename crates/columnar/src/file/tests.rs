//! What is written is what is read back, whatever the batches were.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{ArrayAccessor, RecordBatch, StringArray};
use servicenow::{ChoiceMode, ColumnInfo, DisplayMode};

use super::*;
use crate::{Columns, Decoder, Types};

const FORMATS: [Format; 4] = [Format::Parquet, Format::Arrow, Format::Csv, Format::Ndjson];

fn decoder() -> Decoder {
    let info =
        |internal_type: &str| ColumnInfo { internal_type: internal_type.to_owned(), ..ColumnInfo::default() };
    let choice = ColumnInfo { choice_mode: ChoiceMode::Dropdown, ..info("string") };
    let infos = [
        ("sys_id", info("GUID")),
        ("category", choice),
        ("count", info("integer")),
        ("at", info("glide_date_time")),
        ("span", info("glide_duration")),
        ("cost", info("currency")),
        ("day", info("glide_date")),
        ("active", info("boolean")),
    ];
    let fields: Vec<_> = infos.iter().map(|(name, info)| ((*name).to_owned(), Some(info))).collect();
    Decoder::new(Arc::new(Columns::new(&fields, DisplayMode::Value, Types::Typed)))
}

fn category(number: usize) -> String {
    // Later pages have labels that earlier ones lack, and in another order.
    format!("label {}", (number / 7 + number * 3) % (2 + number / 5000))
}

fn page(numbers: std::ops::Range<usize>) -> RecordBatch {
    let row = |number: usize| {
        format!(
            r#"{{"sys_id":"{number:032x}","category":"{}","count":"{number}","at":"2024-02-29 23:59:58","span":"1970-01-01 01:00:00","cost":"1.5","day":"2024-02-29","active":"true"}}"#,
            category(number)
        )
    };
    let rows = numbers.map(row).collect::<Vec<_>>().join(",");
    decoder().decode(format!(r#"{{"result":[{rows}]}}"#).as_bytes()).unwrap().columns
}

#[test]
fn a_parquet_file_says_what_it_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.parquet");
    let options =
        Options { metadata: vec![("sncgate.cursor".to_owned(), "c".to_owned())], ..Options::default() };
    let part = Part::create(&path).unwrap();
    Writer::new(Format::Parquet, &page(0..0).schema(), &options, part)
        .unwrap()
        .finish()
        .unwrap()
        .commit()
        .unwrap();
    let told = metadata(&path).unwrap();
    assert!(told.contains(&("sncgate.cursor".to_owned(), "c".to_owned())), "{told:?}");
    std::fs::write(&path, "x").unwrap();
    assert!(metadata(&path).is_err() && metadata(&folder.path().join("none")).is_err());
}

/// All rows as a file of pages of this size.
fn written(format: Format, rows: usize, page_size: usize) -> Vec<u8> {
    let schema = page(0..0).schema();
    let mut writer = Writer::new(format, &schema, &Options::default(), Vec::new()).unwrap();
    for start in (0..rows).step_by(page_size) {
        writer.write(page(start..rows.min(start + page_size))).unwrap();
    }
    assert_eq!(writer.rows(), rows as u64);
    writer.finish().unwrap()
}

fn assert_rows(batches: &[RecordBatch], rows: usize) {
    let mut number = 0;
    for batch in batches {
        let labels = batch.column_by_name("category").unwrap().as_dictionary::<Int32Type>();
        let labels = labels.downcast_dict::<StringArray>().unwrap();
        let counts = batch.column_by_name("count").unwrap().as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            assert_eq!((labels.value(row), counts.value(row)), (category(number).as_str(), number as i64));
            number += 1;
        }
    }
    assert_eq!(number, rows);
}

#[test]
fn the_same_rows_make_the_same_bytes() {
    for format in FORMATS {
        let golden = written(format, 20_000, 20_000);
        for page_size in [500, 3_333, 8_192] {
            assert!(written(format, 20_000, page_size) == golden, "{format:?} by pages of {page_size}");
        }
    }
}

#[test]
fn parquet_and_arrow_files_are_read_back() {
    let bytes = written(Format::Parquet, 20_000, 1_000);
    let reader =
        ::parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(bytes::Bytes::from(bytes), 4096)
            .unwrap();
    assert_rows(&reader.collect::<Result<Vec<_>, _>>().unwrap(), 20_000);

    let bytes = written(Format::Arrow, 20_000, 1_000);
    let reader = arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
    assert_rows(&reader.collect::<Result<Vec<_>, _>>().unwrap(), 20_000);
}

#[test]
fn text_formats_say_what_people_expect() {
    let csv = String::from_utf8(written(Format::Csv, 1, 1)).unwrap();
    assert_eq!(
        csv,
        "sys_id,category,count,at,span,cost,day,active\n\
         00000000000000000000000000000000,label 0,0,2024-02-29T23:59:58Z,PT3600S,1.500000000,2024-02-29,true\n"
    );
    let line = String::from_utf8(written(Format::Ndjson, 1, 1)).unwrap();
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["at"], "2024-02-29T23:59:58Z");
    assert_eq!(value["count"], 0);
    assert_eq!(value["active"], true);
    assert!(line.ends_with('\n') && line.lines().count() == 1);
}

#[test]
fn a_file_without_rows_has_its_columns() {
    assert_eq!(written(Format::Csv, 0, 1), b"sys_id,category,count,at,span,cost,day,active\n");
    assert_eq!(written(Format::Ndjson, 0, 1), b"");
    for format in [Format::Parquet, Format::Arrow] {
        assert!(!written(format, 0, 1).is_empty());
    }
}

#[test]
fn a_part_has_its_name_only_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    let listed = || {
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>()
    };
    let mut part = Part::create(&path).unwrap();
    part.write_all(b"half").unwrap();
    assert!(!path.exists() && listed()[0].to_str().unwrap().starts_with('.'));
    drop(part);
    assert!(listed().is_empty(), "what is given up leaves nothing");

    let mut part = Part::create(&path).unwrap();
    part.write_all(b"whole").unwrap();
    assert_eq!(part.commit().unwrap(), 5);
    assert_eq!((std::fs::read(&path).unwrap(), listed().len()), (b"whole".to_vec(), 1));
    assert!(Part::create(&folder.path().join("none/out.csv")).is_err());
}

#[test]
fn a_full_disk_is_told_as_one() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in FORMATS {
        let written = Writer::new(format, &page(0..0).schema(), &Options::default(), Full)
            .and_then(|mut writer| writer.write(page(0..20_000)).and_then(|()| writer.finish().map(|_| ())));
        let told = written.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains("no storage space"), "{format:?}: {told}");
    }
}
