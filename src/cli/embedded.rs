//! The embedded instance of `demo` and `emulate`: its data, its listeners, its credentials.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use servicenow_emulator::load::{Load, Progress};
use servicenow_emulator::{Builder, Running};
use sncgate::config::Log;

use super::args::Data;
use super::progress;

/// Of the built-in accounts, the one that may do everything.
pub(crate) const USERNAME: &str = "admin";
/// Its password, which is no secret: the instance is reachable from this machine only.
pub(crate) const PASSWORD: &str = "admin";

/// Only what needs attention: these commands talk to a person.
pub(crate) fn quiet() -> Log {
    Log { level: "warn".to_owned(), ..Log::default() }
}

/// Makes and loads the instance's data where it has none, and serves it.
pub(crate) async fn start(builder: Builder, data: &Data) -> Result<Running> {
    let bar = progress::steps();
    let (made, loaded) = (bar.clone(), bar.clone());
    let mut builder = builder
        .on_progress(move |done| progress::step(&made, done.step, done.rows, done.total))
        .on_loading(move |done| match done {
            Progress::Read(rows) => progress::step(&loaded, "read", rows, rows),
            Progress::Written(rows, total) => progress::step(&loaded, "written", rows, total),
        });
    if let (Some(load), Some(map)) = (&data.load, &data.map) {
        let (table, file) = (load.table.clone(), load.file.clone());
        builder = builder.load(Load { table, file, map: map.clone() });
    }
    let running = builder.start().await.context("the embedded instance did not start");
    bar.finish_and_clear();
    running
}

/// The file of a demo's data: each set of data has its own, so that asking for another set neither fails nor
/// throws the first away.
pub(crate) fn file(folder: &Path, data: &Data) -> PathBuf {
    let loaded = data.load.as_ref().map_or_else(String::new, |load| {
        let stem = load.file.file_stem().unwrap_or_default().to_string_lossy();
        format!("{}-{stem}-", load.table)
    });
    folder.join(format!("{loaded}records-{}-seed-{}.db", data.records(), data.seed()))
}

/// The builder with what to make.
pub(crate) fn with_data(builder: Builder, data: &Data) -> Builder {
    builder.records(data.records()).seed(data.seed())
}

/// The certificate authority's file, as text; empty where it is not kept.
pub(crate) fn ca(running: &Running) -> String {
    running.ca_path().map_or_else(String::new, |path| {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_of_data_has_its_file() {
        let data = |records, load: Option<&str>| Data {
            records,
            seed: Some(7),
            load: load.map(|load| load.parse().unwrap()),
            map: None,
        };
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
}
