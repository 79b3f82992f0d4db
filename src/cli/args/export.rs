//! Exporting records.

use std::path::Path;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use columnar::file::{Compression, Format};
use sncgate_client::Types;

use super::query::Rows;
use super::{Output, Shown};

/// Write all records of a query to a file, as typed columns
///
/// The file's name says its format: .parquet, .arrow, .csv or .ndjson. It has its name only once it is whole. Columns
/// are typed as the instance's dictionary says; empty values are null. Parts of the table are read at once, so rows
/// come in no order.
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// The file, or - for stdout
    #[arg(id = "output", short = 'o', long = "output", value_name = "FILE")]
    #[arg(value_parser = PathBufValueParser::new().map(Output::File))]
    file: Output,
    /// The format, where the file's name does not say it: parquet, arrow, csv, ndjson
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Columns, separated by commas, dot-walked through references where they have dots [default: all]
    #[arg(long, value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// How values are shown
    #[arg(long, value_name = "MODE", default_value = "value")]
    pub(crate) display: Shown,
    /// How columns are typed
    #[arg(long, value_name = "TYPES", default_value = "typed")]
    pub(crate) types: TypesChoice,
    /// How Parquet and Arrow files are compressed: zstd, snappy, none
    #[arg(long, value_name = "CODEC", default_value = "zstd")]
    pub(crate) compression: Compression,
    /// Only what changed since: `last`, which goes on where the folder's newest increment stopped; `beginning`; a moment,
    /// as 2026-01-01T00:00:00Z; or a Parquet file that this command wrote. The output is then a folder, in which
    /// increments/000001 and so on hold rows.parquet and deleted.parquet
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// With --since: do not ask which rows were deleted, or do not match any more
    #[arg(long, requires = "since")]
    pub(crate) no_deletes: bool,
    /// Parts that are read at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) parallel: u8,
}

impl Export {
    /// Where it goes; `-` is stdout.
    pub(crate) fn file(&self) -> &Path {
        match &self.file {
            Output::File(path) => path,
            Output::Format(_) => unreachable!("its own parser makes files"),
        }
    }
}

/// How columns are typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TypesChoice {
    /// As the dictionary says
    #[default]
    Typed,
    /// All text, as the instance stores it
    String,
}

impl From<TypesChoice> for Types {
    fn from(choice: TypesChoice) -> Self {
        match choice {
            TypesChoice::Typed => Self::Typed,
            TypesChoice::String => Self::String,
        }
    }
}
