//! What the embedded instance is filled with. A file of data is whole or not there: it gets its name when it is
//! done, so that a start that was interrupted is simply begun again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use servicenow_emulator::load::{Load, Progress};
use servicenow_emulator::{Builder, Emulator};

use crate::cli::args::Data;
use crate::cli::progress;

/// The file of a demo's data: each set of data has its own, so that asking for another set neither fails nor
/// throws the first away.
pub(crate) fn file(folder: &Path, data: &Data) -> PathBuf {
    let loaded = data.load.as_ref().map_or_else(String::new, |load| {
        let stem = load.file.file_stem().unwrap_or_default().to_string_lossy();
        format!("{}-{stem}-", load.table)
    });
    folder.join(format!("{loaded}records-{}-seed-{}.db", data.records(), data.seed()))
}

/// The builder with this file, which is made where it is not there.
pub(crate) async fn kept(builder: Builder, file: &Path, data: &Data) -> Result<Builder> {
    if !file.exists() {
        make(file, data).await?;
    }
    let mut builder = with_load(builder.database(file), data);
    // What is there is taken as it is, unless other numbers are asked for: that is refused.
    if let Some(records) = data.records {
        builder = builder.records(records);
    }
    if let Some(seed) = data.seed {
        builder = builder.records(data.records()).seed(seed);
    }
    Ok(builder)
}

/// The builder with data that go with the instance.
pub(crate) fn private(builder: Builder, data: &Data) -> Builder {
    with_load(builder, data).records(data.records()).seed(data.seed())
}

async fn make(file: &Path, data: &Data) -> Result<()> {
    let part = beside(file, ".part");
    for leftover in [part.clone(), beside(&part, "-wal"), beside(&part, "-shm")] {
        match std::fs::remove_file(&leftover) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", leftover.display()));
            }
            _ => {}
        }
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let bar = progress::steps();
    let builder = watched(private(Emulator::builder().database(&part), data), &bar);
    let made = tokio::task::spawn_blocking(move || builder.open().map(drop)).await?;
    bar.finish_and_clear();
    made.context("cannot make the embedded instance's data")?;
    std::fs::rename(&part, file).with_context(|| format!("cannot write {}", file.display()))
}

fn with_load(builder: Builder, data: &Data) -> Builder {
    let (Some(load), Some(map)) = (&data.load, &data.map) else { return builder };
    builder.load(Load { table: load.table.clone(), file: load.file.clone(), map: map.clone() })
}

fn watched(builder: Builder, bar: &ProgressBar) -> Builder {
    let (made, loaded) = (bar.clone(), bar.clone());
    builder.on_progress(move |done| progress::step(&made, done.step, done.rows, done.total)).on_loading(
        move |done| match done {
            Progress::Read(rows) => progress::step(&loaded, "read", rows, rows),
            Progress::Written(rows, total) => progress::step(&loaded, "written", rows, total),
        },
    )
}

/// The same name with an end.
fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(end);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(records: Option<u64>, load: Option<&str>) -> Data {
        Data { records, seed: Some(7), load: load.map(|load| load.parse().unwrap()), map: None }
    }

    #[test]
    fn each_set_of_data_has_its_file() {
        let cases = [
            (data(None, None), "d/records-500-seed-7.db"),
            (data(Some(0), None), "d/records-0-seed-7.db"),
            (data(None, Some("incident=/x/log.zip")), "d/incident-log-records-0-seed-7.db"),
            (data(Some(9), Some("incident=log.csv")), "d/incident-log-records-9-seed-7.db"),
        ];
        for (data, expected) in cases {
            assert_eq!(file(Path::new("d"), &data), Path::new(expected), "{data:?}");
        }
    }

    /// A start that was interrupted leaves a part behind, and nothing under the file's own name.
    #[tokio::test]
    async fn a_part_that_was_left_is_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deeper/instance.db");
        std::fs::create_dir(folder.path().join("deeper")).unwrap();
        std::fs::write(beside(&file, ".part"), "not a database").unwrap();
        let builder = kept(Emulator::builder(), &file, &data(Some(0), None)).await.unwrap();
        builder.open().unwrap();
        let names = std::fs::read_dir(file.parent().unwrap()).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["instance.db"]);
    }
}
