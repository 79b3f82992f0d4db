//! Import sets.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Import rows through a staging table, whose transform maps write records
///
/// Prints what became of each row, in the file's order, and fails where a row failed. A file is checked whole before its
/// first row is sent.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The staging table, as "u_imp_incident"
    #[arg(value_name = "STAGING_TABLE")]
    pub(crate) table: String,
    /// CSV with a line of column names, or one JSON object in each line; - for stdin
    pub(crate) file: PathBuf,
    /// What the file holds [default: what its ending says; stdin: ndjson]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<RowFormat>,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// RFC 4180, with a line of column names
    Csv,
    /// One object in each line
    Ndjson,
}
