//! Reading records.

use clap::Args;

use super::{Pair, Shown};

/// Read one record
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// As "incident"
    pub(crate) table: String,
    /// 32 characters
    pub(crate) sys_id: String,
    /// Columns, separated by commas, dot-walked through references where they have dots [default: all]
    #[arg(long, value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// How values are shown
    #[arg(long, value_name = "MODE", default_value = "value")]
    pub(crate) display: Shown,
}

/// Read the records of a query, as they come
///
/// Without an order the rows come in sys_id order, each exactly once, and go on after a connection that breaks.
/// With an order they are read page by page, and rows that come or go meanwhile may be missed or repeated.
///
/// Where the gateway or the instance goes away for long, the command fails and prints the token to go on with
/// (--resume). A JSON array is then left open, so that nobody takes it for the whole.
#[derive(Args, Debug)]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// Columns, separated by commas, dot-walked through references where they have dots
    /// [default: all; in a table, the few that tell records apart]
    #[arg(long, value_delimiter = ',')]
    pub(crate) fields: Vec<String>,
    /// Sort by this column; -COLUMN for the largest first
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) order: Vec<String>,
    /// Most records in all
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) limit: Option<i64>,
    /// How values are shown
    #[arg(long, value_name = "MODE", default_value = "value")]
    pub(crate) display: Shown,
    /// Most records in one request to the instance [default: the gateway's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=10_000))]
    pub(crate) page_size: Option<i32>,
    /// Go on where a query failed, with the token that it printed; everything else must be the same
    #[arg(long, value_name = "TOKEN")]
    pub(crate) resume: Option<String>,
}

/// Which records.
#[derive(Args, Debug)]
pub(crate) struct Rows {
    /// As "incident"
    pub(crate) table: String,
    /// An encoded query, as "active=true^priority=1" [default: all records]
    #[arg(value_name = "QUERY")]
    pub(crate) encoded: Option<String>,
    /// Only records whose field has this value; may be given several times
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    pub(crate) conditions: Vec<Pair>,
}

impl Rows {
    /// The same as an encoded query, conditions included.
    pub(crate) fn to_encoded(&self) -> String {
        let query = sncgate_client::Query::encoded(self.encoded.clone().unwrap_or_default());
        let query = self.conditions.iter().fold(query, |query, pair| query.is(&pair.field, &pair.value));
        match query.into_message().filter {
            Some(sncgate_client::pb::query::Filter::Encoded(text)) => text,
            Some(sncgate_client::pb::query::Filter::Tree(_)) | None => String::new(),
        }
    }

    /// The query for these records.
    pub(crate) fn to_query(&self) -> sncgate_client::Query {
        let text = self.encoded.as_deref().filter(|text| !text.is_empty());
        let query = text.map_or_else(sncgate_client::Query::new, sncgate_client::Query::encoded);
        self.conditions.iter().fold(query, |query, pair| query.is(&pair.field, &pair.value))
    }
}
