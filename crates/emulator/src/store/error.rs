//! What can go wrong with the file.

use std::path::PathBuf;

use crate::schema;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The dictionary in the file is broken.
    #[error("dictionary: {0}")]
    Schema(#[from] schema::Error),
    /// The place for the file cannot be used.
    #[error("{path}: {source}")]
    Place {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds tables, but not an instance's.
    #[error("the file is a database of something else")]
    Foreign,
    /// Filling the file was cut short.
    #[error("the file was not filled to its end: delete it and make it anew")]
    Unfinished,
    /// The file was written by another version.
    #[error("the file has format {found}, this version reads {known}: make it anew")]
    Format {
        /// In the file.
        found: String,
        /// Of this version.
        known: &'static str,
    },
}
