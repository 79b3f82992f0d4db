//! Writing records.

use clap::Args;

use super::{Pair, Shown};

/// Create a record
#[derive(Args, Debug)]
pub(crate) struct Create {
    /// As "incident"
    pub(crate) table: String,
    #[command(flatten)]
    pub(crate) values: Values,
}

/// Change a record
#[derive(Args, Debug)]
pub(crate) struct Update {
    /// As "incident"
    pub(crate) table: String,
    /// 32 characters
    pub(crate) sys_id: String,
    #[command(flatten)]
    pub(crate) values: Values,
    /// Only if the record has not changed since it had this etag
    #[arg(long)]
    pub(crate) etag: Option<String>,
}

/// What to write, and what to print of the record afterwards.
#[derive(Args, Debug)]
pub(crate) struct Values {
    /// Values by column; an empty value clears the column
    #[arg(value_name = "FIELD=VALUE", required_unless_present = "data")]
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

/// Delete records
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// As "incident"
    pub(crate) table: String,
    /// 32 characters each
    #[arg(value_name = "SYS_ID", required = true)]
    pub(crate) sys_ids: Vec<String>,
    /// Only if the record, a single one, has not changed since it had this etag
    #[arg(long)]
    pub(crate) etag: Option<String>,
    /// A record that is not there counts as deleted
    #[arg(long)]
    pub(crate) allow_missing: bool,
}
