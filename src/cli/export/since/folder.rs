//! The folder of a table: a whole export, perhaps, and increments.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::cli::exit::Usage;

const INCREMENTS: &str = "increments";
const INCREMENT: &str = "increment.json";
/// Of a dataset that lies in the folder.
const MANIFEST: &str = "manifest.json";

pub(super) struct Folder {
    path: PathBuf,
}

/// What is known of an increment.
#[derive(Serialize)]
pub(super) struct Increment<'t> {
    pub(super) table: &'t str,
    pub(super) query: &'t str,
    /// Rows that changed.
    pub(super) rows: u64,
    /// Rows that are gone.
    pub(super) gone: u64,
    /// Whether it was asked which are.
    pub(super) deletes: bool,
    /// Where the next one begins.
    pub(super) cursor: &'t str,
}

/// What of it is read again, of an increment or of a dataset.
#[derive(Deserialize)]
struct Known {
    cursor: Option<String>,
}

/// An increment under way, under a hidden name. Dropped before its [commit](Begun::commit) it is removed.
pub(super) struct Begun {
    folder: PathBuf,
    number: u64,
    part: TempDir,
}

impl Folder {
    /// The folder, which need not be there yet.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") || path.is_file() || path.extension().is_some() {
            let text = format!("increments go into a folder: -o DIR/ in place of {}", path.display());
            return Err(Usage(text).into());
        }
        Ok(Folder { path: path.to_owned() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the newest increment stopped, or else the export before all of them.
    pub(super) fn last(&self) -> Result<Option<String>> {
        let newest = self.numbers()?.into_iter().max();
        let file = match newest {
            Some(number) => self.increment(number).join(INCREMENT),
            None => self.path.join(MANIFEST),
        };
        if newest.is_none() && !file.exists() {
            return Ok(None);
        }
        let shown = file.display();
        let text = fs::read(&file).with_context(|| format!("cannot read {shown}"))?;
        let known: Known =
            serde_json::from_slice(&text).with_context(|| format!("{shown} does not say where to go on"))?;
        Ok(known.cursor)
    }

    /// Begins the next one.
    pub(super) fn begin(&self) -> Result<Begun> {
        let number = self.numbers()?.into_iter().max().unwrap_or(0) + 1;
        fs::create_dir_all(&self.path).with_context(|| format!("cannot make {}", self.path.display()))?;
        let part = tempfile::Builder::new().prefix(".increment-").tempdir_in(&self.path);
        let part = part.with_context(|| format!("cannot write to {}", self.path.display()))?;
        Ok(Begun { folder: self.path.join(INCREMENTS), number, part })
    }

    fn numbers(&self) -> Result<Vec<u64>> {
        let folder = self.path.join(INCREMENTS);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            // What is no number is not ours.
            numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        Ok(numbers)
    }

    fn increment(&self, number: u64) -> PathBuf {
        self.path.join(INCREMENTS).join(name(number))
    }
}

impl Begun {
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.part.path().join(name)
    }

    /// Gives the increment its number, all of it at once. Fails where somebody else was quicker.
    pub(super) fn commit(self, increment: &Increment<'_>) -> Result<PathBuf> {
        let text = serde_json::to_vec_pretty(increment).expect("a struct of text and numbers serializes");
        let file = self.file(INCREMENT);
        fs::write(&file, text)?;
        File::open(&file)?.sync_all()?;
        File::open(self.part.path())?.sync_all()?;
        share(self.part.path())?;
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(name(self.number));
        fs::rename(self.part.path(), &path)
            .with_context(|| format!("{} was written by somebody else meanwhile", path.display()))?;
        File::open(&self.folder)?.sync_all()?;
        Ok(path)
    }
}

fn name(number: u64) -> String {
    format!("{number:06}")
}

/// Temporary folders are their owner's alone; a result is for others, too.
#[cfg(unix)]
fn share(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn share(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn increment(cursor: &str) -> Increment<'_> {
        Increment { table: "incident", query: "", rows: 1, gone: 0, deletes: true, cursor }
    }

    #[test]
    fn increments_follow_each_other_and_the_newest_is_gone_on_from() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("incident")).unwrap();
        assert_eq!(folder.last().unwrap(), None);
        fs::create_dir(folder.path()).unwrap();
        fs::write(folder.path().join(MANIFEST), r#"{"cursor":"base","rows":7}"#).unwrap();
        assert_eq!(folder.last().unwrap().as_deref(), Some("base"));
        for (number, cursor) in [(1, "a"), (2, "b")] {
            let path = folder.begin().unwrap().commit(&increment(cursor)).unwrap();
            assert!(path.ends_with(format!("increments/00000{number}")), "{path:?}");
            assert_eq!(folder.last().unwrap().as_deref(), Some(cursor));
        }
        // One that is not finished is not there, and of two at once one wins.
        drop(folder.begin().unwrap());
        let (one, other) = (folder.begin().unwrap(), folder.begin().unwrap());
        fs::write(one.file("rows.parquet"), "x").unwrap();
        one.commit(&increment("c")).unwrap();
        assert!(other.commit(&increment("d")).is_err());
        assert_eq!(folder.last().unwrap().as_deref(), Some("c"));
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
    }

    #[test]
    fn a_file_is_no_folder() {
        for path in ["-", "out.parquet", "a/b.csv"] {
            assert!(Folder::open(Path::new(path)).is_err(), "{path}");
        }
    }
}
