//! What files there are.

use std::path::Path;
use std::str::FromStr;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Apache Parquet: small, typed, read by everything that analyses.
    Parquet,
    /// An Arrow IPC file (Feather 2): typed, mapped into memory without decoding.
    Arrow,
    /// RFC 4180, UTF-8, with a line of names.
    Csv,
    /// One JSON object in each line.
    Ndjson,
}

/// How the parts of a file are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Zstandard at its quickest.
    #[default]
    Zstd,
    /// Snappy: quicker still, and larger. Not for Arrow files.
    Snappy,
    /// Not at all.
    None,
}

impl Format {
    /// What a file's name says it is.
    pub fn of_path(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.parse().ok()
    }

    /// The usual ending of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "parquet" => Ok(Self::Parquet),
            "arrow" | "feather" | "ipc" => Ok(Self::Arrow),
            "csv" => Ok(Self::Csv),
            "ndjson" | "jsonl" => Ok(Self::Ndjson),
            _ => Err("files are parquet, arrow, csv or ndjson"),
        }
    }
}

impl FromStr for Compression {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "zstd" => Ok(Self::Zstd),
            "snappy" => Ok(Self::Snappy),
            "none" => Ok(Self::None),
            _ => Err("files are compressed by zstd, by snappy, or by none"),
        }
    }
}
