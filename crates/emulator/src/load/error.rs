//! Why a file was not loaded. Nothing of it is then in the instance.

use std::path::{Path, PathBuf};

use crate::{schema, store};

/// A file, map or value that does not fit.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The map is not as it should be.
    #[error("map {path}: {problem}")]
    Map {
        /// The map's file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The archive does not hold exactly one csv file, or is damaged.
    #[error("{path}: {problem}")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The header and the map do not agree, or the map names what the instance does not have.
    #[error("column {column}: {problem}")]
    Column {
        /// The foreign column.
        column: String,
        /// What is wrong.
        problem: String,
    },
    /// A row is broken.
    #[error("line {line}: {problem}")]
    Row {
        /// Counted from 1, the header included.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A value does not fit its column.
    #[error("line {line}, column {column}: {value:?} {problem}")]
    Value {
        /// Counted from 1, the header included.
        line: u64,
        /// The foreign column.
        column: String,
        /// As it stands in the file, cut to 80 characters.
        value: String,
        /// What is wrong.
        problem: String,
    },
    /// The table does not exist.
    #[error("no table is named {0:?}")]
    UnknownTable(String),
    /// The dictionary refuses a new column.
    #[error(transparent)]
    Schema(#[from] schema::Error),
    /// The instance's file failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Error::Store(error.into())
    }
}

impl Error {
    pub(super) fn file(path: &Path, source: std::io::Error) -> Self {
        Error::File { path: path.to_owned(), source }
    }

    pub(super) fn column(column: &str, problem: impl Into<String>) -> Self {
        Error::Column { column: column.to_owned(), problem: problem.into() }
    }

    pub(super) fn value(line: u64, column: &str, value: &str, problem: impl Into<String>) -> Self {
        let value = value.chars().take(80).collect();
        Error::Value { line, column: column.to_owned(), value, problem: problem.into() }
    }
}
