//! Tables, columns and queries.

use clap::Args;

/// List tables
#[derive(Args, Debug)]
pub(crate) struct Tables {
    /// Only tables whose name or label holds this text [default: all tables]
    pub(crate) text: Option<String>,
}

/// Describe a table's columns
#[derive(Args, Debug)]
pub(crate) struct Schema {
    /// As "incident"
    pub(crate) table: String,
}

/// Explain an encoded query, and say what is wrong with it
///
/// With a table, the query's fields are checked against it: ServiceNow ignores conditions on fields that it does
/// not know, and returns more rows than asked for.
#[derive(Args, Debug)]
#[command(override_usage = "sncgate explain [OPTIONS] [TABLE] <QUERY>")]
pub(crate) struct Explain {
    /// The table, if any, and the query
    #[arg(value_names = ["TABLE", "QUERY"], num_args = 1..=2, required = true)]
    words: Vec<String>,
}

impl Explain {
    /// The table, empty where there is none, and the query.
    pub(crate) fn table_and_query(&self) -> (&str, &str) {
        match self.words.as_slice() {
            [table, query] => (table, query),
            [query] => ("", query),
            _ => ("", ""),
        }
    }
}
