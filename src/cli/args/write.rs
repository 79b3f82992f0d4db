//! Writing records.

use clap::{Args, Subcommand};

use super::{Pair, Shown};

/// Create a record, or all records of a file
///
/// A file is CSV, whose first line names the columns, or NDJSON, one object of values in each line. Its records are
/// created in calls of many; one that fails leaves the others be, and the command then ends with 1.
#[derive(Args, Debug)]
pub(crate) struct Create {
    /// As "incident"
    pub(crate) table: String,
    /// Create all records of this file: FILE.csv, FILE.ndjson, or - for NDJSON from stdin
    #[arg(long = "from", id = "many", value_name = "FILE", conflicts_with_all = ["pairs", "data", "fields", "display"])]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) values: Values,
}

/// Change a record, or all that a query finds
///
/// With --query it counts first, and asks before it writes; without a terminal it needs --yes.
#[derive(Args, Debug)]
pub(crate) struct Update {
    /// As "incident"
    pub(crate) table: String,
    /// 32 characters
    #[arg(required_unless_present = "many", conflicts_with = "many")]
    pub(crate) sys_id: Option<String>,
    #[command(flatten)]
    pub(crate) values: Values,
    /// With --query: set this field; may be given several times
    #[arg(long = "set", value_name = "FIELD=VALUE", requires = "many")]
    pub(crate) sets: Vec<Pair>,
    #[command(flatten)]
    pub(crate) matching: Matching,
    /// Only if the record has not changed since it had this etag
    #[arg(long, conflicts_with = "many")]
    pub(crate) etag: Option<String>,
}

/// All records that a query finds.
#[derive(Args, Debug)]
pub(crate) struct Matching {
    /// All records that this encoded query finds, as "active=true^priority=5"
    #[arg(long = "query", id = "many", value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// Do nothing where more records match
    #[arg(long, value_name = "N", default_value_t = 1000, requires = "many")]
    #[arg(value_parser = clap::value_parser!(i32).range(1..=100_000))]
    pub(crate) max: i32,
    /// Only show what would be written
    #[arg(long, requires = "many")]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(long, requires = "many")]
    pub(crate) yes: bool,
}

/// What to write, and what to print of the record afterwards.
#[derive(Args, Debug)]
pub(crate) struct Values {
    /// Values by column; an empty value clears the column
    #[arg(value_name = "FIELD=VALUE", required_unless_present_any = ["data", "many"])]
    pub(crate) pairs: Vec<Pair>,
    /// A JSON object of values by column: in place, @FILE, or - for stdin; FIELD=VALUE wins over it
    #[arg(long, value_name = "JSON")]
    pub(crate) data: Option<String>,
    /// The values are what people see: names for references, labels for choices, local times
    #[arg(long)]
    pub(crate) input_display: bool,
    /// Columns to print, separated by commas [default: sys_id, number and those written]
    #[arg(long, value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// How values are shown
    #[arg(long, value_name = "MODE", default_value = "value")]
    pub(crate) display: Shown,
}

/// Delete records, by sys_id or all that a query finds
///
/// With --query it counts first, and asks before it deletes; without a terminal it needs --yes.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// As "incident"
    pub(crate) table: String,
    /// 32 characters each
    #[arg(value_name = "SYS_ID", required_unless_present = "many", conflicts_with = "many")]
    pub(crate) sys_ids: Vec<String>,
    #[command(flatten)]
    pub(crate) matching: Matching,
    /// Only if the record, a single one, has not changed since it had this etag
    #[arg(long)]
    pub(crate) etag: Option<String>,
    /// A record that is not there counts as deleted
    #[arg(long)]
    pub(crate) allow_missing: bool,
}

/// Carry out many operations
#[derive(Args, Debug)]
pub(crate) struct Batch {
    #[command(subcommand)]
    pub(crate) command: BatchCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BatchCommand {
    Run(BatchRun),
}

/// Carry out the operations of a file, one JSON object in each line
///
/// {"op": "create", "table": "incident", "fields": {"short_description": "x"}}
/// {"op": "update", "table": "incident", "sys_id": "...", "fields": {"state": "2"}}
/// {"op": "delete", "table": "incident", "sys_id": "..."}
/// {"op": "get", "table": "incident", "sys_id": "...", "id": "mine"}
///
/// An operation without an id is called by its line. Operations on one record run in their order; one that fails
/// leaves the others be, and the command then ends with 1. A file is checked whole before its first operation is sent.
/// -o json, ndjson, yaml and csv print each result as it comes; a table only has those that failed.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct BatchRun {
    /// The file; - for stdin
    pub(crate) file: String,
}
