//! Loads foreign records from a csv file, or from a zip archive that holds one, by a map that names the columns.
//!
//! Labels become choice values, names become references (the referred records are made), dates become UTC, and of
//! several rows of one record the final state is kept. Everything happens in one transaction: an error leaves
//! nothing behind and says the line and the column. It does not apply what the platform does on a write (numbers,
//! priorities, journals): the file is the truth, only what the map leaves out gets its default.
//!
//! Memory: one row per record while the file is read (about half a kilobyte each for the incident log) and one
//! entry per distinct name; both are bounded.

mod archive;
mod cell;
mod choices;
mod columns;
mod error;
pub(crate) mod events;
mod keep;
mod map;
mod references;
#[cfg(test)]
mod tests;
mod write;

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::store::{self, Store};

pub use error::Error;

use map::Map;

/// What to load, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// The table the records go into.
    pub table: String,
    /// A csv file with a header, or a zip archive with one such file.
    pub file: PathBuf,
    /// The map, a TOML file.
    pub map: PathBuf,
}

/// How far the loading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Rows of the file read.
    Read(u64),
    /// Records written, of so many.
    Written(u64, u64),
}

/// What was loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows of the file.
    pub rows: u64,
    /// Records in the table.
    pub records: u64,
    /// Records that were referred to by name and made.
    pub referred: u64,
    /// Choices that were not known and made.
    pub choices: u64,
    /// Columns made.
    pub columns: u64,
    /// The same file was loaded by the same map before; nothing was read or written.
    pub kept: bool,
}

/// Loads the file. Loading it again replaces the records with the same key.
pub fn file(store: &Store, load: &Load, progress: &mut dyn FnMut(Progress)) -> Result<Summary, Error> {
    let map = Map::read(&load.map)?;
    let note = format!("load {}", load.table);
    let fingerprint = fingerprint(&[&load.map, &load.file])?;
    if store.note(&note)?.as_ref() == Some(&fingerprint) {
        return Ok(Summary { kept: true, ..Summary::default() });
    }
    // Every record is looked up by its key and every name by its display value.
    store.build_indexes()?;
    let kept = archive::read(&load.file, |reader| keep::final_rows(reader, &map, progress))?;
    let summary = store.write(|transaction| {
        let summary = write::write(transaction, &load.table, &map, &kept, progress)?;
        store::set_note(transaction, &note, &fingerprint)?;
        Ok::<_, Error>(summary)
    })?;
    store.reload_schema()?;
    store.build_indexes()?;
    Ok(summary)
}

fn fingerprint(files: &[&Path]) -> Result<String, Error> {
    let mut hash = Sha256::new();
    for path in files {
        let mut file = std::fs::File::open(path).map_err(|source| Error::file(path, source))?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = file.read(&mut buffer).map_err(|source| Error::file(path, source))?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
        }
        hash.update([0]);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
