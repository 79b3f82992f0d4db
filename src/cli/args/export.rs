//! Exporting records.

use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use columnar::file::{Compression, Format};
use dataset::PartitionBy;
use sncgate_client::Types;

use super::query::Rows;
use super::{Output, Shown};

/// Write all records of a query to a file or a dataset, as typed columns
///
/// A file's name says its format: .parquet, .arrow, .csv or .ndjson. It has its name only once it is whole. A name that
/// ends with /, a folder that is there, or s3://bucket/prefix becomes a dataset: parts and, once they are whole, a
/// manifest.json that lists them. Columns are typed as the instance's dictionary says; empty values are null. Parts of
/// the table are read at once, so rows of a file come in no order; those of a dataset's part are in sys_id order.
///
/// S3's credentials come from the usual AWS_* variables.
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// The file, - for stdout, or a folder or s3://bucket/prefix for a dataset
    #[arg(id = "output", short = 'o', long = "output", value_name = "FILE")]
    #[arg(value_parser = PathBufValueParser::new().map(Output::File))]
    file: Output,
    /// The format, where the file's name does not say it: parquet, arrow, csv, ndjson [default of datasets: parquet]
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
    /// Fail at the first value that is not of its column's type, and leave nothing
    #[arg(long)]
    pub(crate) strict: bool,
    /// Write how complete the export is, as JSON, to this file, or - for stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Most rows of a row group of Parquet [default: 122880]
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1000..))]
    pub(crate) row_group: Option<u32>,
    #[command(flatten)]
    pub(crate) dataset: Dataset,
}

/// What only datasets have.
#[derive(Args, Debug)]
#[command(next_help_heading = "Datasets")]
pub(crate) struct Dataset {
    /// Columns that name folders, separated by commas: state, opened_at:month (or :year, :day)
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) partition_by: Vec<PartitionBy>,
    /// Most rows of a part
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1000..))]
    pub(crate) part_rows: Option<u64>,
    /// A part that has come to as many bytes ends [default: 536870912]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1_048_576..))]
    pub(crate) part_bytes: Option<u64>,
    /// Take the place of a dataset that lies there
    #[arg(long)]
    pub(crate) replace: bool,
    /// The address of an S3 store that is not Amazon's, as https://s3.example.com
    #[arg(long, value_name = "URL")]
    pub(crate) s3_endpoint: Option<String>,
}

impl Dataset {
    /// Whether anything was said that a single file cannot keep to.
    pub(crate) fn is_asked_for(&self) -> bool {
        !self.partition_by.is_empty()
            || self.part_rows.is_some()
            || self.part_bytes.is_some()
            || self.replace
            || self.s3_endpoint.is_some()
    }
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
