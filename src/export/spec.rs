//! What to export.

use columnar::Types;
use serde::{Deserialize, Serialize};
use servicenow::query::Query;
use servicenow::{DisplayMode, TableName};

use crate::access::Guard;
use crate::error::Error;
use crate::export::since::Fingerprint;
use crate::records::{self, Selection};

/// Which rows and columns, and how they are typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Spec {
    /// The table.
    pub table: TableName,
    /// Which rows. Rows come in sys_id order.
    pub query: Query,
    /// Columns, dot-walked where they have dots; empty for all.
    pub fields: Vec<String>,
    /// Stored values, what a person sees, or both in two columns.
    pub display: DisplayMode,
    /// Whether columns are typed.
    pub types: Types,
}

impl Spec {
    /// Refuses what an instance would silently read as something else: terms that are none, fields that the table does
    /// not have, an order. And what the caller may not see.
    pub(super) async fn check(&self, guard: &Guard) -> Result<(), Error> {
        let terms: Vec<String> = self.query.problems().iter().map(ToString::to_string).collect();
        if !terms.is_empty() {
            return Err(Error::QueryInvalid { terms });
        }
        if !self.query.order.is_empty() || !self.query.group_by.is_empty() {
            return Err(Error::invalid(
                "query",
                "an export runs in sys_id order: leave ORDERBY and GROUPBY out",
            ));
        }
        let selection = Selection {
            query: self.query.clone(),
            fields: self.fields.clone(),
            display: self.display,
            ..Selection::default()
        };
        records::check_selection(guard, &selection).await
    }
}

impl Spec {
    /// Which export cursors belong to: all that decides which rows and columns it has.
    pub(super) fn fingerprint(&self, instance: &str) -> Fingerprint {
        let stored = Stored::from(self.clone());
        let named = [instance, &stored.table, &stored.query, &stored.types, &stored.display];
        Fingerprint::of(named.into_iter().chain(stored.fields.iter().map(String::as_str)))
    }
}

/// A spec in words, for what outlives the process.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    table: String,
    #[serde(default)]
    query: String,
    #[serde(default)]
    fields: Vec<String>,
    display: String,
    types: String,
}

impl From<Spec> for Stored {
    fn from(spec: Spec) -> Self {
        let display = match spec.display {
            DisplayMode::Value => "value",
            DisplayMode::Display => "display",
            DisplayMode::Both => "both",
        };
        let types = match spec.types {
            Types::Typed => "typed",
            Types::String => "string",
        };
        Self {
            table: spec.table.to_string(),
            query: spec.query.to_string(),
            fields: spec.fields,
            display: display.to_owned(),
            types: types.to_owned(),
        }
    }
}

impl TryFrom<Stored> for Spec {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let display = match stored.display.as_str() {
            "value" => DisplayMode::Value,
            "display" => DisplayMode::Display,
            "both" => DisplayMode::Both,
            other => return Err(format!("{other:?} is no display mode")),
        };
        let types = match stored.types.as_str() {
            "typed" => Types::Typed,
            "string" => Types::String,
            other => return Err(format!("{other:?} is no way to type columns")),
        };
        let table = stored.table.parse().map_err(|_| format!("{:?} is no table's name", stored.table))?;
        Ok(Self { table, query: Query::parse(&stored.query), fields: stored.fields, display, types })
    }
}
