//! The file: csv as it is, or the one csv file of a zip archive. Nothing is unpacked to disk.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use zip::ZipArchive;

use super::Error;

/// How a zip archive begins.
const MAGIC: &[u8; 4] = b"PK\x03\x04";

/// Runs `work` on the csv text.
pub(super) fn read<T>(path: &Path, work: impl FnOnce(&mut dyn Read) -> Result<T, Error>) -> Result<T, Error> {
    let mut file = File::open(path).map_err(|source| Error::file(path, source))?;
    let mut head = Vec::new();
    file.by_ref().take(4).read_to_end(&mut head).map_err(|source| Error::file(path, source))?;
    file.rewind().map_err(|source| Error::file(path, source))?;
    if head != MAGIC {
        return work(&mut file);
    }
    let refuse = |problem: String| Error::Archive { path: path.to_owned(), problem };
    let mut archive = ZipArchive::new(file).map_err(|error| refuse(error.to_string()))?;
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.into_owned()).collect();
    let tables: Vec<&String> = names.iter().filter(|name| name.to_lowercase().ends_with(".csv")).collect();
    let [table] = tables.as_slice() else {
        return Err(refuse(format!("the archive holds {} csv files, not one", tables.len())));
    };
    let mut entry = archive.by_name(table).map_err(|error| refuse(error.to_string()))?;
    work(&mut entry)
}
