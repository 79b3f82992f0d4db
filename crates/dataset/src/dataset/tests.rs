//! Whole or not there, the same from the same rows, and read back.

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use columnar::file::Format;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

fn batch(numbers: std::ops::Range<i64>) -> RecordBatch {
    let keys = numbers.clone().map(|number| format!("{number:032x}"));
    let state = numbers.clone().map(|number| if number % 9 == 0 { None } else { Some(number % 7) });
    let columns: [(&str, ArrayRef); 3] = [
        ("sys_id", Arc::new(StringArray::from_iter_values(keys))),
        ("state", Arc::new(state.collect::<Int64Array>())),
        ("number", Arc::new(numbers.collect::<Int64Array>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

async fn open(folder: &Path, layout: &Layout, run: &str, replace: bool) -> Result<Dataset, Error> {
    Dataset::open(Place::folder(folder), layout.clone(), batch(0..0).schema(), run, replace).await
}

/// Rows as one range, in pages of this size.
async fn range(dataset: &Dataset, number: u32, rows: std::ops::Range<i64>, page: i64) -> Vec<Part> {
    let mut writer = dataset.range(number).unwrap();
    let mut start = rows.start;
    while start < rows.end {
        let end = rows.end.min(start + page);
        writer.write(batch(start..end)).await.unwrap();
        start = end;
    }
    writer.finish().await.unwrap()
}

async fn written(folder: &Path, layout: &Layout, run: &str, page: i64) -> Manifest {
    let dataset = open(folder, layout, run, true).await.unwrap();
    let mut parts = range(&dataset, 0, 0..30_000, page).await;
    parts.extend(range(&dataset, 1, 30_000..50_000, page).await);
    dataset.commit(Written { parts, ..Written::default() }).await.unwrap()
}

/// Every file's bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn numbers(folder: &Path, part: &Part) -> Vec<i64> {
    let file = std::fs::File::open(folder.join(&part.path)).unwrap();
    let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let column = |batch: RecordBatch| {
        let column = batch.column_by_name("number").unwrap();
        column.as_primitive::<arrow_array::types::Int64Type>().values().to_vec()
    };
    batches.flat_map(|batch| column(batch.unwrap())).collect()
}

fn layouts() -> Vec<Layout> {
    let by = |text: &str| vec![text.parse().unwrap()];
    vec![
        Layout::default(),
        Layout { part_rows: 7_000, ..Layout::default() },
        Layout { part_bytes: 20_000, ..Layout::default() },
        Layout { partition_by: by("state"), ..Layout::default() },
        Layout { partition_by: by("state"), part_rows: 1_000, ..Layout::default() },
        Layout { partition_by: by("state"), format: Format::Csv, ..Layout::default() },
    ]
}

#[tokio::test]
async fn the_same_rows_make_the_same_files_however_they_come() {
    for layout in layouts() {
        let golden = tempfile::tempdir().unwrap();
        let manifest = written(golden.path(), &layout, "r", 50_000).await;
        assert_eq!(manifest.rows, 50_000);
        let golden = files(golden.path());
        assert_eq!(golden.len(), manifest.parts.len() + 1);
        for page in [997, 8_192] {
            let folder = tempfile::tempdir().unwrap();
            written(folder.path(), &layout, "r", page).await;
            assert!(files(folder.path()) == golden, "pages of {page}: {layout:?}");
        }
    }
}

#[tokio::test]
async fn every_row_is_in_one_part_and_the_manifest_says_which() {
    for layout in layouts().into_iter().filter(|layout| layout.format == Format::Parquet) {
        let folder = tempfile::tempdir().unwrap();
        let manifest = written(folder.path(), &layout, "r", 3_000).await;
        let mut all = Vec::new();
        for part in &manifest.parts {
            let rows = numbers(folder.path(), part);
            assert_eq!(rows.len() as u64, part.rows);
            assert!(part.rows <= layout.part_rows && rows.is_sorted());
            assert_eq!(part.bytes, files(folder.path())[&part.path].len() as u64);
            if let Some(state) = part.partition.get("state") {
                let is = |number: &i64| if number % 9 == 0 { None } else { Some((number % 7).to_string()) };
                assert!(rows.iter().all(|number| is(number) == *state), "{}", part.path);
            }
            all.extend(rows);
        }
        all.sort_unstable();
        assert!(all == (0..50_000).collect::<Vec<_>>(), "{layout:?}");
    }
}

/// More folders than writers may be open: each is closed and begun again, and no row is lost.
#[tokio::test]
async fn more_folders_than_writers_make_more_parts() {
    let layout = Layout { partition_by: vec!["number".parse().unwrap()], ..Layout::default() };
    let folder = tempfile::tempdir().unwrap();
    let dataset = open(folder.path(), &layout, "r", false).await.unwrap();
    let mut writer = dataset.range(0).unwrap();
    for _ in 0..410 {
        writer.write(batch(0..40)).await.unwrap();
    }
    // 16,400 rows are cut into folders 8192 at a time: each of the 40 folders is met in both of the large cuts, and was
    // closed in between.
    let parts = writer.finish().await.unwrap();
    assert!(parts.len() >= 80, "{}", parts.len());
    let mut rows: Vec<i64> = Vec::new();
    for part in &parts {
        let number: i64 = part.partition["number"].as_ref().unwrap().parse().unwrap();
        rows.extend(vec![number; usize::try_from(part.rows).unwrap()]);
    }
    rows.sort_unstable();
    assert!((0..40).all(|number| rows.iter().filter(|row| **row == number).count() == 410));

    let too_many = dataset.range(1).unwrap().write(batch(0..10_000)).await.unwrap_err();
    assert!(too_many.to_string().contains("more than 4096 parts"), "{too_many}");
}

#[tokio::test]
async fn a_range_that_is_given_up_leaves_nothing_that_looks_whole() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout { part_rows: 10_000, ..Layout::default() };
    let golden = tempfile::tempdir().unwrap();
    written(golden.path(), &layout, "r", 1_000).await;

    let dataset = open(folder.path(), &layout, "r", false).await.unwrap();
    let mut writer = dataset.range(0).unwrap();
    writer.write(batch(0..25_000)).await.unwrap();
    drop(writer);
    let left = files(folder.path());
    assert!(left.keys().all(|name| name.ends_with(".parquet")) && left.len() == 2, "{:?}", left.keys());
    assert!(Manifest::at(&Place::folder(folder.path())).await.unwrap().is_none());

    // The same run goes on, and ends as if nothing had been.
    written(folder.path(), &layout, "r", 2_000).await;
    assert!(files(folder.path()) == files(golden.path()));
}

#[tokio::test]
async fn an_export_replaces_another_only_where_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout { partition_by: vec!["state".parse().unwrap()], ..Layout::default() };
    written(folder.path(), &Layout { part_rows: 5_000, ..layout.clone() }, "a", 5_000).await;
    let before = files(folder.path());
    let occupied = open(folder.path(), &layout, "b", false).await.err().map(|error| error.to_string());
    assert!(occupied.unwrap_or_default().contains("holds an export already"));

    let dataset = open(folder.path(), &layout, "b", true).await.unwrap();
    let parts = range(&dataset, 0, 0..100, 100).await;
    for (name, bytes) in &before {
        assert!(files(folder.path())[name] == *bytes, "{name} changed before the new set was whole");
    }
    let manifest = dataset.commit(Written { parts, ..Written::default() }).await.unwrap();
    let after = files(folder.path());
    assert_eq!(after.len(), manifest.parts.len() + 1);
    assert!(manifest.parts.iter().all(|part| after.contains_key(&part.path)));
    assert!(open(folder.path(), &layout, "b", false).await.unwrap().finished().is_some());
}

#[tokio::test]
async fn parts_that_are_discarded_take_their_folders_along() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout { partition_by: vec!["state".parse().unwrap()], ..Layout::default() };
    let dataset = open(folder.path(), &layout, "r", false).await.unwrap();
    range(&dataset, 0, 0..100, 100).await;
    std::fs::write(folder.path().join("state=1/.part-00001-0000-r.parquet.sncgate-part"), "killed").unwrap();
    std::fs::write(folder.path().join("state=1/part-00001-0000-other.parquet"), "somebody else's").unwrap();
    discard(&Place::folder(folder.path()), "r").await.unwrap();
    assert_eq!(files(folder.path()).len(), 1);

    let manifest = written(folder.path(), &layout, "s", 10_000).await;
    discard(&Place::folder(folder.path()), "s").await.unwrap();
    assert_eq!(files(folder.path()).len(), manifest.parts.len() + 2, "what is finished stays");
}
